"""What administrators do from the command line, with and without a server: roles, erasure, restored backups, failed logins."""
import json
import unittest

from kuramori import SERVER_NAME, Server


class Administration(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.server.command("init", check=0)

    def tearDown(self):
        self.server.close()

    def add(self, name, *options):
        _, out, _ = self.server.command("user", "add", name, "--json", *options, check=0)
        return json.loads(out)["one_time_password"]

    def entries(self, personal=True):
        export = self.server.directory / "record.jsonl"
        export.unlink(missing_ok=True)
        options = ["--personal"] if personal else []
        self.server.command("audit", "export", "--output", str(export), *options, check=0)
        lines = [json.loads(line) for line in export.read_text().splitlines()]
        return [(json.loads(e["entry"]) if isinstance(e["entry"], str) else e["entry"], e) for e in lines if e["type"] == "entry"]

    def test_roles_change_and_one_administrator_stays(self):
        password = self.add("wing", "--role", "administrator")
        self.server.command("user", "set-role", "admin", "member", check=0)  # whom init made
        code, _, err = self.server.command("user", "set-role", "wing", "member")
        self.assertNotEqual(code, 0)
        self.assertIn("last administrator", err)
        aiko = self.add("aiko")
        self.server.command("user", "set-role", "aiko", "administrator", check=0)
        self.server.start()
        self.server.command("user", "set-role", "wing", "auditor", check=0)
        # A session that is in memory has the new role from its next request.
        wing = self.server.login("wing", password)
        self.assertEqual(self.server.request("POST", "/_matrix/client/v3/createRoom", {}, wing.token)[0], 403)
        self.server.command("user", "set-role", "wing", "member", check=0)
        self.assertEqual(self.server.request("POST", "/_matrix/client/v3/createRoom", {}, wing.token)[0], 200)
        code, _, err = self.server.command("user", "set-role", "aiko", "member")
        self.assertNotEqual(code, 0)
        self.assertIn("last administrator", err)
        self.assertNotEqual(self.server.command("user", "set-role", "wing", "emperor")[0], 0)
        self.assertNotEqual(self.server.command("user", "set-role", "nobody", "member")[0], 0)
        operations = [entry["operation"] for entry, _ in self.entries()]
        self.assertEqual(operations.count("admin.user.role.set"), 4)
        self.assertTrue(aiko)
        self.server.command("audit", "verify", check=0)

    def test_erasure_leaves_every_proof_valid(self):
        password = self.add("kenji", "--display-name", "Kenji Sato")
        self.server.start()
        self.server.login("kenji", password)
        named = [e for e in self.entries() if e[1]["person"] == "named"]
        self.assertTrue(any("kenji" in json.dumps(e[1].get("personal", {})) for e in named))
        self.assertEqual(self.server.command("user", "erase", "kenji")[0], 2, "without --yes")
        code, _, err = self.server.command("user", "erase", "kenji", "--yes")
        self.assertNotEqual(code, 0)
        self.assertIn("eactivate", err)
        self.server.command("user", "deactivate", "kenji", check=0)
        self.server.command("user", "erase", "kenji", "--yes", check=0)
        self.assertNotEqual(self.server.command("user", "erase", "kenji", "--yes")[0], 0, "twice")
        self.server.command("audit", "verify", check=0)
        own = [e[1] for e in self.entries() if e[0]["operation"] == "account.login"]
        self.assertTrue(own)
        for entry in own:
            self.assertEqual(entry["person"], "erased")
            self.assertNotIn("kenji", json.dumps(entry))
        # Guesses at the name go on to be recorded, without a person.
        self.server.api("POST", "/login", {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "kenji"},
                                           "password": password}, expect=403)
        self.assertEqual(self.server.stop(), 0)
        self.server.command("audit", "verify", check=0)

    def test_failed_logins_are_recorded_without_the_password(self):
        self.add("lin")
        self.server.start()
        for name in ("lin", "nobody"):
            self.server.api("POST", "/login", {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": name},
                                               "password": "guess-4711"}, expect=403)
        failed = [e for e in self.entries() if e[0]["outcome"] == "failed:M_FORBIDDEN"]
        self.assertEqual(len(failed), 2)
        text = json.dumps([e[1] for e in failed])
        for expected in ("@lin:", "@nobody:", "127.0.0.1", "wrong password", "unknown user"):
            self.assertIn(expected, text)
        self.assertNotIn("guess-4711", text)
        public = json.dumps([e[0] for e in failed])
        self.assertNotIn("lin:", public)
        self.assertNotIn("guess-4711", self.server.log.read_text())

    def test_a_restored_backup_is_accepted_and_the_loss_recorded(self):
        self.assertNotEqual(self.server.command("audit", "accept-restore", "--yes")[0], 0, "nothing was restored")
        database = self.server.data / "kuramori.db"
        checkpoint = self.server.data / "record" / "checkpoint"
        older = database.read_bytes()
        self.add("aiko")
        lost = checkpoint.read_text()
        database.write_bytes(older)
        for suffix in ("-wal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        code, _, err = self.server.command("serve")
        self.assertNotEqual(code, 0)
        self.assertIn("accept-restore", err + self.server.command("user", "list")[2])
        self.assertEqual(self.server.command("audit", "accept-restore")[0], 2, "without --yes")
        self.assertEqual(checkpoint.read_text(), lost)
        self.server.command("audit", "accept-restore", "--yes", check=0)
        evidence = list((self.server.data / "record").glob("checkpoint.*.superseded"))
        self.assertEqual([e.read_text() for e in evidence], [lost])
        self.server.command("audit", "verify", check=0)
        accepted = [e for e in self.entries() if e[0]["operation"] == "audit.restore.accept"]
        self.assertEqual(len(accepted), 1)
        self.assertIn(lost.splitlines()[1], accepted[0][0]["detail"])
        self.server.start()
        self.assertNotEqual(self.server.command("audit", "accept-restore", "--yes")[0], 0, "accepted already")

    def test_data_belongs_to_one_server_name(self):
        original = self.server.config.read_text()
        self.server.config.write_text(original.replace(SERVER_NAME, "other.example"))
        for command in (("serve",), ("user", "list"), ("audit", "verify")):
            code, out, err = self.server.command(*command)
            self.assertNotEqual(code, 0, command)
            self.assertIn(SERVER_NAME, out + err)
            self.assertIn("data_dir", out + err)
        self.server.config.write_text(original)
        self.server.command("user", "list", check=0)

    def test_a_registration_token_opens_registration_for_those_who_know_it(self):
        secret = self.server.directory / "token"
        secret.write_text("let-me-in\n")
        text = self.server.config.read_text().replace("enabled = true\n[passwords]", f'token_file = "{secret}"\n[passwords]')
        self.assertIn("token_file", text)
        self.server.config.write_text(text)
        self.server.start()
        request = {"username": "aiko", "password": "correct horse"}
        status, challenge = self.server.request("POST", "/_matrix/client/v3/register", request)
        self.assertEqual(status, 401)
        self.assertEqual(challenge["flows"], [{"stages": ["m.login.registration_token"]}])
        request["auth"] = {"type": "m.login.registration_token", "session": challenge["session"], "token": "wrong"}
        self.assertEqual(self.server.request("POST", "/_matrix/client/v3/register", request)[0], 401)
        request["auth"]["token"] = "let-me-in"
        self.assertEqual(self.server.request("POST", "/_matrix/client/v3/register", request)[0], 200)
        for token, valid in (("let-me-in", True), ("wrong", False)):
            _, answer = self.server.request("GET", f"/_matrix/client/v1/register/m.login.registration_token/validity?token={token}")
            self.assertEqual(answer["valid"], valid)


if __name__ == "__main__":
    unittest.main()
