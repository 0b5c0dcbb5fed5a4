"""The drills of docs/drills that are about messages and files, on the real binary with the default policy: who may send what
where, the question before something leaves, the scan of a marked page and what its uploader's manager decides."""
import json
import unittest

from inspected_files import PNG, InspectedFiles, grey_png, inspecting_server
from kuramori import ROOT, SERVER_NAME, quote

MARKED_PAGE = ROOT / "src/sandbox/recognition/tests/pictures/english.png"

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


class Drills(InspectedFiles, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = inspecting_server().start()
        cls.people = {name: cls.server.register(name) for name, _ in PEOPLE + (("marta", ""), ("omar", ""), ("eve", ""))}
        path = cls.server.directory / "organisation.json"
        path.write_text(json.dumps(ORGANISATION))
        cls.server.command("organisation", "import", str(path), "--reason", "founded", check=0)
        cls.aiko, cls.boss = cls.people["aiko"], cls.people["wing"]

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

    def scan(self, name):
        """The marked page, uploaded: its address, and the request that its inspection opens."""
        uri = self.upload(MARKED_PAGE.read_bytes(), name, "image/png")
        status, _, body = self.get(f"/_matrix/client/v1/media/download/{uri[6:]}?timeout_ms=1000", self.aiko)
        self.assertEqual((status, json.loads(body)["errcode"]), (504, "M_NOT_YET_UPLOADED"))
        return uri, self.request_for(uri)

    def hears(self, person, request, *words):
        """Waits for a message about the request with all the words: (room, event)."""
        def find():
            return next((told for told in self.told(person, request) if all(word in told[2] for word in words)), None)
        return self.wait_for(find)[:2]

    # Drill 2, step by step.
    def test_a_marked_scan_is_held_and_a_reaction_releases_it(self):
        uri, request = self.scan("page.png")
        self.assertEqual((request["rules"], request["file"]["found"]), (["file-marked"], {"classification_mark_confidential": 1}))
        self.hears(self.aiko, request["id"], self.boss.user)
        asked = self.hears(self.boss, request["id"], self.aiko.user, "file-marked", "classification_mark_confidential × 1")
        status, page = self.view(uri, self.boss, "/pages/1")
        self.assertEqual((status, page[:8]), (200, PNG), page[:300])
        for other in ("ben", "kenji"):
            self.assertEqual(self.view(uri, self.people[other], "/pages/1")[0], 404, other)
        self.boss.react(*asked)
        self.hears(self.aiko, request["id"], "can be opened now")
        for person in (self.aiko, self.people["ben"]):
            self.assertEqual(self.download(uri, person), 200, "its label does not keep it in the viewer")

    def test_a_marked_scan_is_approved_over_http(self):
        uri, request = self.scan("for-sales.png")
        self.assertEqual(self.decide(request["id"], "approve", "may go to sales")[0], 200)
        self.hears(self.aiko, request["id"], "can be opened now")
        self.assertEqual(self.download(uri, self.people["lin"]), 200)

    def test_a_marked_scan_is_refused_and_removed(self):
        uri, request = self.scan("not-for-chat.png")
        self.boss.react(*self.hears(self.boss, request["id"], "file-marked"), key="👎")
        self.hears(self.aiko, request["id"], "removed")
        self.wait_for(lambda: self.download(uri, self.aiko) == 404)
        uri, request = self.scan("not-for-chat-either.png")
        self.assertEqual(self.decide(request["id"], "refuse", "prices stay here")[0], 200)
        self.hears(self.aiko, request["id"], "removed", "prices stay here")
        self.wait_for(lambda: self.download(uri, self.aiko) == 404)

    def test_officers_release_a_marked_scan_and_nobody_is_asked_any_more(self):
        uri, request = self.scan("at-once.png")
        self.assertIn(uri, self.listed("held"))
        self.server.command("files", "release", uri, "--reason", "price list may go to sales", check=0)
        self.assertEqual(self.download(uri, self.aiko), 200)
        self.wait_for(lambda: self.state(request["id"]) == "ended")
        asked = self.server.request("GET", "/_kuramori/v1/approvals", token=self.boss.token)[1]["approvals"]
        self.assertNotIn(request["id"], [entry["id"] for entry in asked])
        self.assertEqual(self.decide(request["id"], "approve")[0], 409)

    # Drill 4.
    def test_what_goes_to_a_partner_waits_for_the_manager(self):
        room = self.room("marta", "aiko")
        text = "test results of the first series"
        held = self.aiko.send(room, text, expect=403)
        self.assertEqual(held["errcode"], "ORG_KURAMORI_HELD", held)
        request = held["org.kuramori.request"]
        self.hears(self.boss, request, self.aiko.user)
        self.assertEqual(self.people["marta"].history(room), [])
        self.assertEqual(self.decide(request, "approve", "agreed with the partner")[0], 200)
        self.wait_for(lambda: self.people["marta"].history(room))
        self.hears(self.aiko, request, self.boss.user)
        self.assertEqual([event["content"]["body"] for event in self.people["marta"].history(room)], [text], "once")

    def test_a_scan_that_nobody_marked_is_released_by_itself(self):
        uri = self.upload(grey_png(300), "blank.png", "image/png")
        self.wait_for(lambda: self.download(uri, self.people["ben"]) == 200)


if __name__ == "__main__":
    unittest.main()
