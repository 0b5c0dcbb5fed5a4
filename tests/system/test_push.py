"""Push notifications of the real server to a real gateway on loopback, and to mailboxes through a real SMTP server."""
import email
import email.policy
import http.server
import json
import re
import threading
import time
import unittest

from aiosmtpd.controller import Controller

import kuramori


class Gateway:
    """Takes what the server sends; answers what the test says."""

    def __init__(self):
        self.received = []
        self.everything = []
        self.status = 200
        self.rejected = []
        self.arrived = threading.Condition()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with outer.arrived:
                    status = outer.status
                    outer.everything.append(body["notification"].get("event_id"))
                    outer.received.append((self.path, status, body["notification"]))
                    outer.arrived.notify_all()
                answer = json.dumps({"rejected": outer.rejected}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/_matrix/push/v1/notify"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait_for(self, matches, seconds=60):
        """The first notification that `matches`; removes it and what came before."""
        deadline = time.monotonic() + seconds
        with self.arrived:
            while True:
                for i, entry in enumerate(self.received):
                    if matches(*entry):
                        del self.received[: i + 1]
                        return entry
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"nothing that matches among {self.received}")
                self.arrived.wait(left)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class PostOffice:
    """An SMTP server that keeps what it takes; while `works` is false it answers that it will take it later."""

    def __init__(self):
        self.mails = []
        self.refused = 0
        self.works = True
        self.arrived = threading.Condition()
        self.controller = Controller(self, hostname="127.0.0.1", port=kuramori.free_port())
        self.controller.start()
        self.port = self.controller.port

    async def handle_DATA(self, server, session, envelope):
        with self.arrived:
            self.arrived.notify_all()
            if not self.works:
                self.refused += 1
                return "451 not now"
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.mails.append((envelope.rcpt_tos, mail))
            return "250 taken"

    def wait_until(self, holds, seconds=60):
        with self.arrived:
            if not self.arrived.wait_for(lambda: holds(self), seconds):
                raise AssertionError(f"{len(self.mails)} mails came, {self.refused} were refused")

    def wait_for_mail(self):
        self.wait_until(lambda office: office.mails)
        with self.arrived:
            return self.mails.pop(0)

    def close(self):
        self.controller.stop()


def is_event(event, status=200):
    return lambda path, answered, sent: sent.get("event_id") == event and answered == status


def unread(sent):
    return sent["counts"].get("unread", 0)


class PushTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway()
        self.addCleanup(self.gateway.close)
        self.server = kuramori.Server(
            extra_config=f'[push]\ngateways = ["127.0.0.1:{self.gateway.port}"]\nretry_s = 1\n'
        )
        self.addCleanup(self.server.close)
        self.server.start()
        self.alice = self.server.register("alice")
        self.bob = self.server.register("bob")
        room = self.server.api(
            "POST", "/createRoom", {"preset": "private_chat", "name": "Sales", "invite": [self.alice.user]}, self.bob.token
        )
        self.room = room["room_id"]
        self.server.api("POST", f"/join/{self.room}", {}, self.alice.token)
        self.count = 0

    def pusher(self, **changes):
        pusher = {
            "kind": "http",
            "app_id": "org.example.app",
            "pushkey": "alice-key",
            "app_display_name": "App",
            "device_display_name": "Phone",
            "lang": "en",
            "data": {"url": self.gateway.url, "custom": "kept"},
        }
        pusher.update(changes)
        return pusher

    def set_pusher(self, expect=200, person=None, **changes):
        token = (person or self.alice).token
        return self.server.api("POST", "/pushers/set", self.pusher(**changes), token, expect=expect)

    def pushers(self, person=None):
        return self.server.api("GET", "/pushers", token=(person or self.alice).token)["pushers"]

    def say(self, text, person=None):
        self.count += 1
        return self.server.api(
            "PUT",
            f"/rooms/{self.room}/send/m.room.message/t{self.count}",
            {"msgtype": "m.text", "body": text},
            (person or self.bob).token,
        )["event_id"]

    def read(self, event):
        self.server.api("POST", f"/rooms/{self.room}/receipt/m.read/{event}", {}, self.alice.token)

    def test_notifications_arrive_and_the_badge_falls(self):
        self.set_pusher()
        first = self.say("hello")
        path, _, sent = self.gateway.wait_for(is_event(first))
        self.assertEqual(path, "/_matrix/push/v1/notify")
        self.assertEqual(sent["content"]["body"], "hello")
        self.assertEqual(sent["room_name"], "Sales")
        self.assertEqual(unread(sent), 1)
        self.assertEqual(sent["devices"][0]["data"], {"custom": "kept"})
        self.assertEqual(sent["devices"][0]["tweaks"], {"sound": "default"})
        second = self.say("again")
        self.assertEqual(unread(self.gateway.wait_for(is_event(second))[2]), 2)
        self.read(second)
        self.gateway.wait_for(lambda path, status, sent: "event_id" not in sent and unread(sent) == 0)
        # What one says oneself does not notify: the next that comes is of the other.
        own = self.say("mine", self.alice)
        third = self.say("yours")
        self.gateway.wait_for(is_event(third))
        self.assertNotIn(own, self.gateway.everything)

        listed = self.server.api("GET", "/notifications", token=self.alice.token)["notifications"]
        self.assertEqual([one["event"]["event_id"] for one in listed[:3]], [third, second, first])
        self.assertEqual([one["read"] for one in listed[:3]], [False, True, True])
        page = self.server.api("GET", "/notifications", token=self.alice.token, limit=1)
        rest = self.server.api("GET", "/notifications", token=self.alice.token, limit=1, **{"from": page["next_token"]})
        self.assertEqual(page["notifications"][0]["event"]["event_id"], third)
        self.assertEqual(rest["notifications"][0]["event"]["event_id"], second)
        self.assertEqual(
            self.server.api("GET", "/notifications", token=self.alice.token, only="highlight")["notifications"], []
        )

    def test_the_id_alone_tells_nothing_else(self):
        self.set_pusher(data={"url": self.gateway.url, "format": "event_id_only"})
        event = self.say("a secret")
        sent = self.gateway.wait_for(is_event(event))[2]
        self.assertNotIn("content", sent)
        self.assertNotIn("sender", sent)
        self.assertNotIn("tweaks", sent["devices"][0])

    def test_a_failing_gateway_is_tried_again_even_after_a_restart(self):
        self.set_pusher()
        self.gateway.status = 502
        event = self.say("try again")
        self.gateway.wait_for(is_event(event, 502))
        self.gateway.wait_for(is_event(event, 502))
        self.server.kill()
        self.gateway.status = 200
        self.gateway.received.clear()
        self.server.start()
        self.gateway.wait_for(is_event(event))
        after = self.say("still there")
        self.gateway.wait_for(is_event(after))

    def test_a_rejected_pushkey_is_removed(self):
        self.set_pusher()
        self.gateway.rejected = ["alice-key"]
        self.gateway.wait_for(is_event(self.say("gone")))
        deadline = time.monotonic() + 60
        while self.pushers() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.pushers(), [])

    def test_pushers_follow_the_rules_of_the_specification(self):
        self.set_pusher()
        self.assertEqual(len(self.pushers()), 1)
        self.assertEqual(self.pushers()[0]["data"]["url"], self.gateway.url)
        self.set_pusher(device_display_name="Renamed")
        self.assertEqual([one["device_display_name"] for one in self.pushers()], ["Renamed"])
        self.set_pusher(person=self.bob, append=True)
        self.assertEqual((len(self.pushers()), len(self.pushers(self.bob))), (1, 1))
        self.set_pusher(person=self.bob)  # takes the pushkey from everybody else
        self.assertEqual((len(self.pushers()), len(self.pushers(self.bob))), (0, 1))
        self.set_pusher(person=self.bob, kind=None)
        self.assertEqual(self.pushers(self.bob), [])
        self.set_pusher(expect=400, data={"url": "http://127.0.0.1:1/_matrix/push/v1/notify"})
        self.set_pusher(expect=400, kind="email", app_id="m.email", pushkey="alice@example.org", data={})
        self.set_pusher()
        self.server.api("POST", "/logout", {}, self.alice.token)
        self.alice = self.server.login("alice")
        self.assertEqual(self.pushers(), [])

    def test_administrators_see_and_remove_pushers(self):
        self.set_pusher(pushkey="secret-key")
        self.set_pusher(pushkey="other-key")
        _, output, _ = self.server.command("user", "pushers", "list", "alice", "--json", check=0)
        listed = json.loads(output)
        self.assertEqual(len(listed["pushers"]), 2)
        self.assertEqual(listed["pushers"][0]["gateway"], f"127.0.0.1:{self.gateway.port}")
        self.assertEqual(listed["pushers"][0]["device_id"], self.alice.device)
        for secret in ("secret-key", "other-key", "/_matrix/push"):
            self.assertNotIn(secret, output)
        _, text, _ = self.server.command("user", "pushers", "list", "alice", check=0)
        self.assertIn("org.example.app", text)
        one = listed["pushers"][0]["id"]
        self.assertTrue(one.startswith("pusher_"), "no id may look like an option")
        self.assertNotEqual(self.server.command("user", "pushers", "remove", "alice")[0], 0)
        self.assertNotEqual(self.server.command("user", "pushers", "remove", "alice", "nonsense")[0], 0)
        self.assertNotEqual(self.server.command("user", "pushers", "list", "nobody")[0], 0)
        self.server.command("user", "pushers", "remove", "alice", one, check=0)
        self.assertEqual(len(self.pushers()), 1)
        left = self.pushers()[0]["pushkey"]
        event = self.say("one is left")
        self.assertEqual(self.gateway.wait_for(is_event(event))[2]["devices"][0]["pushkey"], left)
        self.server.command("user", "pushers", "remove", "alice", "--all", check=0)
        self.assertEqual(self.pushers(), [])
        unheard = self.say("nobody is told")
        self.set_pusher()
        self.gateway.wait_for(is_event(self.say("told again")))
        self.assertNotIn(unheard, self.gateway.everything)
        # The same without a server that runs.
        self.server.stop()
        self.server.command("user", "pushers", "remove", "alice", "--all", check=0)
        _, text, _ = self.server.command("user", "pushers", "list", "alice", check=0)
        self.assertIn("no pushers", text)

    def test_threads_that_are_read_are_not_pushed(self):
        self.set_pusher()
        root = self.say("root")
        self.gateway.wait_for(is_event(root))
        self.gateway.status = 502
        self.count += 1
        threaded = self.server.api(
            "PUT", f"/rooms/{self.room}/send/m.room.message/t{self.count}",
            {"msgtype": "m.text", "body": "threaded", "m.relates_to": {"rel_type": "m.thread", "event_id": root}},
            self.bob.token,
        )["event_id"]
        self.gateway.wait_for(is_event(threaded, 502))
        self.server.api("POST", f"/rooms/{self.room}/receipt/m.read/{threaded}", {"thread_id": root}, self.alice.token)
        self.gateway.status = 200
        self.gateway.wait_for(is_event(self.say("in the room")))
        taken = [s["event_id"] for _, status, s in self.gateway.received if status == 200 and "event_id" in s]
        self.assertNotIn(threaded, taken)

    def test_ignored_people_do_not_notify_and_secrets_stay_sealed(self):
        self.set_pusher(pushkey="very-secret-pushkey")
        self.server.api(
            "PUT",
            f"/user/{self.alice.user}/account_data/m.ignored_user_list",
            {"ignored_users": {self.bob.user: {}}},
            self.alice.token,
        )
        ignored = self.say("you ignore me")
        # Who is ignored counts when an event is judged: what comes after it was judged later.
        carol = self.server.register("carol")
        self.server.api("POST", f"/rooms/{self.room}/invite", {"user_id": carol.user}, self.bob.token)
        self.server.api("POST", f"/join/{self.room}", {}, carol.token)
        self.gateway.wait_for(is_event(self.say("you hear me", carol)))
        self.server.api("PUT", f"/user/{self.alice.user}/account_data/m.ignored_user_list", {"ignored_users": {}}, self.alice.token)
        heard = self.say("now you hear me")
        self.gateway.wait_for(is_event(heard))
        self.assertNotIn(ignored, self.gateway.everything)
        self.server.stop()
        for file in self.server.data.rglob("*"):
            if file.is_file():
                content = file.read_bytes()
                self.assertNotIn(b"very-secret-pushkey", content, file)
                self.assertNotIn(self.gateway.url.encode(), content, file)
        self.assertNotIn("very-secret-pushkey", self.server.log.read_text())


class MailTest(unittest.TestCase):
    ADDRESS = "alice@example.org"

    def setUp(self):
        self.office = PostOffice()
        self.addCleanup(self.office.close)
        self.server = kuramori.Server(
            extra_config=f'[email]\nsmtp_host = "127.0.0.1"\nsmtp_port = {self.office.port}\nsmtp_security = "none"\n'
            'from = "Kuramori <no-reply@example.org>"\n'
            "[push]\nemail_delay_s = 1\nretry_s = 1\n"
        )
        self.addCleanup(self.server.close)
        self.server.start()
        self.alice = self.server.register("alice")
        self.bob = self.server.register("bob")
        self.room = self.bob.create_room(preset="private_chat", name="Sales", invite=[self.alice.user])
        self.alice.api("POST", f"/join/{self.room}", {})

    def confirm_address(self):
        secret = {"client_secret": "a-secret-of-the-client"}
        asked = self.alice.api(
            "POST", "/account/3pid/email/requestToken", {**secret, "email": self.ADDRESS, "send_attempt": 1}
        )
        to, mail = self.office.wait_for_mail()
        self.assertEqual(to, [self.ADDRESS])
        link = re.search(r"/_kuramori/v1/contacts/confirm\?\S+", mail.get_content()).group()
        self.assertEqual(self.server.request("GET", link)[0], 200)
        add = {**secret, "sid": asked["sid"]}
        challenge = self.alice.api("POST", "/account/3pid/add", add, expect=401)
        add["auth"] = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": "alice"},
            "password": "correct horse",
            "session": challenge["session"],
        }
        # Opening the link alone confirms nothing.
        early = self.alice.api("POST", "/account/3pid/add", add, expect=400)
        self.assertEqual(early["errcode"], "M_THREEPID_AUTH_FAILED")
        self.assertEqual(self.server.request("POST", link)[0], 200)
        add["auth"]["session"] = self.alice.api("POST", "/account/3pid/add", {**secret, "sid": asked["sid"]}, expect=401)[
            "session"
        ]
        self.alice.api("POST", "/account/3pid/add", add)

    def set_pusher(self, expect=200, **changes):
        pusher = {
            "kind": "email",
            "app_id": "m.email",
            "pushkey": self.ADDRESS,
            "app_display_name": "Mail",
            "device_display_name": self.ADDRESS,
            "lang": "ja",
            "data": {},
        }
        return self.alice.api("POST", "/pushers/set", {**pusher, **changes}, expect)

    def test_a_forgotten_password_is_set_anew(self):
        self.confirm_address()
        reset = {"client_secret": "another-secret"}
        asked = self.server.request(
            "POST",
            "/_matrix/client/v3/account/password/email/requestToken",
            {**reset, "email": self.ADDRESS, "send_attempt": 1},
        )[1]
        to, mail = self.office.wait_for_mail()
        self.assertEqual(to, [self.ADDRESS])
        link = re.search(r"/_kuramori/v1/contacts/confirm\?\S+", mail.get_content()).group()
        self.assertEqual(self.server.request("POST", link)[0], 200)
        path = "/_matrix/client/v3/account/password"
        status, challenge = self.server.request("POST", path, {})
        self.assertEqual(status, 401)
        self.assertIn({"stages": ["m.login.email.identity"]}, challenge["flows"])
        body = {
            "new_password": "battery staple 9",
            "auth": {
                "type": "m.login.email.identity",
                "session": challenge["session"],
                "threepid_creds": {**reset, "sid": asked["sid"]},
            },
        }
        self.assertEqual(self.server.request("POST", path, body)[0], 200)
        login = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "alice"}}
        new = self.server.request("POST", "/_matrix/client/v3/login", {**login, "password": "battery staple 9"})
        old = self.server.request("POST", "/_matrix/client/v3/login", {**login, "password": "correct horse"})
        self.assertEqual((new[0], old[0]), (200, 403))

    def test_unread_messages_are_told_of_by_mail(self):
        self.set_pusher(expect=400)
        self.confirm_address()
        self.set_pusher(expect=400, pushkey="bob@example.org")
        self.set_pusher()
        self.bob.send(self.room, "the secret recipe")
        to, mail = self.office.wait_for_mail()
        self.assertEqual(to, [self.ADDRESS])
        self.assertEqual(mail["To"], self.ADDRESS)
        self.assertIn("未読メッセージ", mail["Subject"])
        text = mail.get_content()
        self.assertIn("Sales", text)
        self.assertNotIn("the secret recipe", text)

        # A mail server that is not there for a while loses nothing, over a restart either.
        self.office.works = False
        self.bob.send(self.room, "while the mail server is away")
        self.office.wait_until(lambda office: office.refused > 0)
        self.server.kill()
        self.server.start()
        self.office.works = True
        self.assertIn("Sales", self.office.wait_for_mail()[1].get_content())

        code, output, _ = self.server.command("user", "pushers", "list", "alice", check=0)
        self.assertIn("email", output)
        self.assertNotIn(self.ADDRESS, output)


if __name__ == "__main__":
    unittest.main()
