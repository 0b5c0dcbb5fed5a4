"""What the product promises, on the real binary: the refusal, the record, sealed data, commands, starting and stopping."""
import json
import subprocess
import tempfile
import pathlib
import shutil
import unittest

from kuramori import BINARY, ROOT, Server, quote

SENTENCE = "The quarterly figures are better than anybody in Kowloon expected"


class Product(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server().start()
        cls.aiko = cls.server.register("aiko")
        cls.wing = cls.server.register("wing")
        cls.room = cls.aiko.create_room(preset="private_chat", invite=[cls.wing.user], name="Finance")
        cls.wing.api("POST", f"/join/{quote(cls.room)}", {})

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def test_people_chat(self):
        room = self.aiko.create_room(preset="private_chat", invite=[self.wing.user])
        self.wing.api("POST", f"/join/{quote(room)}", {})
        since = self.wing.sync()["next_batch"]
        event = self.aiko.send(room, SENTENCE)
        answer = self.wing.sync(since, timeout=10_000)
        events = answer["rooms"]["join"][room]["timeline"]["events"]
        self.assertEqual([e["event_id"] for e in events if e["type"] == "m.room.message"], [event])
        self.assertEqual(events[-1]["content"]["body"], SENTENCE)
        self.assertEqual(answer["rooms"]["join"][room]["unread_notifications"]["notification_count"], 1)

    def test_numbers_of_people_and_cards_are_refused(self):
        cases = {
            "My identity card is A123456(3)": "hong-kong",
            "身份证号码11010519491231002X": "prc",
            "Card 4111 1111 1111 1111 please": "card",
        }
        for text, part in cases.items():
            answer = self.aiko.send(self.room, text, expect=403)
            self.assertEqual(answer["errcode"], "M_FORBIDDEN")
            refusal = answer["org.kuramori.refusal"]
            self.assertTrue(refusal["rule"], part)
            self.assertIn(refusal["rule"], answer["error"])
            self.assertEqual(set(refusal["explanation"]), {"en", "zh-Hans", "zh-Hant", "ja"})
        bodies = [e["content"]["body"] for e in self.aiko.history(self.room)]
        for text in cases:
            self.assertNotIn(text, bodies)

    def test_lookalikes_that_are_no_numbers_pass(self):
        for text in ("Order A1234567 arrived", "Call +852 2345 6789", "4111 1111 1111 1112 is a part number"):
            self.aiko.send(self.room, text)

    def test_refusals_speak_the_language_of_the_user(self):
        status, answer = self.server.request(
            "PUT",
            f"/_matrix/client/v3/rooms/{quote(self.room)}/send/m.room.message/language",
            {"msgtype": "m.text", "body": "A123456(3)"},
            self.aiko.token,
            headers={"Accept-Language": "ja-JP,ja;q=0.9"},
        )
        self.assertEqual(status, 403)
        self.assertEqual(answer["error"], answer["org.kuramori.refusal"]["explanation"]["ja"])

    def test_record_verifies_while_serving(self):
        self.aiko.send(self.room, "before the audit")
        _, out, _ = self.server.command("audit", "verify", "--json", check=0)
        report = json.loads(out)
        self.assertTrue(report["intact"])
        self.assertGreater(report["verified"], 5)

    def test_exports_verify_offline(self):
        export = self.server.directory / "record.jsonl"
        _, _, err = self.server.command("audit", "export", "--output", str(export), check=0)
        key = err.split("Key: ")[1].strip()
        done = subprocess.run([BINARY, "audit", "verify", export, "--key", key], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        lines = export.read_bytes().splitlines(keepends=True)
        for name, tampered in {
            "altered": lines[:3] + [lines[3].replace(b'"', b"'", 1)] + lines[4:],
            "removed": lines[:3] + lines[4:],
            "reordered": lines[:2] + [lines[3], lines[2]] + lines[4:],
            "truncated": lines[:-2],
        }.items():
            copy = self.server.directory / f"{name}.jsonl"
            copy.write_bytes(b"".join(tampered))
            done = subprocess.run([BINARY, "audit", "verify", copy, "--key", key], capture_output=True, text=True)
            self.assertEqual(done.returncode, 1, f"{name}: {done.stdout}{done.stderr}")

    def test_one_entry_is_proved(self):
        _, proof, _ = self.server.command("audit", "prove", "3", check=0)
        file = self.server.directory / "proof.json"
        file.write_text(proof)
        done = subprocess.run([BINARY, "audit", "verify", file], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_log_is_published(self):
        status, note = self.server.request("GET", "/_kuramori/log/checkpoint")
        self.assertEqual(status, 200)
        self.assertIn("/kuramori-log", note.splitlines()[0])
        self.assertEqual(self.server.request("GET", "/_kuramori/log/tile/entries/000")[0], 401)
        status, _ = self.server.request("GET", "/_kuramori/log/tile/entries/000", token=self.aiko.token)
        self.assertEqual(status, 403)

    def test_metrics_are_clean(self):
        status, text = self.server.request("GET", "/metrics")
        self.assertEqual(status, 200)
        self.assertIn("kuramori_net_requests_total", text)
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_secrets_stay_out_of_the_log(self):
        self.aiko.send(self.room, SENTENCE)
        log = self.server.log.read_text()
        for secret in (self.aiko.token, "correct horse", SENTENCE):
            self.assertNotIn(secret, log)


class Administration(unittest.TestCase):
    def setUp(self):
        self.server = Server(registration=False)

    def tearDown(self):
        self.server.close()

    def test_init_then_people_without_and_with_a_server(self):
        _, out, _ = self.server.command("init", "--administrator", "wing", "--json", check=0)
        password = json.loads(out)["one_time_password"]
        self.server.command("init", check=1)
        people = self.server.directory / "people.csv"
        people.write_text('name,display_name,role\naiko,"Tanaka, Aiko",\nlin,林晓,auditor\nwing,Twice,\n')
        _, out, _ = self.server.command("user", "import", str(people), "--json", check=1)
        result = json.loads(out)
        self.assertEqual([p["user_id"].split(":")[0] for p in result["created"]], ["@aiko", "@lin"])
        self.assertEqual([p["name"] for p in result["failed"]], ["wing"])

        self.server.start()
        wing = self.server.login("wing", password)
        self.assertEqual(self.server.api("GET", f"/profile/{quote('@aiko:' + wing.user.split(':')[1])}", None, wing.token)["displayname"], "Tanaka, Aiko")
        _, out, _ = self.server.command("user", "add", "kenji", "--json", check=0)
        kenji = self.server.login("kenji", json.loads(out)["one_time_password"])
        _, out, _ = self.server.command("user", "set-password", "kenji", "--json", check=0)
        self.server.api("GET", "/account/whoami", None, kenji.token, expect=401)
        self.server.login("kenji", json.loads(out)["one_time_password"])
        self.server.command("user", "deactivate", "kenji", check=0)
        self.server.api("POST", "/login", {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "kenji"},
                                           "password": json.loads(out)["one_time_password"]}, expect=403)
        _, out, _ = self.server.command("user", "list", "--json", check=0)
        users = {u["user_id"].split(":")[0]: u for u in json.loads(out)["users"]}
        self.assertEqual(users["@lin"]["role"], "auditor")
        self.assertIn("deactivated", users["@kenji"])
        self.server.command("audit", "verify", check=0)

    def test_policy_is_swapped_while_serving(self):
        self.server.command("init", check=0)
        self.server.start()
        _, policy, _ = self.server.command("policy", "show", check=0)
        document = json.loads(policy)
        _, out, _ = self.server.command("policy", "explain", "--text", "A123456(3)", "--json", check=0)
        self.assertEqual(json.loads(out)["effect"], "refuse")
        for rule in document["rules"]:
            rule["enabled"] = False
        file = self.server.directory / "policy.json"
        file.write_text(json.dumps(document))
        self.server.command("policy", "check", str(file), check=0)
        self.server.command("policy", "apply", str(file), "--reason", "a test", check=0)
        _, out, _ = self.server.command("policy", "explain", "--text", "A123456(3)", "--json", check=0)
        self.assertEqual(json.loads(out)["effect"], "allow")
        file.write_text('{\n  "rules": 5\n}')
        _, _, err = self.server.command("policy", "check", str(file), check=1)
        self.assertRegex(err, r"policy\.json:\d+:\d+")
        self.server.command("policy", "show", "--version", "1", check=0)

    def test_configuration_mistakes(self):
        self.server.config.write_text("[server]\nnmae = 'x'\n[audit]\nretention_days = 3\n")
        for command in (["config", "check"], ["serve"], ["user", "list"]):
            _, _, err = self.server.command(*command, check=3)
            self.assertIn(":2:", err)
            self.assertIn(":4:", err)

    def test_doctor(self):
        self.server.command("init", check=0)
        _, out, _ = self.server.command("doctor", check=0)
        self.assertIn("ok  sandbox", out)
        self.assertIn("ok  viewer", out)
        (self.server.data / "root.key").chmod(0o644)
        _, out, _ = self.server.command("doctor", check=1)
        self.assertIn("root key", out)

    def test_doctor_misses_the_sandbox(self):
        self.server.command("init", check=0)
        alone = shutil.copy(BINARY, self.server.directory)
        done = subprocess.run([alone, "doctor", "--config", self.server.config], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("problem  sandbox", done.stdout)
        self.assertIn("problem  viewer", done.stdout)

    def test_policy_inspect_shows_findings_and_reasons(self):
        text = "passport K12345678\norder no 4111 1111 1111 1111"
        inspect = [BINARY, "policy", "inspect"]
        done = subprocess.run([*inspect, "--json"], input=text, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = {finding["detector"]: finding for finding in json.loads(done.stdout)["findings"]}
        self.assertIn("payment_card", found)
        card = found["payment_card"]
        self.assertEqual(text.encode()[card["begin"]:card["end"]].decode(), "4111 1111 1111 1111")
        self.assertTrue(card["reasons"])
        words = subprocess.run(inspect, input=text, capture_output=True, text=True)
        self.assertIn("payment_card", words.stdout)
        self.assertNotEqual(subprocess.run([*inspect, "/does/not/exist"], capture_output=True).returncode, 0)

    def test_help_and_version(self):
        for arguments in (["--help"], ["user", "--help"], ["audit", "verify", "--help"], ["version"]):
            done = subprocess.run([BINARY, *arguments], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, arguments)
        self.assertEqual(subprocess.run([BINARY, "nonsense"], capture_output=True).returncode, 2)


class Durability(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()
        self.aiko = self.server.register("aiko")
        self.room = self.aiko.create_room(preset="private_chat")
        for i in range(30):
            self.aiko.send(self.room, f"{SENTENCE} {i}")

    def tearDown(self):
        self.server.close()

    def test_no_plaintext_in_any_file(self):
        self.assertEqual(self.server.stop(), 0)
        found = subprocess.run(["grep", "-rlaF", SENTENCE, self.server.data], capture_output=True, text=True)
        self.assertEqual(found.stdout, "")
        self.assertEqual(found.returncode, 1)

    def test_restart_keeps_everything(self):
        since = self.aiko.sync()["next_batch"]
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        self.assertEqual(len(self.aiko.history(self.room)), 30)
        event = self.aiko.send(self.room, "after the restart")
        timeline = self.aiko.sync(since)["rooms"]["join"][self.room]["timeline"]
        self.assertEqual([e["event_id"] for e in timeline["events"]], [event])
        self.assertFalse(timeline["limited"])

    def test_replayed_transaction_is_the_same_event_also_after_a_restart(self):
        first = self.aiko.send(self.room, "once", transaction="t1")
        self.assertEqual(self.aiko.send(self.room, "once", transaction="t1"), first)
        self.server.stop()
        self.server.start()
        self.assertEqual(self.aiko.send(self.room, "once", transaction="t1"), first)
        self.assertEqual([e["content"]["body"] for e in self.aiko.history(self.room)].count("once"), 1)

    def test_one_changed_byte_is_found(self):
        self.server.stop()
        self.server.command("audit", "verify", check=0)
        # A verification is itself recorded, so every attempt begins with the same database and checkpoint file.
        database = self.server.data / "kuramori.db"
        checkpoint = self.server.data / "record" / "checkpoint"
        original, kept = database.read_bytes(), checkpoint.read_bytes()
        size = len(original)
        for offset in (100, 5000, size // 3, size // 2, size - 4096 - 17, size - 1):
            changed = bytearray(original)
            changed[offset] ^= 1
            database.write_bytes(bytes(changed))
            checkpoint.write_bytes(kept)
            code, out, err = self.server.command("audit", "verify")
            self.assertEqual(code, 1, f"offset {offset} of {size}: {out}{err}")
            self.assertNotIn("cut back", out + err)
        database.write_bytes(original)
        checkpoint.write_bytes(kept)
        self.server.command("audit", "verify", check=0)

    def test_a_rolled_back_database_is_found(self):
        self.server.stop()
        database = self.server.data / "kuramori.db"
        older = database.read_bytes()
        self.server.start()
        self.aiko.send(self.room, "later")
        self.server.stop()
        database.write_bytes(older)
        code, out, err = self.server.command("audit", "verify")
        self.assertEqual(code, 1, out + err)

    def test_missing_and_open_key_files_are_refused(self):
        self.server.stop()
        key = self.server.data / "root.key"
        key.chmod(0o640)
        code, _, err = self.server.command("serve")
        self.assertNotEqual(code, 0)
        self.assertIn("chmod 600", err)
        key.chmod(0o600)
        key.rename(key.with_suffix(".away"))
        code, _, err = self.server.command("serve")
        self.assertNotEqual(code, 0)
        self.assertIn("Restore", err)
        self.assertFalse(key.exists(), "no new key beside an old database")
        key.with_suffix(".away").rename(key)
        self.server.start()

    def test_two_servers_never_share_data(self):
        code, _, err = self.server.command("serve")
        self.assertNotEqual(code, 0, err)


class Run(unittest.TestCase):
    """./run's demo, as far as it can be shown without installing: the command that it starts."""

    def test_demo_prints_passwords_once_and_keeps_the_data(self):
        from kuramori import free_port
        import time

        directory = pathlib.Path(tempfile.mkdtemp(prefix="kuramori-demo-"))
        try:
            passwords = 0
            for expected in (8, 0):
                port = free_port()
                with (directory / "out").open("w+") as out:
                    process = subprocess.Popen([BINARY, "demo", "--data", directory / "var", "--port", str(port)], stdout=out, stderr=out)
                    deadline = time.monotonic() + 60
                    while "Stop with" not in (directory / "out").read_text() and time.monotonic() < deadline:
                        time.sleep(0.1)
                    text = (directory / "out").read_text()
                    process.terminate()
                    self.assertEqual(process.wait(60), 0, text)
                passwords = sum(line.strip().startswith("@") for line in text.splitlines())
                self.assertEqual(passwords, expected, text)
                self.assertIn(f"http://127.0.0.1:{port}", text)
        finally:
            shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    unittest.main()
