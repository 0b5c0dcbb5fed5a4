"""The drills of docs/drills that are about messages, on the real binary with the default policy: who may send what
where, the question before something leaves, a manager's approval."""
import json
import unittest

from kuramori import SERVER_NAME, Server, quote

UNITS = ("research", "sales", "hr")
PEOPLE = (("wing", "demo"), ("aiko", "research"), ("ben", "research"), ("lin", "sales"), ("kenji", "hr"))


def user(name):
    return f"@{name}:{SERVER_NAME}"


ORGANISATION = {
    "version": 1,
    "units": [{"id": "demo", "kind": "legal_entity", "name": "Demo", "head": user("wing")}]
    + [{"id": unit, "name": unit, "parent": "demo"} for unit in UNITS],
    "people": [{"user": user(name), "name": name, "posts": [{"unit": unit}]} for name, unit in PEOPLE],
    "contacts": [
        {"user": user("marta"), "name": "Marta", "company": "P", "kind": "partner", "owner": user("aiko")},
        {"user": user("omar"), "name": "Omar", "company": "C", "kind": "customer", "owner": user("lin")},
    ],
    "visibility": [],
}


class Drills(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.start()
        cls.people = {name: cls.server.register(name) for name, _ in PEOPLE + (("marta", ""), ("omar", ""), ("eve", ""))}
        path = cls.server.directory / "organisation.json"
        path.write_text(json.dumps(ORGANISATION))
        cls.server.command("organisation", "import", str(path), "--reason", "founded", check=0)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def room(self, owner, other):
        room = self.people[owner].create_room(preset="public_chat")
        self.people[other].api("POST", f"/rooms/{quote(room)}/join", {})
        return room

    def refused(self, sender, room, text):
        answer = self.people[sender].send(room, text, expect=403)
        refusal = answer.get("org.kuramori.refusal", {})
        return refusal.get("rule"), refusal.get("kind")

    def test_identity_number(self):
        room = self.room("aiko", "kenji")
        self.assertEqual(self.refused("aiko", room, "My number is A123456(3)"), ("hk-identity-card", "final"))
        self.people["aiko"].send(room, "no number here")

    def test_research_cannot_send_outside_and_hr_can(self):
        for other, rule in (("omar", "matrix.research.customer.red"), ("eve", "matrix.research.outside.red")):
            room = self.room("aiko", other)
            self.assertEqual(self.refused("aiko", room, "the new alloy works"), (rule, "final"))
        room = self.room("kenji", "omar")
        self.assertEqual(self.refused("kenji", room, "Thank you"), ("leaves-the-company", "confirm"))
        self.people["kenji"].send(room, "Thank you")
        self.people["kenji"].send(room, "not asked again in this room")
        # The same room without the customer is free.
        self.people["omar"].api("POST", f"/rooms/{quote(room)}/leave", {})
        self.people["lin"].api("POST", f"/rooms/{quote(room)}/join", {})
        self.people["kenji"].send(room, "among ourselves")

    def test_colleagues_are_free_after_a_restart(self):
        room = self.room("aiko", "ben")
        outside = self.room("aiko", "omar")
        self.server.stop()
        self.server.start()
        self.people["aiko"].send(room, "hello")
        self.assertEqual(self.refused("aiko", outside, "hello")[0], "matrix.research.customer.red")

    def test_a_marked_text_is_labelled(self):
        room = self.room("aiko", "ben")
        event = self.people["aiko"].send(room, "STRICTLY CONFIDENTIAL: the alloy")
        shown = self.people["ben"].api("GET", f"/rooms/{quote(room)}/event/{quote(event)}")
        self.assertEqual(shown["content"]["org.kuramori.label"], {"label": "confidential"})


if __name__ == "__main__":
    unittest.main()
