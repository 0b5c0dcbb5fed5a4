"""Held messages on the real binary: asked for, decided from any client, delivered once, in order, whatever is killed."""
import json
import time
import unittest

from kuramori import SERVER_NAME, Server, quote

POLICY = {
    "format": 1,
    "name": "holds",
    "dictionaries": [{"id": "codewords", "description": "Code words", "terms": ["aubergine"]}],
    "rules": [
        {
            "id": "codeword",
            "operations": ["room.send"],
            "effect": "hold",
            "when": {"keyword": {"dictionary": "codewords"}},
            "obligations": [{"chain": [{"people": [f"@boss:{SERVER_NAME}", f"@aiko:{SERVER_NAME}"], "of": 1}]}],
        }
    ],
}


class Approvals(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        policy = self.server.directory / "policy.json"
        policy.write_text(json.dumps(POLICY))
        with self.server.config.open("a") as config:
            config.write(f'[policy]\nfile = "{policy}"\n')
        self.server.start()
        self.addCleanup(self.server.close)
        self.boss, self.aiko, self.bao = (self.server.register(name) for name in ("boss", "aiko", "bao"))
        self.room = self.aiko.create_room(preset="public_chat", name="Market")
        self.bao.api("POST", f"/join/{quote(self.room)}", {})

    def put(self, transaction, text, expect=403):
        return self.aiko.api(
            "PUT", f"/rooms/{quote(self.room)}/send/m.room.message/{transaction}",
            {"msgtype": "m.text", "body": text}, expect,
        )

    def bodies(self):
        return [e["content"].get("body") for e in self.bao.history(self.room) if e["type"] == "m.room.message"]

    def told(self, person, request, seconds=60):
        """(room, event) of the first message about the request."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for room in person.api("GET", "/joined_rooms")["joined_rooms"]:
                for event in person.history(room):
                    about = event["content"].get("org.kuramori.approval", {})
                    if about.get("request") == request and about.get("state") == "waiting":
                        return room, event
            time.sleep(0.1)
        raise AssertionError(f"nobody was asked: {self.server.log.read_text()[-3000:]}")

    def wait_for(self, condition, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return
            time.sleep(0.1)
        raise AssertionError(f"{self.bodies()}; {self.server.log.read_text()[-3000:]}")

    def state(self, request):
        return self.server.request("GET", f"/_kuramori/v1/requests/{request}", token=self.aiko.token)[1]

    def test_a_reaction_approves_and_the_message_arrives_once(self):
        held = self.put("t1", "the aubergine is ripe")
        self.assertEqual(held["errcode"], "ORG_KURAMORI_HELD")
        request = held["org.kuramori.request"]
        self.assertEqual(self.put("t1", "the aubergine is ripe")["org.kuramori.request"], request)
        room, event = self.told(self.boss, request)
        for word in ("Market", "is ripe", self.aiko.user, "codeword"):
            self.assertIn(word, event["content"]["body"])
        self.assertEqual(self.bodies(), [])
        self.boss.react(room, event["event_id"])
        self.wait_for(lambda: self.bodies() == ["the aubergine is ripe"])
        sent = [e for e in self.bao.history(self.room) if e["type"] == "m.room.message"]
        self.assertEqual(sent[0]["sender"], self.aiko.user)
        self.wait_for(lambda: self.state(request)["state"] == "delivered")
        self.assertEqual(self.put("t1", "the aubergine is ripe", expect=200)["event_id"], sent[0]["event_id"])
        self.assertEqual(self.bodies(), ["the aubergine is ripe"])
        # The approval was for that one.
        self.assertEqual(self.put("t2", "the aubergine is ripe")["errcode"], "ORG_KURAMORI_HELD")

    def test_a_reply_refuses_with_a_reason(self):
        request = self.put("t1", "an aubergine")["org.kuramori.request"]
        room, event = self.told(self.boss, request)
        self.boss.api(
            "PUT", f"/rooms/{quote(room)}/send/m.room.message/x1",
            {"msgtype": "m.text", "body": "refuse: not before the fair",
             "m.relates_to": {"m.in_reply_to": {"event_id": event["event_id"]}}},
        )
        self.wait_for(lambda: self.state(request)["state"] == "refused")
        decision = self.state(request)["decisions"][0]
        self.assertEqual((decision["by"], decision["reason"]), (self.boss.user, "not before the fair"))
        answer = self.put("t1", "an aubergine")
        self.assertIn("not before the fair", answer["error"])
        self.assertEqual(self.bodies(), [])

    def test_nobody_approves_his_own_and_strangers_do_not_decide(self):
        request = self.put("t1", "an aubergine")["org.kuramori.request"]
        room, event = self.told(self.boss, request)
        path = f"/_kuramori/v1/approvals/{request}/decision"
        for person in (self.aiko, self.bao):
            status, answer = self.server.request("POST", path, {"decision": "approve"}, person.token)
            self.assertEqual(status, 403, answer)
        self.assertEqual(self.server.request("GET", f"/_kuramori/v1/requests/{request}", token=self.bao.token)[0], 404)
        listed = self.server.request("GET", "/_kuramori/v1/approvals", token=self.boss.token)[1]["approvals"]
        self.assertEqual([entry["id"] for entry in listed], [request])
        self.assertEqual(self.server.request("GET", "/_kuramori/v1/approvals", token=self.aiko.token)[1], {"approvals": []})
        status, answer = self.server.request("POST", path, {"decision": "approve"}, self.boss.token)
        self.assertEqual((status, answer["state"]), (200, "approved"), answer)
        self.wait_for(lambda: self.bodies() == ["an aubergine"])
        self.assertEqual(self.server.request("POST", path, {"decision": "refuse"}, self.boss.token)[0], 409)

    def test_order_and_kills(self):
        requests = [self.put(f"t{n}", f"aubergine {n}")["org.kuramori.request"] for n in range(4)]
        self.server.kill()
        self.server.start()
        asked = [self.told(self.boss, request) for request in requests]
        # What came later is approved first and waits.
        for room, event in reversed(asked[1:]):
            self.boss.react(room, event["event_id"])
        for request in requests[1:]:
            self.wait_for(lambda: self.state(request)["state"] == "approved")
        self.assertEqual(self.bodies(), [])
        self.boss.react(asked[0][0], asked[0][1]["event_id"])
        self.server.kill()
        self.server.start()
        self.wait_for(lambda: len(self.bodies()) == 4)
        self.assertEqual(self.bodies(), [f"aubergine {n}" for n in range(4)])
        self.assertEqual(self.server.stop(), 0)
        self.server.command("audit", "verify", check=0)
        self.server.start()
        time.sleep(1)
        self.assertEqual(len(self.bodies()), 4)
        # Asked once, although the server was started again and again.
        room, _ = asked[0]
        questions = [e for e in self.boss.history(room)
                     if e["content"].get("org.kuramori.approval", {}).get("request") == requests[0]]
        self.assertEqual(len(questions), 1)

    def test_withdrawn_and_a_grant_for_a_time(self):
        request = self.put("t1", "an aubergine")["org.kuramori.request"]
        status, answer = self.server.request("DELETE", f"/_kuramori/v1/requests/{request}", token=self.aiko.token)
        self.assertEqual((status, answer["state"]), (200, "withdrawn"), answer)
        status, general = self.server.request(
            "POST", "/_kuramori/v1/requests",
            {"operation": "room.send", "room": self.room, "rules": ["codeword"], "minutes": 5, "reason": "harvest"},
            self.aiko.token)
        self.assertEqual(status, 201, general)
        # The default chain finds nobody in an organisation without people: officers, and here there is none.
        self.assertEqual(general["state"], "waiting")


if __name__ == "__main__":
    unittest.main()
