"""The comparison with the specification itself: it finds what is wrong, and lets pass what is right."""
import base64
import contextlib
import http.client
import http.server
import io
import json
import pathlib
import tempfile
import threading
import unittest

import check_answers
import formats
import specification
from checking_proxy import CheckingProxy
from kuramori import free_port

CORS = {"access-control-allow-origin": "*", "access-control-allow-methods": "GET", "access-control-allow-headers": "Authorization"}
JSON = CORS | {"content-type": "application/json"}
V3 = "/_matrix/client/v3"
USER = V3 + "/account/whoami"
EVENT = "$" + "e" * 43
MEMBER = {"type": "m.room.member", "content": {"membership": "join"}, "sender": "@a:x", "state_key": "@a:x", "event_id": EVENT,
          "origin_server_ts": 1}
FILE = CORS | {"content-type": "image/png", "content-disposition": "inline", "content-security-policy": "sandbox;",
               "cross-origin-resource-policy": "cross-origin"}
DOWNLOAD, THUMBNAIL = (f"/_matrix/client/v1/media/{what}/x/y" for what in ("download", "thumbnail"))


def check(target, status, answer, method="GET", headers=JSON):
    body = answer if isinstance(answer, bytes) or answer is None else json.dumps(answer).encode()
    return list(specification.check(method, target, status, headers, body))


def sync_with(event, place="state"):
    room = {"state": {"events": []}, "timeline": {"events": [], "limited": False, "prev_batch": "a"}}
    room[place]["events"].append(event)
    return {"next_batch": "b", "rooms": {"join": {"!r:x": room}}}


def without(headers, name):
    return {key: value for key, value in headers.items() if key != name}


class Comparison(unittest.TestCase):
    def assert_wrong(self, cases):
        for complaints, word in cases:
            with self.subTest(word=word):
                self.assertEqual(len(complaints), 1, complaints)
                self.assertIn(word, complaints[0])

    def test_the_vectors_hold_the_whole_api(self):
        self.assertGreaterEqual(len(specification.operations()), 160)
        self.assertGreaterEqual(len(specification.load()["events"]), 60)
        self.assertGreaterEqual(len(specification.load()["error_codes"]), 50)

    def test_what_is_right_passes(self):
        for complaints in [
            check(USER, 200, {"user_id": "@a:x", "device_id": "D"}),
            check(USER, 401, {"errcode": "M_UNKNOWN_TOKEN", "error": "Unknown."}),
            check("/elsewhere", 200, {}, headers={}),
            check(V3 + "/sync", 200, sync_with(MEMBER)),
            check(V3 + "/sync", 200, sync_with(MEMBER, "timeline")),
            check(V3 + "/rooms/!r:x/state/m.room.member/@a:x", 200, MEMBER["content"]),
            check(V3 + "/rooms/!r:x/state/org.example/", 200, {"membership": 7}),
            check(V3 + "/rooms/!r:x/state/m.room.member/@a:x", 200, {"event_id": EVENT}, "PUT"),
            check(V3 + "/delete_devices", 401, {"flows": [{"stages": ["m.login.password"]}], "session": "s"}, "POST"),
            check(V3 + "/login", 429, {"errcode": "M_LIMIT_EXCEEDED", "error": "Later."}, "POST", JSON | {"retry-after": "1"}),
            check(DOWNLOAD, 200, None, headers=FILE | {"content-type": "application/json"}),
            check(DOWNLOAD, 206, None, headers=FILE),
            check(THUMBNAIL, 200, None, headers=FILE),
            check(USER, 204, None, "OPTIONS", CORS),
        ]:
            self.assertEqual(complaints, [])

    def test_what_is_wrong_is_named(self):
        king = MEMBER | {"content": {"membership": "king"}}
        self.assert_wrong([
            (check(USER, 200, {"device_id": "D"}), "user_id"),
            (check(USER, 200, {"user_id": 7}), "7"),
            (check(USER, 200, b"{"), "not JSON"),
            (check(USER, 200, b"<html>", headers=JSON | {"content-type": "text/html"}), "not JSON"),
            (check(USER, 202, {"user_id": "@a:x"}), "not described"),
            (check(USER, 200, {"user_id": "@a:x"}, headers={"content-type": "application/json"}), "Access-Control"),
            (check(USER, 200, None, "OPTIONS", without(CORS, "access-control-allow-headers")), "Access-Control"),
            (check(V3 + "/sync", 200, {}), "next_batch"),
            (check(V3.replace("v3", "r0") + "/sync", 200, {}), "next_batch"),
            (check(V3 + "/sync", 200, sync_with(king)), "m.room.member"),
            (check(V3 + "/sync", 200, sync_with(king, "timeline")), "m.room.member"),
            (check(V3 + "/sync", 200, sync_with(MEMBER | {"unsigned": {"prev_content": king["content"]}}, "timeline")), "m.room.member"),
            (check(V3 + "/sync", 200, sync_with(without(MEMBER, "state_key"))), "state_key"),
            (check(V3 + "/sync", 200, sync_with(without(MEMBER, "sender"), "timeline")), "sender"),
            (check(V3 + "/sync", 200, sync_with(MEMBER | {"event_id": "$e"})), "mx-event-id"),
            (check("/_matrix/client/unstable/x", 200, {"timeline": [king]}), "m.room.member"),
            (check("/_matrix/client/unstable/x", 200, {"timeline": [without(MEMBER, "sender")]}), "sender"),
            (check(V3 + "/rooms/!r:x/state", 200, [without(MEMBER, "state_key") | {"room_id": "!r:x"}]), "state_key"),
            (check(V3 + "/rooms/!r:x/state/m.room.member/@a:x", 200, king["content"]), "m.room.member"),
        ])

    def test_nonsense_of_people_is_the_servers_where_it_must_not_pass(self):
        for event, is_servers in [(MEMBER | {"content": {"membership": "king"}}, True),
                                  (MEMBER | {"type": "m.room.name", "content": {"name": 7}, "state_key": ""}, False)]:
            body = json.dumps(sync_with(event)).encode()
            self.assertEqual(len(specification.check("GET", V3 + "/sync", 200, JSON, body)), 1)
            found = specification.check("GET", V3 + "/sync", 200, JSON, body, contents=False)
            self.assertEqual(len(found), int(is_servers), found)

    def test_wrong_files_are_named(self):
        self.assert_wrong([
            (check(DOWNLOAD, 200, None, headers=without(FILE, "content-security-policy")), "Content-Security-Policy"),
            (check(DOWNLOAD, 200, None, headers=without(FILE, "cross-origin-resource-policy")), "Cross-Origin-Resource-Policy"),
            (check(DOWNLOAD, 200, None, headers=FILE | {"content-disposition": "show"}), "Content-Disposition"),
            (check(THUMBNAIL, 200, None, headers=FILE | {"content-type": "text/html"}), "text/html"),
            (check(DOWNLOAD, 307, None, headers=CORS), "Location"),
            (check("/_matrix/media/v3/upload", 200, {"content_uri": "mxc://x/../y"}, "POST"), "content_uri"),
            (check("/_matrix/media/v3/upload", 200, {}, "POST"), "content_uri"),
        ])

    def test_wrong_errors_are_named(self):
        def error(code, status, headers=JSON, path=USER, method="GET", **more):
            return check(path, status, {"errcode": code, "error": "No."} | more, method, headers)

        self.assert_wrong([
            (check(USER, 401, {"error": "Unknown."}), "errcode"),
            (check(USER, 401, {"errcode": "M_UNKNOWN_TOKEN"}), "error"),
            (check(USER, 401, {"errcode": "M_UNKNOWN_TOKEN", "error": ""}), "error"),
            (check(USER, 401, {"errcode": 7, "error": "No."}), "7"),
            (check(USER, 500, b"oops", headers=JSON | {"content-type": "text/plain"}), "not JSON"),
            (check("/_matrix/client/unstable/x", 404, b"oops", headers=JSON | {"content-type": "text/plain"}), "not JSON"),
            (check(USER, 401, {"flows": [{}]}), "stages"),
            (check(USER, 401, {"flows": [], "errcode": "M_FORBIDDEN"}), "error"),
            (error("NO_NAMESPACE", 400), "namespace"),
            (error("M_OWN_INVENTION", 400), "no code"),
            (error("M_UNKNOWN", 409), "not described"),
            (error("M_UNKNOWN", 418), "not described"),
            (error("M_UNKNOWN_TOKEN", 403), "belongs to"),
            (error("M_UNRECOGNIZED", 400), "belongs to"),
            (error("M_LIMIT_EXCEEDED", 429), "Retry-After"),
            (error("M_LIMIT_EXCEEDED", 429, JSON | {"retry-after": "1"}, retry_after_ms="soon"), "soon"),
            (error("M_USER_LOCKED", 401), "soft_logout"),
            (error("M_WRONG_ROOM_KEYS_VERSION", 403, path=V3 + "/room_keys/keys", method="PUT"), "current_version"),
        ])
        self.assertEqual(error("M_UNKNOWN", 409, path=V3 + "/directory/room/%23a%3Ax", method="PUT"), [])

    def test_a_deviation_covers_no_more_than_it_says(self):
        relay, members = V3 + "/voip/turnServer", V3 + "/rooms/!r:x/joined_members"
        self.assertEqual(check(relay, 200, {}), [])
        self.assertEqual(check(members, 200, {"joined": {"@a:x": {"display_name": None}}}), [])
        self.assertNotEqual(check(relay, 200, {"username": "a"}), [])
        sending = V3 + "/rooms/!r:x/send/m.room.message/1"
        self.assertEqual(check(sending, 200, {"delay_id": "d"}, "PUT"), [])
        self.assertNotEqual(check(sending, 200, {"delay_id": "d", "event": "e"}, "PUT"), [])
        self.assertNotEqual(check(members, 200, {"joined": {"@a:x": {"display_name": 7}}}), [])

    def test_paths_are_told_apart(self):
        for method, path, expected in [
            ("GET", "/rooms/!r:x/state/m.room.name/", "/rooms/{roomId}/state/{eventType}/{stateKey}"),
            ("PUT", "/rooms/%21r%3Ax/send/m.room.message/1", "/rooms/{roomId}/send/{eventType}/{txnId}"),
            ("GET", "/pushrules/", "/pushrules/"),
            ("GET", "/devices/D", "/devices/{deviceId}"),
            ("POST", "/rooms/!r:x/invite", "/rooms/{roomId}/invite"),
        ]:
            with self.subTest(path=path):
                self.assertEqual(specification.find(method, V3 + path).path, V3 + expected)
        self.assertIsNone(specification.find("GET", V3 + "/devices/D/more"))

    def test_formats(self):
        for name, right, wrong in [
            ("mx-server-name", ["x", "x.example:8448", "[::1]:80", "1.2.3.4"], ["", "a b", "x:port", "[::1"]),
            ("mx-user-id", ["@a:x", "@A b/ß:x.example:1"], ["a:x", "@a", "@a:", "@" + "a" * 255 + ":x"]),
            ("mx-room-id", ["!r:x", "!" + "A" * 43], ["r:x", "!r", "!:x"]),
            ("mx-room-alias", ["#r:x", "#ß:x"], ["r:x", "#r", "#r:"]),
            ("mx-event-id", [EVENT], ["$e", "e" * 43, EVENT + "="]),
            ("mx-mxc-uri", ["mxc://x/y", "mxc://x:80/A-_9"], ["https://x/y", "mxc://x", "mxc://x/../y", "mxc:///y"]),
            ("mx-unpadded-base64", ["", "YQ", "YWI", "YWJj"], ["YQ==", "Y", "Y_", "é"]),
            ("uri", ["https://x/y", "turn:x?transport=udp"], ["x", "", "https://x/a b"]),
            ("email", ["a@b"], ["a", "@b", "a b@c"]),
            ("int64", [0, 2**63 - 1, "x"], [2**63, -(2**63) - 1]),
        ]:
            for value in right + wrong:
                with self.subTest(format=name, value=value):
                    self.assertEqual(formats.CHECKER.conforms(value, name), value in right)


class Recorded(unittest.TestCase):
    """Answers that tests in C++ wrote down."""

    def line(self, answer, status=200, target=USER, **changes):
        body = base64.b64encode(json.dumps(answer).encode()).decode()
        return json.dumps({"test": "Suite.Test", "method": "GET", "target": target, "status": status,
                           "headers": {"content-type": "application/json"}, "body": body} | changes)

    def test_complaints_name_their_tests(self):
        lines = [self.line({"user_id": "@a:x"}), self.line({}), self.line({}, test="Suite.Other"),
                 self.line({"errcode": "M_MISSING_TOKEN", "error": "No."}, 401)]
        number, complaints = check_answers.check_all(lines)
        self.assertEqual(number, 4)
        self.assertEqual([list(tests) for tests in complaints.values()], [["Suite.Test", "Suite.Other"]])
        self.assertIn("user_id", next(iter(complaints)))

    def test_what_was_not_recorded_is_not_right(self):
        with tempfile.TemporaryDirectory() as made, contextlib.redirect_stdout(io.StringIO()):
            directory = pathlib.Path(made)
            self.assertEqual(check_answers.main([made]), 1)
            (directory / "suite.jsonl").write_text(self.line({"user_id": "@a:x"}) + "\n")
            self.assertEqual(check_answers.main([made]), 0)
            (directory / "suite.jsonl").write_text(self.line({}) + "\n")
            self.assertEqual(check_answers.main([made]), 1)
            self.assertEqual(check_answers.main(["--empty", made]), 0)
            self.assertEqual(list(directory.iterdir()), [])


class Answers(http.server.BaseHTTPRequestHandler):
    """A server that is wrong in one place, and gives out a file that it does not finish."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        body, kind, length = b'{"device_id":"D"}', "application/json", 17
        if self.path.startswith(DOWNLOAD):
            body = b"x" * 300_000
            kind, length = "image/png", len(body) + (10 if self.path.endswith("?cut") else 0)
        self.send_response(200)
        for name, value in (FILE | {"content-type": kind, "content-length": str(length)}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def do_POST(self):
        body = json.dumps({"length": self.headers.get("Content-Length"), "how": self.headers.get("Transfer-Encoding")}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True


class Proxy(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.port = free_port()
        self.proxy = CheckingProxy(self.port, self.server.server_address[1])
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.addCleanup(self.proxy.close)

    def ask(self, method, path, body=None, chunked=False):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self.addCleanup(connection.close)
        connection.request(method, path, body, encode_chunked=chunked)
        return connection.getresponse().read()

    def test_complaints_are_kept_and_answers_passed_on(self):
        for _ in range(2):
            self.assertEqual(self.ask("GET", USER), b'{"device_id":"D"}')
        self.assertEqual(self.proxy.checked, 2)
        self.assertTrue(self.proxy.report().startswith("2 × GET " + USER), self.proxy.report())
        self.assertIn("user_id", self.proxy.report())

    def test_files_pass_and_broken_ones_stay_broken(self):
        self.assertEqual(len(self.ask("GET", DOWNLOAD)), 300_000)
        with self.assertRaises(http.client.IncompleteRead):
            self.ask("GET", DOWNLOAD + "?cut")
        self.assertEqual(self.proxy.report(), "")

    def test_bodies_pass_as_they_are_framed(self):
        self.assertEqual(json.loads(self.ask("POST", "/echo", b"x" * 100_000)), {"length": "100000", "how": None})
        self.assertEqual(json.loads(self.ask("POST", "/echo", iter([b"x"] * 3), chunked=True)), {"length": None, "how": "chunked"})

    def test_a_server_that_is_gone_is_a_broken_connection(self):
        self.server.shutdown()
        self.server.server_close()
        with self.assertRaises(ConnectionError):
            self.ask("GET", USER)


if __name__ == "__main__":
    unittest.main()
