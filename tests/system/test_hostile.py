"""Bad input over HTTP: every answer is a refusal that says what is wrong, and the server goes on."""
import json
import socket
import time
import unittest

from hostile import EVENT, HUGE_NUMBERS, PREFIX, ROOM, Hostile, Verbatim, encode, odd_values, read_answers, wrong_types
from kuramori import SERVER_NAME, quote


class Bodies(Hostile, unittest.TestCase):
    """Wrong types and odd values in every field of the bodies that the server reads itself."""

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.event = cls.aiko.send(cls.room, "the first")

    def bodies(self):
        user, room = quote(self.aiko.user), quote(self.room)
        own = f"/user/{user}"
        rule = "/pushrules/global/override/mine"
        event_filter = {"limit": 10, "senders": [self.aiko.user], "not_types": ["m.room.x"]}
        return [
            ("POST", "/createRoom", {
                "visibility": "private", "preset": "private_chat", "room_version": "12", "is_direct": False, "name": "Name",
                "topic": "Topic", "invite": [self.wing.user], "creation_content": {"m.federate": False},
                "initial_state": [{"type": "org.example.state", "state_key": "", "content": {"a": "b"}}],
                "power_level_content_override": {"events_default": 0}, "invite_3pid": []}),
            ("POST", "/login", {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "aiko"},
                                "password": "wrong", "device_id": "ODD", "initial_device_display_name": "Odd"}),
            ("POST", "/register", {"username": "aiko", "password": "correct horse", "device_id": "ODD",
                                   "initial_device_display_name": "Odd", "inhibit_login": True,
                                   "auth": {"type": "m.login.dummy"}}),
            ("POST", "/refresh", {"refresh_token": "unknown"}),
            ("POST", f"{own}/filter", {
                "event_fields": ["type"], "event_format": "client", "presence": event_filter, "account_data": event_filter,
                "room": {"rooms": [ROOM], "include_leave": False, "timeline": event_filter,
                         "state": {"lazy_load_members": True, "include_redundant_members": False}}}),
            ("POST", self.path_in_room(f"/receipt/m.read/{quote(self.event)}"), {"thread_id": "main"}),
            ("POST", self.path_in_room("/read_markers"), {"m.fully_read": self.event, "m.read": self.event}),
            ("PUT", rule, {"actions": ["notify", {"set_tweak": "sound", "value": "default"}],
                           "conditions": [{"kind": "event_match", "key": "type", "pattern": "m.*"}]}),
            ("PUT", f"{rule}/enabled", {"enabled": True}),
            ("PUT", f"{rule}/actions", {"actions": ["notify"]}),
            ("PUT", "/pushrules/global/content/word", {"actions": ["notify"], "pattern": "word"}),
            ("PUT", f"/profile/{user}/displayname", {"displayname": "Aiko"}),
            ("PUT", f"/profile/{user}/avatar_url", {"avatar_url": "mxc://example.org/a"}),
            ("PUT", f"/presence/{user}/status", {"presence": "online", "status_msg": "Here"}),
            ("PUT", self.path_in_room(f"/typing/{user}"), {"typing": True, "timeout": 1000}),
            ("PUT", f"{own}/rooms/{room}/tags/u.work", {"order": 0.25}),
            ("PUT", f"/devices/{self.aiko.device}", {"display_name": "Desk"}),
            ("POST", "/delete_devices", {"devices": ["UNKNOWN"]}),
            ("PUT", f"/directory/list/room/{room}", {"visibility": "private"}),
            ("PUT", f"/directory/room/{quote('#odd:' + SERVER_NAME)}", {"room_id": self.room}),
            ("POST", "/publicRooms", {"limit": 10, "filter": {"generic_search_term": "x", "room_types": ["m.space"]}}),
            ("POST", self.path_in_room("/invite"), {"user_id": "@nobody:" + SERVER_NAME, "reason": "Because"}),
            ("POST", self.path_in_room("/kick"), {"user_id": "@nobody:" + SERVER_NAME, "reason": "Because"}),
            ("POST", self.path_in_room("/ban"), {"user_id": "@banned:" + SERVER_NAME, "reason": "Because"}),
            ("POST", self.path_in_room("/unban"), {"user_id": "@banned:" + SERVER_NAME, "reason": "Because"}),
            ("POST", self.path_in_room("/join"), {"reason": "Because"}),
            ("POST", f"/rooms/{quote(ROOM)}/leave", {"reason": "Because"}),
            ("POST", "/account/password", {"new_password": "correct horse", "logout_devices": False}),
            ("POST", "/account/deactivate", {"erase": False}),
        ]

    def test_wrong_types_are_refused(self):
        for method, path, body in self.bodies():
            for what, wrong in wrong_types(body):
                if free_form(path, what):
                    continue
                with self.subTest(f"{method} {path}: {what}"):
                    self.assert_refusal(self.ask(method, path, wrong, self.aiko.token), what)

    def test_odd_values_are_answered(self):
        for method, path, body in self.bodies():
            for what, odd in odd_values(body):
                with self.subTest(f"{method} {path}: {what}"):
                    self.assert_answered(self.ask(method, path, odd, self.aiko.token), what)

    def test_what_is_no_object_is_refused(self):
        texts = ["", "{", "}", "[]", "null", "7", '"x"', "{'a':1}", '{"a":1,}', '{"a":1} {}', '{"a":NaN}', '{"a":Infinity}',
                 '{"a":01}', "\ufeff{}", '{"a":"\\ud800"}', '{"a":"\n"}', "{" + '"a":' * 9, '{"a":+1}', '{"\\u0000', "//\n{}",
                 '{"a":' * 10_000 + "1" + "}" * 10_000, '{"a":' + "[" * 10_000 + "]" * 10_000 + "}", "[" * 100_000]
        texts = [text.encode() for text in texts] + [b'{"a":"\xff"}', b'{"a":"\xc0\x80"}', b'{"a":"\xed\xa0\x80"}', b"\xfe\xff"]
        user = quote(self.aiko.user)
        for method, path in [
            ("PUT", self.path_in_room("/send/m.room.message/odd")), ("PUT", self.path_in_room("/state/org.example/odd")),
            ("POST", "/createRoom"), ("POST", "/login"), ("PUT", f"/user/{user}/account_data/org.example"),
            ("POST", f"/user/{user}/filter"), ("PUT", f"/profile/{user}/displayname"),
        ]:
            for text in texts:
                with self.subTest(path=path, text=text[:20]):
                    answer = self.ask(method, path, text, self.aiko.token)
                    self.assert_refusal(answer, text[:20], 400)
                    self.assertIn(answer.errcode, ("M_NOT_JSON", "M_BAD_JSON"))

    def test_bodies_where_one_is_optional(self):
        for text in (b"{", b"[]", b"\xff", b"[" * 50_000):
            for path in ("/register", self.path_in_room("/join"), self.path_in_room("/leave"), "/account/deactivate"):
                self.assert_refusal(self.ask("POST", path, text, self.aiko.token), f"{path} {text[:10]}", 400)


def free_form(path, what):
    """Where the specification lets the value be anything, or where the change leaves a request that is right."""
    if "initial_state.0.content" in what or "creation_content.m.federate" in what:
        return what.count(".") > 2 or "m.federate" in what  # of the content, only that it is an object is known
    if path.endswith("override/mine"):  # a name of an action that nobody knows, and a tweak's value
        return what.startswith("actions.1 = '") or what.startswith("actions.1.value")


class Events(Hostile, unittest.TestCase):
    def send(self, content, kind="m.room.message", transaction=None):
        Events.sent = getattr(Events, "sent", 0) + 1
        path = self.path_in_room(f"/send/{quote(kind)}/{transaction or f'e{Events.sent}'}")
        return self.ask("PUT", path, content, self.aiko.token)

    def test_numbers_that_no_event_may_hold(self):
        for number in HUGE_NUMBERS + [-(2**53), 0.1, -0.5]:
            for content in ({"n": number}, {"a": [{"b": number}]}):
                with self.subTest(encode(content)):
                    self.assert_refusal(self.send(content), encode(content), 400)
        self.assertEqual(self.send({"n": 2**53 - 1, "m": -(2**53) + 1}).status, 200)

    def test_sizes(self):
        self.assertEqual(self.send({"body": "x" * 60_000}).status, 200)
        self.assert_refusal(self.send({"body": "x" * 65_536}), "event", 413, "M_TOO_LARGE")
        self.assert_refusal(self.send({"body": "x" * 200_000}), "body", 413, "M_TOO_LARGE")
        self.assert_refusal(self.send({"body": "x" * 3_000_000}), "large body", 413, "M_TOO_LARGE")
        self.assert_refusal(self.send({}, kind="x" * 256), "type")
        path = self.path_in_room("/state/org.example/")
        self.assert_refusal(self.ask("PUT", path + "x" * 256, {}, self.aiko.token), "state key")
        self.assert_refusal(self.ask("PUT", path + quote("あ" * 86), {}, self.aiko.token), "state key of more bytes than letters")
        self.assert_answered(self.send({"body": "x"}, transaction="t" * 5000), "transaction id")

    def test_state_that_breaks_rooms_is_refused(self):
        member = f"m.room.member/{quote(self.aiko.user)}"
        for state, content in [
            ("m.room.power_levels", {"users": {self.wing.user: "fifty"}}), ("m.room.power_levels", {"users": []}),
            ("m.room.power_levels", {"users": {"no user": 50}}), ("m.room.power_levels", {"ban": Verbatim("1e400")}),
            ("m.room.power_levels", {"events": {"m.room.name": 1.5}}), ("m.room.power_levels", {"users_default": None}),
            ("m.room.power_levels", {"users": {self.aiko.user: 100}}),  # creators have no level (version 12)
            ("m.room.create", {}), ("m.room.create", {"room_version": "12"}), (member, {}), (member, {"membership": "king"}),
            (member, {"membership": 1}), (f"m.room.member/{quote(self.wing.user)}", {"membership": "join"}),
            ("m.room.member/nobody", {"membership": "invite"}), ("m.room.canonical_alias", {"alias": "#no:where"}),
            ("m.room.canonical_alias", {"alias": 5}), (f"org.example/{quote(self.wing.user)}", {}),
        ]:
            with self.subTest(state=state, content=encode(content)):
                answer = self.ask("PUT", self.path_in_room(f"/state/{state}"), content, self.aiko.token)
                self.assert_refusal(answer, encode(content))
        self.aiko.api("GET", f"/rooms/{quote(self.room)}/state")

    def test_replayed_transactions(self):
        first = self.send({"body": "once"}, transaction="again").json["event_id"]
        for content in ({"body": "once"}, {"body": "something else"}, {}):
            self.assertEqual(self.send(content, transaction="again").json["event_id"], first)
        self.assert_refusal(self.send("{", transaction="again"))
        other = self.server.login("aiko")
        answer = self.ask("PUT", self.path_in_room("/send/m.room.message/again"), {"body": "twice"}, other.token)
        self.assertNotEqual(answer.json["event_id"], first)
        target = self.path_in_room(f"/redact/{quote(first)}/again")
        redactions = {self.ask("PUT", target, {}, self.aiko.token).json["event_id"] for _ in range(3)}
        self.assertEqual(len(redactions), 1)
        self.assertNotIn(first, redactions)


class Addresses(Hostile, unittest.TestCase):
    """Paths, queries, names of what is not there or belongs to somebody else, and tokens."""

    def test_queries(self):
        messages = self.path_in_room("/messages")
        event = quote(self.aiko.send(self.room, "here"))
        now = self.aiko.sync()["next_batch"]
        for path, bad in {
            "/sync": ["since=", "since=x", "since=-1", "since=s-1", "since=s99999999999999999999", "since=s1e5", "since=%00",
                      "timeout=x", "timeout=-1", "timeout=1e400", "timeout=99999999999999999999", "timeout=1.5", "filter=%7B",
                      "filter=%5B%5D", "filter=999999", "filter=..%2Fx", "full_state=maybe", "set_presence=away",
                      "filter=%7B%22room%22%3A5%7D", "filter=" + quote('{"room":' * 300)],
            messages: ["", "dir=x", "dir=b&from=x", "dir=b&from=s-5", "dir=b&to=%F0%9F%92%A3", "dir=f&limit=-1", "dir=f&limit=x",
                       "dir=f&limit=1e3", "dir=f&limit=99999999999999999999", "dir=b&filter=%7B", "dir=b&filter=5",
                       "dir=b&filter=" + quote('{"types":"x"}')],
            self.path_in_room(f"/context/{event}"): ["limit=-1", "limit=x", "limit=1e5", "filter=x"],
            self.path_in_room("/members"): ["at=x", "membership=king", "not_membership=%00"],
            "/publicRooms": ["limit=x", "limit=-5", "limit=1.5", "since=%00"],
            "/register/available": ["", "username=", "username=%00", "username=" + "x" * 300, "username=a%20b"],
            f"/_matrix/client/v1/rooms/{quote(self.room)}/timestamp_to_event": ["", "ts=x&dir=f", "ts=1", "ts=1&dir=x", "ts=1e9&dir=b"],
        }.items():
            for query in bad:
                with self.subTest(path=path, query=query):
                    self.assert_refusal(self.ask("GET", f"{path}?{query}", token=self.aiko.token), query)
        for query in (f"since={now[:1]}9223372036854775807&timeout=0", "since=s0&timeout=0", "filter=", "timeout=0&timeout=x",
                      "full_state=true&since=" + now, "unknown=%E2%82%AC", "&&&", "=", "a=b=c"):
            with self.subTest(query=query):
                self.assert_answered(self.ask("GET", f"/sync?{query}", token=self.aiko.token), query)

    def test_a_timeout_beyond_all_time_is_a_long_poll(self):
        since = self.aiko.sync(set_presence="offline")["next_batch"]
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=20) as waiting:
            target = f"{PREFIX}/sync?since={since}&set_presence=offline&timeout=9223372036854775807"
            waiting.sendall(f"GET {target} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {self.aiko.token}\r\n\r\n".encode())
            waiting.settimeout(0.5)
            with self.assertRaises(TimeoutError):
                self.fail(waiting.recv(1000))
            waiting.settimeout(20)
            event = self.aiko.send(self.room, "wake up")
            answer = next(read_answers(waiting, 1))
        self.assertIn(event, answer.text)

    def test_escapes(self):
        for target in ("%", "%z", "%zz", "%ff", "%c0%80", "%ed%a0%80", "%00%ff", "%u0041"):
            for path in (f"/rooms/{target}/state", f"/rooms/{quote(self.room)}/event/{target}", f"/profile/{target}",
                         f"/directory/room/{target}", f"/sync?since={target}"):
                with self.subTest(path):
                    self.assert_refusal(self.ask("GET", path, token=self.aiko.token), path)
        for raw in (b"/_matrix/client/v3/rooms/\xff\xfe/state", b"/_matrix/client/v3/sync?since=\xff", b"/_matrix/client/v3/rooms/\x80"):
            head = b"GET " + raw + b" HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + self.aiko.token.encode() + b"\r\n\r\n"
            for answer in self.wire(head) or self.fail("closed without an answer"):
                self.assert_refusal(answer, raw)
        for path in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/rooms//state", "/rooms/" + "a/" * 3000, "//", "/rooms/" + "x" * 9000):
            self.assert_refusal(self.ask("GET", path, token=self.aiko.token), path[:50])

    def test_names_of_nothing(self):
        token, nobody = self.aiko.token, quote("@nobody:" + SERVER_NAME)
        rooms = [ROOM, "!", "!x", "x", "#no:" + SERVER_NAME, "@aiko:" + SERVER_NAME, "!" + "x" * 500, "!\x00", "!a b:c", " "]
        for room in map(quote, rooms):
            for method, path, body in [
                ("GET", f"/rooms/{room}/state", None), ("GET", f"/rooms/{room}/members", None),
                ("GET", f"/rooms/{room}/joined_members", None), ("GET", f"/rooms/{room}/messages?dir=b", None),
                ("GET", f"/rooms/{room}/context/{EVENT}", None), ("GET", f"/rooms/{room}/event/{EVENT}", None),
                ("GET", f"/rooms/{room}/state/m.room.name", None), ("GET", f"/rooms/{room}/aliases", None),
                ("PUT", f"/rooms/{room}/send/m.room.message/t", {"body": "x"}), ("PUT", f"/rooms/{room}/state/m.room.name", {"name": "x"}),
                ("PUT", f"/rooms/{room}/redact/{EVENT}/t", {}), ("POST", f"/rooms/{room}/join", {}), ("POST", f"/join/{room}", {}),
                ("POST", f"/knock/{room}", {}), ("POST", f"/rooms/{room}/leave", {}), ("POST", f"/rooms/{room}/forget", {}),
                ("POST", f"/rooms/{room}/invite", {"user_id": self.wing.user}), ("POST", f"/rooms/{room}/kick", {"user_id": self.wing.user}),
                ("POST", f"/rooms/{room}/ban", {"user_id": self.wing.user}), ("POST", f"/rooms/{room}/unban", {"user_id": self.wing.user}),
                ("POST", f"/rooms/{room}/receipt/m.read/{EVENT}", {}), ("POST", f"/rooms/{room}/read_markers", {"m.fully_read": EVENT}),
                ("PUT", f"/rooms/{room}/typing/{quote(self.aiko.user)}", {"typing": True}),
            ]:
                with self.subTest(method=method, path=path):
                    self.assert_refusal(self.ask(method, path, body, token), path)
        for method, path, body in [
            ("GET", self.path_in_room(f"/event/{EVENT}"), None), ("GET", self.path_in_room(f"/context/{EVENT}"), None),
            ("GET", self.path_in_room("/event/nonsense"), None), ("GET", self.path_in_room("/state/m.room.nothing"), None),
            ("PUT", self.path_in_room(f"/redact/{EVENT}/t"), {}), ("PUT", self.path_in_room("/redact/nonsense/t2"), {}),
            ("POST", self.path_in_room(f"/receipt/m.read/{EVENT}"), {}), ("POST", self.path_in_room(f"/receipt/m.odd/{EVENT}"), {}),
            ("POST", self.path_in_room("/invite"), {"user_id": "nobody"}), ("POST", self.path_in_room("/invite"), {"user_id": "@:"}),
            ("GET", f"/profile/{nobody}", None), ("GET", f"/profile/{nobody}/displayname", None), ("GET", "/profile/nobody", None),
            ("GET", "/devices/UNKNOWN", None), ("PUT", "/devices/UNKNOWN", {"display_name": "x"}),
            ("GET", f"/directory/room/{quote('#no:' + SERVER_NAME)}", None), ("GET", "/directory/room/no", None),
            ("DELETE", f"/directory/room/{quote('#no:' + SERVER_NAME)}", None), ("GET", f"/user/{quote(self.aiko.user)}/filter/999", None),
            ("GET", f"/user/{quote(self.aiko.user)}/account_data/org.nothing", None),
            ("GET", "/pushrules/global/override/nothing", None), ("GET", "/pushrules/global/odd/x", None),
            ("DELETE", "/pushrules/global/override/.m.rule.master", None), ("GET", f"/presence/{nobody}/status", None),
        ]:
            with self.subTest(method=method, path=path):
                self.assert_refusal(self.ask(method, path, body, token), path)

    def test_other_peoples_data(self):
        wing, room = self.wing.token, quote(self.room)
        event = quote(self.aiko.send(self.room, "not for Wing"))
        aiko = quote(self.aiko.user)
        filter_id = self.aiko.api("POST", f"/user/{aiko}/filter", {})["filter_id"]
        self.aiko.api("PUT", f"/user/{aiko}/account_data/org.example.secret", {"a": 1})
        for method, path, body in [
            ("GET", f"/rooms/{room}/state", None), ("GET", f"/rooms/{room}/messages?dir=b", None), ("GET", f"/rooms/{room}/members", None),
            ("GET", f"/rooms/{room}/event/{event}", None), ("GET", f"/rooms/{room}/context/{event}", None),
            ("GET", f"/rooms/{room}/state/m.room.name", None), ("PUT", f"/rooms/{room}/send/m.room.message/t", {"body": "x"}),
            ("PUT", f"/rooms/{room}/redact/{event}/t", {}), ("PUT", f"/rooms/{room}/state/m.room.name", {"name": "Mine"}),
            ("POST", f"/join/{room}", {}), ("POST", f"/rooms/{room}/invite", {"user_id": self.wing.user}),
            ("POST", f"/rooms/{room}/kick", {"user_id": self.aiko.user}), ("PUT", f"/directory/list/room/{room}", {"visibility": "public"}),
            ("PUT", f"/directory/room/{quote('#wing:' + SERVER_NAME)}", {"room_id": self.room}),
            ("GET", f"/user/{aiko}/account_data/org.example.secret", None), ("PUT", f"/user/{aiko}/account_data/org.example.secret", {}),
            ("GET", f"/user/{aiko}/filter/{filter_id}", None), ("POST", f"/user/{aiko}/filter", {}),
            ("GET", f"/user/{aiko}/rooms/{room}/tags", None), ("PUT", f"/user/{aiko}/rooms/{room}/tags/u.x", {}),
            ("PUT", f"/profile/{aiko}/displayname", {"displayname": "Wing's"}), ("PUT", f"/presence/{aiko}/status", {"presence": "offline"}),
            ("PUT", f"/rooms/{room}/typing/{aiko}", {"typing": True}), ("GET", f"/devices/{self.aiko.device}", None),
            ("PUT", f"/devices/{self.aiko.device}", {"display_name": "Wing's"}),
        ]:
            with self.subTest(method=method, path=path):
                answer = self.ask(method, path, body, wing)
                self.assert_refusal(answer, path)
                self.assertIn(answer.status, (403, 404), path)
                self.assertNotIn("not for Wing", answer.text)
        self.assertNotIn(self.room, json.dumps(self.wing.sync()))

    def test_tokens(self):
        gone = self.server.login("wing")
        gone.api("POST", "/logout", {})
        for token in (gone.token, self.aiko.token[:-1], self.aiko.token + "x", self.aiko.token.upper(), "x" * 5000, "null",
                      "' OR 1=1 --", self.aiko.token[::-1], "a.b.c", "%00", "syt_YWlrbw_abcdefgh_000000"):
            with self.subTest(token[:20]):
                self.assert_refusal(self.ask("GET", "/account/whoami", token=token), token[:20], 401, "M_UNKNOWN_TOKEN")
                self.assert_refusal(self.ask("GET", f"/account/whoami?access_token={quote(token)}"), token[:20], 401, "M_UNKNOWN_TOKEN")
        for header in ("", "Bearer", "Bearer ", "Basic YWlrbzp4", self.aiko.token, "\xff\xfe"):
            answer = self.ask("GET", "/account/whoami", headers={"Authorization": header})
            self.assert_refusal(answer, header, 401)


class SmallBodies(Hostile, unittest.TestCase):
    LISTENER = "body_bytes_max = 65536\n"

    def test_the_configured_bound_counts(self):
        path = self.path_in_room("/send/m.room.message/padded")
        self.assert_refusal(self.ask("PUT", path, '{"body":"x"' + " " * 70_000 + "}", self.aiko.token), "padded", 413, "M_TOO_LARGE")
        self.assertEqual(self.ask("PUT", path, '{"body":"x"' + " " * 60_000 + "}", self.aiko.token).status, 200)


class Wire(Hostile, unittest.TestCase):
    LISTENER = "first_byte_timeout_ms = 1000\nidle_timeout_ms = 60000\n"

    HEAD = b"GET /_matrix/client/versions HTTP/1.1\r\nHost: h\r\n"

    def refused_on_the_wire(self, data, what):
        answers = self.wire(data)
        self.assertEqual(len(answers), 1, f"{what}: closed without an answer")
        self.assert_refused(answers[0], what)

    def assert_refused(self, answer, what):
        """HTTP has codes of the 5xx class for what the client asked for in vain (RFC 9110, 15.6.2 and 15.6.6)."""
        if answer.status in (501, 505):
            self.assertTrue(answer.json["errcode"] and answer.json["error"], what)
        else:
            self.assert_refusal(answer, what)

    def test_requests_that_are_none(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 300 + b"\r\n\r\n", b"GET\r\n\r\n", b"GET /\r\n\r\n",
                     b"GET / HTTP/9.9\r\nHost: h\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n", b"GET / HTTP/1.1\nHost: h\n\n",
                     b"GET / HTTP/1.1\r\nHost: h\r\n folded: x\r\n\r\n", b"\x00\x01\x02\r\n\r\n", b"G\x00T / HTTP/1.1\r\nHost: h\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost : h\r\n\r\n", self.HEAD + b"X: a\x00b\r\n\r\n", b"BREW /_matrix/client/versions HTTP/1.1\r\nHost: h\r\n\r\n",
                     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"get /_matrix/client/versions HTTP/1.1\r\nHost: h\r\n\r\n"):
            with self.subTest(data[:40]):
                self.refused_on_the_wire(data, data[:40])

    def test_lengths_that_disagree(self):
        head = b"POST /_matrix/client/v3/login HTTP/1.1\r\nHost: h\r\n"
        smuggled = b"GET /_matrix/client/versions HTTP/1.1\r\nHost: h\r\n\r\n"
        for fields in (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                       b"Content-Length: 2\r\nContent-Length: 5\r\n", b"Content-Length: -1\r\n", b"Content-Length: 0x10\r\n",
                       b"Content-Length: 5, 6\r\n", b"Content-Length: 99999999999999999999999\r\n", b"Content-Length: +5\r\n",
                       b"Transfer-Encoding: gzip\r\n", b"Transfer-Encoding: chunked, identity\r\n", b"Transfer-Encoding: xchunked\r\n"):
            with self.subTest(fields):
                answers = self.wire(head + fields + b"\r\n0\r\n\r\n" + smuggled, answers=3)
                self.assertEqual(len(answers), 1, [str(a) for a in answers])
                self.assert_refused(answers[0], fields)
        for chunk in (b"zz\r\n", b"-1\r\n", b"ffffffffffffffffff\r\nx", b"5\r\nabcdefgh\r\n0\r\n\r\n", b"5;" + b"x" * 100_000):
            with self.subTest(chunk[:10]):
                self.refused_on_the_wire(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk, chunk[:10])

    def test_floods_of_headers(self):
        for data in (self.HEAD + b"X: y\r\n" * 20_000 + b"\r\n", self.HEAD + b"X: " + b"y" * 1_000_000 + b"\r\n\r\n",
                     self.HEAD + b"".join(b"X%d: y\r\n" % i for i in range(1_500)) + b"\r\n", b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\n\r\n",
                     b"x" * 1_000_000):
            with self.subTest(data[:20]):
                self.refused_on_the_wire(data, data[:20])

    def test_bodies_without_an_end(self):
        head = b"POST /_matrix/client/v3/login HTTP/1.1\r\nHost: h\r\n"
        answers = self.wire(head + b"Content-Length: 1000000000000\r\n\r\n" + b"x" * 1_000_000)
        self.assert_refusal(answers[0], "Content-Length", 413, "M_TOO_LARGE")
        answers = self.wire(head + b"Transfer-Encoding: chunked\r\n\r\n" + (b"10000\r\n" + b"x" * 65_536 + b"\r\n") * 20)
        self.assert_refusal(answers[0], "chunks", 413, "M_TOO_LARGE")

    def test_pipelining_keeps_the_order(self):
        token = self.aiko.token.encode()
        requests, expected = b"", []
        for i in range(200):
            body = b'{"msgtype":"m.text","body":"%d"}' % i if i % 3 else b"{"
            path = f"{PREFIX}{self.path_in_room(f'/send/m.room.message/pipelined{i}')}".encode()
            requests += b"PUT %s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s" % (path, token, len(body), body)
            requests += self.HEAD + b"\r\n"
            expected += [200 if i % 3 else 400, 200]
        answers = self.wire(requests, answers=len(expected))
        self.assertEqual([a.status for a in answers], expected)
        bodies = [e["content"]["body"] for e in self.aiko.history(self.room) if e["content"]["body"].isdigit()]
        self.assertEqual(bodies, [str(i) for i in range(200) if i % 3])

    def test_silent_and_slow_clients_are_dropped(self):
        begun = time.monotonic()
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as silent:
            self.assertEqual(silent.recv(100), b"")
        self.assertLess(time.monotonic() - begun, 8)
        begun = time.monotonic()
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=20) as slow:
            text = b""
            with self.assertRaises((ConnectionError, TimeoutError)):
                slow.settimeout(0.5)
                for byte in self.HEAD * 10:  # a byte every half second, never finishing a header
                    slow.sendall(bytes([byte]))
                    try:
                        received = slow.recv(1000)
                    except TimeoutError:
                        self.assertLess(time.monotonic() - begun, 25, "a slow client was not dropped")
                        continue
                    text += received
                    if not received:
                        raise ConnectionResetError
        self.assertTrue(text == b"" or b" 408 " in text, text)

    def test_clients_that_vanish(self):
        token = self.aiko.token.encode()
        since = self.aiko.sync()["next_batch"].encode()
        body = b'{"body":"gone"}'
        for i in range(100):
            with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
                if i % 2:
                    connection.sendall(b"GET /_matrix/client/v3/sync?timeout=30000&since=%s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\n\r\n" % (since, token))
                else:
                    path = f"{PREFIX}{self.path_in_room(f'/send/m.room.message/gone{i}')}".encode()
                    whole = b"PUT %s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s" % (path, token, len(body), body)
                    connection.sendall(whole[: len(whole) - i % 3])
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


if __name__ == "__main__":
    unittest.main()
