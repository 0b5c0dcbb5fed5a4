"""Obligations of rules on the real binary: who is told, alerts, the password given anew, sealed rooms, no passing on."""
import json
import pathlib
import tempfile
import time
import unittest

from kuramori import Server, quote

POLICY = {
    "format": 1,
    "name": "What else is done",
    "dictionaries": [
        {"id": "deals", "terms": ["Heron"]},
        {"id": "prices", "terms": ["tender price"]},
        {"id": "payroll", "terms": ["payroll"]},
        {"id": "minutes", "terms": ["board minutes"]},
    ],
    "rules": [
        {
            "id": "deals", "description": "d", "operations": ["room.send"], "effect": "allow",
            "when": {"keyword": {"dictionary": "deals"}},
            "obligations": [{"notify": ["owner", "@mia:kuramori.test"]}],
        },
        {
            "id": "prices", "description": "d", "operations": ["room.send"], "effect": "refuse",
            "when": {"keyword": {"dictionary": "prices"}},
            "obligations": [{"alert": "high"}],
        },
        {
            "id": "payroll", "description": "d", "operations": ["room.send"], "effect": "allow",
            "when": {"keyword": {"dictionary": "payroll"}},
            "obligations": [{"encrypt": True}],
        },
        {
            "id": "minutes", "description": "d", "operations": ["room.send"], "effect": "allow",
            "when": {"keyword": {"dictionary": "minutes"}},
            "obligations": [{"no_forward": True}],
        },
        {
            "id": "topics", "description": "d", "operations": ["room.state.set"], "effect": "allow",
            "resource": {"event_types": ["m.room.topic"]},
            "obligations": [{"step_up": 10}],
        },
        {
            "id": "devices", "description": "d", "operations": ["device.delete"], "effect": "allow",
            "obligations": [{"step_up": 10}],
        },
    ],
}
MINUTES = "These are the board minutes of the third of May: the plan for the new warehouse in Osaka was put off until autumn."


class Obligations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="kuramori-obligations-")
        cls.addClassCleanup(cls.directory.cleanup)
        policy = pathlib.Path(cls.directory.name) / "policy.json"
        text = json.dumps(POLICY).replace("kuramori.test", cls.server_name())
        policy.write_text(text)
        cls.server = Server(f'[policy]\nfile = "{policy}"\n[notices]\nevery_s = 2\n').start()
        cls.addClassCleanup(cls.server.close)
        cls.aiko = cls.server.register("aiko")
        cls.ken = cls.server.register("ken")
        cls.mia = cls.server.register("mia")
        cls.officer = cls.server.register("officer")
        cls.server.command("user", "set-role", "officer", "security_officer", check=0)

    @staticmethod
    def server_name():
        from kuramori import SERVER_NAME

        return SERVER_NAME

    def send(self, who, room, body, expect=200, **more):
        transaction = f"t{time.monotonic_ns()}"
        content = {"msgtype": "m.text", "body": body, **more}
        return who.api("PUT", f"/rooms/{quote(room)}/send/m.room.message/{transaction}", content, expect=expect)

    def notices(self, who, part):
        """What the server told the person, with this in it."""
        found = []
        rooms = who.sync().get("rooms", {}).get("join", {})
        for room in rooms:
            for event in who.history(room):
                body = event.get("content", {}).get("body", "")
                if event["sender"].startswith("@kuramori-notices:") and part in body:
                    found.append(body)
        return found

    def wait_for(self, who, part, count, seconds=20):
        deadline = time.monotonic() + seconds
        while True:
            found = self.notices(who, part)
            if len(found) >= count:
                return found
            self.assertLess(time.monotonic(), deadline, f"{count} notices about {part}: {found}")
            time.sleep(0.3)

    def metric(self, line):
        status, text = self.server.request("GET", "/metrics")
        self.assertEqual(status, 200)
        for row in text.splitlines():
            if row.startswith(line):
                return float(row.split()[-1])
        return 0.0

    def shared_room(self, by, *others):
        room = by.create_room(preset="public_chat")
        for other in others:
            other.api("POST", f"/rooms/{quote(room)}/join", {})
        return room

    def test_the_owner_and_a_named_person_are_told_and_a_storm_is_one_notice(self):
        room = self.shared_room(self.ken, self.aiko)
        self.send(self.aiko, room, "Heron closes on Friday")
        for person in (self.ken, self.mia):
            told = self.wait_for(person, "deals", 1)
            self.assertIn(self.aiko.user, told[0])
            self.assertIn("room.send", told[0])
            self.assertIn(room, told[0])
            self.assertNotIn("Heron", told[0])
            self.assertIn("お知らせ", told[0])
        for i in range(30):
            self.send(self.aiko, room, f"Heron again {i}")
        deadline = time.monotonic() + 30
        while True:
            counted = sum(int(text.split(" acts")[0].split()[-1]) if " acts from" in text else 1 for text in self.notices(self.mia, "deals"))
            if counted >= 31:
                break
            self.assertLess(time.monotonic(), deadline, counted)
            time.sleep(0.5)
        self.assertEqual(counted, 31)
        self.assertLess(len(self.notices(self.mia, "deals")), 12)
        self.assertEqual(self.notices(self.aiko, "deals"), [])

    def test_an_alert_is_recorded_counted_and_told_to_officers(self):
        before = self.metric('kuramori_policy_alerts_total{severity="high"}')
        room = self.aiko.create_room()
        self.send(self.aiko, room, "the tender price is low", expect=403)
        told = self.wait_for(self.officer, "Alert (high)", 1)
        self.assertIn("prices", told[0])
        self.assertNotIn("tender", told[0])
        self.assertEqual(self.metric('kuramori_policy_alerts_total{severity="high"}'), before + 1)
        self.assertIn("policy_alert", self.server.log.read_text())
        _, output, _ = self.server.command("audit", "export", "--json", check=None)
        if output:
            self.assertIn("alerted", output)

    def test_payroll_goes_into_sealed_rooms_alone(self):
        room = self.aiko.create_room()
        refused = self.send(self.aiko, room, "the payroll of May", expect=403)
        self.assertEqual(refused["org.kuramori.refusal"]["rule"], "payroll.encrypt")
        explanation = refused["org.kuramori.refusal"]["explanation"]
        self.assertEqual(sorted(explanation), ["en", "ja", "zh-Hans", "zh-Hant"])
        sealed = self.aiko.create_room(
            initial_state=[{"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}]
        )
        self.send(self.aiko, sealed, "the payroll of May")

    def test_what_is_marked_is_not_passed_on_even_after_a_restart(self):
        board, lunch = self.aiko.create_room(), self.shared_room(self.aiko, self.ken)
        event = self.send(self.aiko, board, MINUTES)["event_id"]
        content = self.aiko.api("GET", f"/rooms/{quote(board)}/event/{quote(event)}")["content"]
        self.assertIs(content["org.kuramori.no_forward"], True)
        self.send(self.aiko, board, "> " + MINUTES)
        refused = self.send(self.aiko, lunch, MINUTES, expect=403)
        self.assertEqual(refused["org.kuramori.refusal"]["rule"], "content.no_forward")
        time.sleep(1.5)
        self.server.stop()
        self.server.start()
        refused = self.send(self.aiko, lunch, MINUTES, expect=403)
        self.assertEqual(refused["org.kuramori.refusal"]["rule"], "content.no_forward")

    def topic(self, who, room, expect):
        return who.api("PUT", f"/rooms/{quote(room)}/state/m.room.topic/", {"topic": "plans"}, expect=expect)

    def test_the_password_is_asked_for_and_remembered(self):
        person = self.server.register("yuki")
        room = person.create_room()
        refused = self.topic(person, room, 403)
        self.assertEqual(refused["errcode"], "ORG_KURAMORI_STEP_UP")
        self.assertEqual(refused["org.kuramori.step_up"], {"endpoint": "/_kuramori/v1/step-up", "within_minutes": 10})
        self.assertEqual(refused["org.kuramori.refusal"]["kind"], "step_up")
        decision = refused["org.kuramori.refusal"]["decision_id"]
        status, told = self.server.request("GET", f"/_kuramori/v1/decisions/{decision}", token=person.token)
        self.assertEqual((status, told["resolution"]), (200, "step_up"), told)
        self.assertIn("10", told["explanation"]["en"])
        status, challenge = self.server.request("POST", "/_kuramori/v1/step-up", {}, person.token)
        self.assertEqual(status, 401, challenge)
        self.assertEqual(challenge["flows"], [{"stages": ["m.login.password"]}])

        def prove(password):
            auth = {
                "type": "m.login.password",
                "identifier": {"type": "m.id.user", "user": "yuki"},
                "password": password,
                "session": challenge["session"],
            }
            return self.server.request("POST", "/_kuramori/v1/step-up", {"auth": auth}, person.token)

        self.assertEqual(prove("nonsense")[0], 401)
        self.topic(person, room, 403)
        status, proved = prove("correct horse")
        self.assertEqual(status, 200, proved)
        self.topic(person, room, 200)
        # Another session of the same person has not given it; one that logs in with it has.
        self.topic(self.server.login("yuki"), room, 200)

    def test_endpoints_that_authenticate_interactively_ask_at_once(self):
        person = self.server.register("sora")
        status, challenge = self.server.request(
            "DELETE", f"/_matrix/client/v3/devices/{person.device}", {}, person.token
        )
        self.assertEqual(status, 401, challenge)
        auth = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": "sora"},
            "password": "correct horse",
            "session": challenge["session"],
        }
        status, answer = self.server.request("DELETE", f"/_matrix/client/v3/devices/{person.device}", {"auth": auth}, person.token)
        self.assertEqual(status, 200, answer)

    def test_check_and_explain_show_obligations(self):
        path = pathlib.Path(self.directory.name) / "wrong.json"
        path.write_text('{"format": 1, "name": "p", "rules": [\n  {"id": "r", "operations": ["room.send"], "effect": "allow",\n   "obligations": [{"alert": "grave"}]}]}')
        code, output, errors = self.server.command("policy", "check", str(path))
        self.assertNotEqual(code, 0)
        self.assertIn(":3:", output + errors)
        _, output, _ = self.server.command("policy", "explain", "--text", "Heron", check=0)
        self.assertIn("notify", output)


if __name__ == "__main__":
    unittest.main()
