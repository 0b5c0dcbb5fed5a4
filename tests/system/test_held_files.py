"""Files that policy holds: whoever decides is asked, looks at them page by page, and they are released or removed once,
whatever is killed. On the real binary, with its sandboxed programs."""
import json
import unittest

from inspected_files import InspectedFiles, inspecting_server
from kuramori import SERVER_NAME, quote
from test_inspection import docx

NUMBER = "A123456(3)"
POLICY = {
    "format": 1,
    "name": "Files",
    "rules": [
        {
            "id": "identity", "operations": ["file.inspect"], "when": {"finding": {"detector": "hk_identity_card"}}, "effect": "hold",
            "obligations": [{"chain": [{"people": [f"@boss:{SERVER_NAME}"], "of": 1}]}],
        },
        {"id": "cards", "operations": ["file.inspect"], "when": {"finding": {"detector": "payment_card"}}, "effect": "warn",
         "obligations": [{"chain": [{"people": [f"@boss:{SERVER_NAME}"], "of": 1}]}]},
    ],
}


class HeldFiles(InspectedFiles, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = inspecting_server(POLICY, "ocr = false\n").start()
        cls.addClassCleanup(cls.server.close)
        cls.boss, cls.aiko, cls.bao, cls.ofra = (cls.server.register(name) for name in ("boss", "aiko", "bao", "ofra"))
        cls.server.command("user", "set-role", "ofra", "security_officer", check=0)
        cls.ofra = cls.server.login("ofra")

    def test_a_reaction_releases_it(self):
        uri = self.upload(docx(f"HKID {NUMBER}"), f"{NUMBER}.docx")
        request = self.request_for(uri)
        self.assertEqual((request["kind"], request["requester"], request["rules"]), ("file", self.aiko.user, ["identity"]))
        self.assertEqual(request["file"]["found"], {"hk_identity_card": 1})
        self.assertNotIn(NUMBER, json.dumps(request))
        [(room, event, text)] = self.wait_for(lambda: self.told(self.boss, request["id"]))
        for word in ("identity", "hk_identity_card × 1", self.aiko.user, "wordprocessingml", "/view"):
            self.assertIn(word, text)
        self.assertNotIn(NUMBER, text)
        # Whoever decides may look at it; nobody else.
        status, page = self.view(uri, self.boss, "/pages/1")
        self.assertEqual((status, page[:8]), (200, b"\x89PNG\r\n\x1a\n"), page[:300])
        self.assertEqual(json.loads(self.view(uri, self.boss)[1])["held"], True)
        self.assertEqual(self.view(uri, self.bao, "/pages/1")[0], 404)
        self.assertEqual(self.view(uri, self.aiko, "/pages/1")[0], 504)
        self.assertEqual(self.download(uri, self.bao), 504)
        self.assertEqual(self.server.request("POST", f"/_kuramori/v1/approvals/{request['id']}/decision", {"decision": "approve"}, self.aiko.token)[0], 403)
        self.boss.react(room, event)
        self.wait_for(lambda: self.download(uri, self.bao) == 200)
        self.wait_for(lambda: self.state(request["id"]) == "delivered")
        self.assertIn("can be opened now", self.wait_for(lambda: [t for _, _, t in self.told(self.aiko, request["id"]) if "opened now" in t])[0])
        self.assertEqual(self.listed("released")[uri]["decided_by"], self.boss.user)
        self.assertEqual(self.view(uri, self.boss, "/pages/1")[0], 404, "the decision is made: nothing to look at any more")

    def test_refused_is_removed_and_the_uploader_hears_why(self):
        uri = self.upload(docx("Card 4111 1111 1111 1111"))
        request = self.request_for(uri)
        self.assertEqual(request["rules"], ["cards"], "what would only be asked about holds a file")
        self.assertEqual(self.decide(request["id"], "refuse", "not for chat")[0], 200)
        self.wait_for(lambda: self.download(uri, self.bao) == 404)
        self.wait_for(lambda: [t for _, _, t in self.told(self.aiko, request["id"]) if "not for chat" in t and "removed" in t])
        self.assertEqual(self.listed("removed")[uri]["reason"], "not for chat")

    def test_an_officer_may_be_faster(self):
        uri = self.upload(docx(f"second HKID {NUMBER}"))
        request = self.request_for(uri)
        self.server.command("files", "release", uri, "--reason", "seen", check=0)
        self.assertEqual(self.download(uri, self.bao), 200)
        self.wait_for(lambda: self.state(request["id"]) == "ended")
        self.assertEqual(self.decide(request["id"], "approve")[0], 409)

    def test_what_was_found_is_among_the_findings_for_officers(self):
        uri = self.upload(docx(f"third HKID {NUMBER}"))
        self.request_for(uri)
        path = f"/_kuramori/admin/v1/findings?operation=inspection.verdict&sender={quote(self.aiko.user)}"
        status, answer = self.server.request("GET", path, token=self.ofra.token)
        self.assertEqual(status, 200, answer)
        found = next(entry for entry in answer["findings"] if entry.get("file") == uri)
        self.assertEqual((found["outcome"], found["rule"], found["sender"]), ("held", "identity", self.aiko.user))
        self.assertEqual(found["findings"], [{"source": "hk_identity_card", "count": 1}])
        self.assertEqual(self.listed("held")[uri]["findings"]["found"], {"count": 1}, "an administrator sees how much, not what")
        status, shown = self.server.request("GET", f"/_kuramori/admin/v1/quarantine/{uri[6:]}", token=self.ofra.token)
        self.assertEqual(shown["findings"]["found"], {"hk_identity_card": 1})

    def test_killed_at_each_point_it_is_released_once(self):
        uris = [self.upload(docx(f"{n}. HKID {NUMBER}")) for n in range(3)]
        self.server.kill()
        self.server.start()
        requests = [self.request_for(uri)["id"] for uri in uris]
        self.server.kill()
        self.server.start()
        for request in requests[:2]:
            self.assertEqual(self.decide(request, "approve")[0], 200)
        self.assertEqual(self.decide(requests[2], "refuse")[0], 200)
        self.server.kill()
        self.server.start()
        for uri in uris[:2]:
            self.wait_for(lambda uri=uri: self.download(uri, self.bao) == 200)
        self.wait_for(lambda: self.download(uris[2], self.bao) == 404)
        self.wait_for(lambda: all(self.state(request) == "delivered" for request in requests[:2]))
        code, out, errors = self.server.command("audit", "verify")
        self.assertEqual(code, 0, out + errors)


if __name__ == "__main__":
    unittest.main()
