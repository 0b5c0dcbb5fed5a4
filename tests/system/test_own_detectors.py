"""The company's own detectors on the real binary: tables of rows and documents, imported and in force without a start."""
import json
import unittest

from kuramori import Server, quote

POLICY = {
    "format": 1,
    "name": "Own detectors",
    "detectors": [
        {
            "id": "customers",
            "names": {"en": "a customer of ours"},
            "exact_data": {"table": "customers", "columns": ["name", "phone"], "least": 2, "near": 100},
        },
        {"id": "merger", "names": {"en": "the merger plan"}, "fingerprints": {"set": "merger", "share": 0.3}},
    ],
    "rules": [
        {"id": "rows", "operations": ["room.send"], "when": {"finding": {"detector": "customers"}}, "effect": "refuse"},
        {"id": "plan", "operations": ["room.send"], "when": {"finding": {"detector": "merger"}}, "effect": "refuse"},
        {"id": "cards", "operations": ["room.send"], "when": {"finding": {"detector": "payment_card"}}, "effect": "refuse"},
    ],
}
PLAN = (
    "The board resolved on Monday to acquire all shares of Aster Holdings in the autumn, subject to review by the authority. "
    "The price is forty one dollars a share. Nobody outside of the committee knows of it, and nobody will before October. "
) * 3


class OwnDetectorsTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        self.server.start()
        self.alice = self.server.register("alice")
        self.room = self.alice.create_room()

    def file(self, name, content):
        path = self.server.directory / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def admin(self, *arguments, check=0):
        code, out, err = self.server.command(*arguments, "--json", check=check)
        return json.loads(out) if check == 0 else out + err

    def apply(self, policy, check=0):
        return self.server.command("policy", "apply", self.file("policy.json", json.dumps(policy)), "--reason", "test", check=check)

    def refused(self, text):
        """The rule that refused; empty: it was sent."""
        self.sent = getattr(self, "sent", 0) + 1
        status, answer = self.server.request(
            "PUT",
            f"/_matrix/client/v3/rooms/{quote(self.room)}/send/m.room.message/{self.sent}",
            {"msgtype": "m.text", "body": text},
            self.alice.token,
        )
        self.assertIn(status, (200, 403), answer)
        return "" if status == 200 else json.dumps(answer, ensure_ascii=False)

    def test_rows_and_documents_are_refused(self):
        # What does not exist cannot be named.
        policy = self.file("early.json", json.dumps(POLICY))
        for command, code in ((("check",), 1), (("apply", "--reason", "test"), 2)):
            _, out, err = self.server.command("policy", *command, policy, check=code)
            self.assertIn("'customers'", out + err)
        self.admin("detectors", "import-table", "customers", self.file("customers.csv", "name,phone\n陳大文,91234567\n"))
        self.admin("detectors", "import-document", "merger", self.file("plan.txt", PLAN))
        self.server.command("policy", "check", policy, check=0)
        self.apply(POLICY)
        self.assertIn("rows", self.refused("客戶陳大文,電話 9123-4567"))
        self.assertEqual(self.refused("陳大文今天沒有來"), "")
        self.assertIn("plan", self.refused("FYI: " + PLAN[100:500]))
        # Replaced in other encodings, without a start; the former stays when the new one is wrong.
        for encoding, name in (("utf-16", "陳小明"), ("gb18030", "陈小明"), ("big5", "陳小芬"), ("shift_jis", "鈴木一郎")):
            rows = "name,phone\n" + "".join(f"{name}{i},6123{i:04}\n" for i in range(40))
            told = self.admin("detectors", "import-table", "customers", self.file("c.csv", rows.encode(encoding)))
            self.assertEqual(told["rows"], 40, encoding)
            self.assertIn("rows", self.refused(f"{name}7 6123 0007"), encoding)
            self.assertEqual(self.refused("陳大文 91234567"), "")
        problem = self.admin(
            "detectors", "import-table", "customers", self.file("bad.csv", "name,phone\nonly one\nJohn Smith,51234567\n"), check=2
        )
        self.assertIn("Line 2", problem)
        self.assertIn("rows", self.refused("鈴木一郎7 6123 0007"))
        # What is in force survives a crash and cannot be pulled away.
        self.server.kill()
        self.server.start()
        self.assertIn("rows", self.refused("鈴木一郎7 6123 0007"))
        self.assertIn("plan", self.refused(PLAN[100:500]))
        self.assertIn("policy in force", self.admin("detectors", "remove", "customers", check=1))
        tables = {t["name"]: t for t in self.admin("detectors", "list")["tables"]}
        self.assertEqual((tables["customers"]["version"], tables["merger"]["names"]), (5, ["plan.txt"]))
        explained = self.admin("policy", "explain", "--text", "鈴木一郎7 6123 0007")
        self.assertEqual(explained["rule"], "rows")
        _, found, _ = self.server.command(
            "policy", "inspect", "--in-force", "--json", input_text="鈴木一郎7 6123 0007", check=0
        )
        self.assertIn("customers", [f["detector"] for f in json.loads(found)["findings"]])
        self.apply({"format": 1, "name": "none", "rules": []})
        self.admin("detectors", "remove", "customers")
        self.assertEqual([t["name"] for t in self.admin("detectors", "list")["tables"]], ["merger"])
        for file in (self.server.data / f for f in ("kuramori.db", "kuramori.db-wal")):
            if file.exists():
                self.assertNotIn("鈴木一郎7".encode(), file.read_bytes())

    def test_a_number_in_pieces_is_refused_where_it_is_complete(self):
        self.admin("detectors", "import-table", "customers", self.file("customers.csv", "name,phone\n陳大文,91234567\n"))
        self.admin("detectors", "import-document", "merger", self.file("plan.txt", PLAN))
        self.apply(POLICY)
        for piece in ("4111", "1111 1", "111"):
            self.assertEqual(self.refused(piece), "")
        self.assertIn("cards", self.refused("1111"))
        self.assertIn("cards", self.refused("1111"))
        self.assertEqual(self.refused("see you at ten"), "")
        self.apply({**POLICY, "split_messages": False})
        self.assertEqual(self.refused("1111"), "")


if __name__ == "__main__":
    unittest.main()
