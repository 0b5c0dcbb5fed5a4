"""Backups on the real binary: made while people write, checked, restored elsewhere; what labels keep out of them."""
import json
import pathlib
import shutil
import stat
import tempfile
import threading
import unittest

from kuramori import Server, quote
from test_faults import Mount

POLICY = {
    "format": 1,
    "name": "Labels that are not backed up",
    "labels": [
        {"id": "public"},
        {"id": "internal", "above": ["public"]},
        {"id": "secret", "above": ["internal"], "handling": {"back_up": False}},
    ],
    "unlabelled": "internal",
    "dictionaries": [{"id": "codewords", "description": "Code words", "terms": ["aubergine"]}],
    "rules": [
        {"id": "codeword", "operations": ["room.send"], "effect": "hold", "when": {"keyword": {"dictionary": "codewords"}}},
    ],
}
OPEN = "The canteen serves noodles on Thursday and rice on every other day of the week."
SECRET = "The harbour is sold to the northern company on the ninth of May, and nobody knows."
HELD = "May the aubergine be named in the announcement of the lighthouse?"
OPEN_FILE = b"An open plan of the canteen. " * 40_000
SECRET_FILE = b"A secret plan of the harbour. " * 10_000


class Backup(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kuramori-backup-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "policy.json").write_text(json.dumps(POLICY))
        extra = f'[policy]\nfile = "{self.folder / "policy.json"}"\n'
        self.server = Server(extra)
        self.addCleanup(self.server.close)
        self.server.start()
        self.new = Server(extra)
        self.addCleanup(self.new.close)
        self.archive = self.folder / "monday.kuramori"

    def upload(self, person, octets):
        status, answer = self.server.request(
            "POST", "/_matrix/media/v3/upload?filename=plan.txt", token=person.token, raw=octets, headers={"Content-Type": "text/plain"}
        )
        self.assertEqual(status, 200, answer)
        return answer["content_uri"]

    def say(self, person, room, name, label=None, **content):
        body = {"msgtype": "m.text", **content}
        if label:
            body["org.kuramori.label"] = {"label": label}
        return person.api("PUT", f"/rooms/{quote(room)}/send/m.room.message/{name}", body)["event_id"]

    def download(self, server, person, uri):
        return server.request("GET", f"/_matrix/client/v1/media/download/{uri[len('mxc://'):]}", token=person.token)

    def people_talk(self):
        self.aiko = self.server.register("aiko")
        self.ken = self.server.register("ken")
        self.room = self.aiko.create_room(invite=[self.ken.user], name="Harbour")
        self.ken.api("POST", f"/rooms/{quote(self.room)}/join", {})
        self.open_file = self.upload(self.aiko, OPEN_FILE)
        self.secret_file = self.upload(self.aiko, SECRET_FILE)
        self.open = self.say(self.aiko, self.room, "m1", body=OPEN)
        self.secret = self.say(self.aiko, self.room, "m2", "secret", body=SECRET)
        self.file = self.say(self.aiko, self.room, "m3", msgtype="m.file", body="plan.txt", url=self.open_file)
        self.secret_message = self.say(self.aiko, self.room, "m4", "secret", msgtype="m.file", body="plan.txt", url=self.secret_file)

    def prepare_new(self):
        self.new.data.mkdir(mode=0o700)
        shutil.copy(self.server.data / "root.key", self.new.data / "root.key")

    def test_a_server_is_made_of_its_backup(self):
        self.people_talk()
        self.aiko.api("PUT", f"/rooms/{quote(self.room)}/send/m.room.message/held", {"msgtype": "m.text", "body": HELD}, expect=403)
        stop = threading.Event()
        sent = []

        def write():
            while not stop.is_set():
                sent.append(self.ken.send(self.room, f"number {len(sent)}"))

        writer = threading.Thread(target=write)
        writer.start()
        try:
            while len(sent) < 20:
                stop.wait(0.01)
            before = len(sent)
            _, output, _ = self.server.command("backup", "create", str(self.archive), "--json", check=0)
            after = len(sent)
        finally:
            stop.set()
            writer.join()
        made = json.loads(output)
        self.assertEqual(made["left_out"], {"messages": 2, "files": 1, "waiting": 1, "gone": 0})
        self.assertEqual(made["octets"], self.archive.stat().st_size)
        self.assertEqual(stat.S_IMODE(self.archive.stat().st_mode), 0o600)
        code, _, errors = self.server.command("backup", "create", str(self.archive))
        self.assertEqual(code, 1, errors)
        self.assertIn("already", errors)

        _, output, _ = self.server.command("backup", "check", str(self.archive), "--json", check=0)
        checked = json.loads(output)
        self.assertTrue(checked["intact"])
        self.assertEqual(checked["tables"], made["tables"])
        octets = self.archive.read_bytes()
        for text in (OPEN, SECRET, "harbour", self.room):
            self.assertNotIn(text.encode(), octets)
        _, record, _ = self.server.command("audit", "export", check=0)
        entries = [line for line in record.splitlines() if "admin.backup.create" in line]
        self.assertEqual(len(entries), 1)
        self.assertIn("2 messages, 1 files", entries[0])
        self.server.stop()

        self.prepare_new()
        _, output, _ = self.new.command("backup", "restore", str(self.archive), "--json", check=0)
        restored = json.loads(output)
        self.assertEqual(restored["tables"], made["tables"])
        self.assertNotIn("attention", restored)
        self.assertEqual({path.name for path in self.new.data.iterdir()} - {"root.key", "record", "kuramori.db.lock"}, {"kuramori.db", "media"})
        code, output, errors = self.new.command("audit", "verify")
        self.assertEqual(code, 0, output + errors)
        self.new.start()
        aiko, ken = self.new.login("aiko"), self.new.login("ken")
        events = {event["event_id"]: event for event in aiko.history(self.room)}
        self.assertEqual(events[self.open]["content"]["body"], OPEN)
        self.assertEqual(events[self.secret]["content"], {})
        self.assertEqual(events[self.secret_message]["content"], {})
        found = [event for event in sent if event in events]
        self.assertEqual(found, sent[: len(found)], "everything up to one moment")
        self.assertTrue(before <= len(found) <= after + 1, (before, len(found), after))
        self.assertEqual(self.download(self.new, aiko, self.open_file), (200, OPEN_FILE.decode()))
        status, answer = self.download(self.new, aiko, self.secret_file)
        self.assertEqual((status, answer["errcode"]), (404, "M_NOT_FOUND"))
        # Life goes on, and what was said before is found again.
        ken.send(self.room, "We are back.")
        self.assertIn("We are back.", [event["content"].get("body") for event in aiko.history(self.room)])
        self.assertEqual(self.search(aiko, "noodles"), [self.open])
        self.assertEqual(self.search(aiko, "northern"), [])
        code, output, errors = self.new.command("audit", "verify")
        self.assertEqual(code, 0, output + errors)

    def search(self, person, text):
        body = {"search_categories": {"room_events": {"search_term": text}}}
        for _ in range(100):
            answer = person.api("POST", "/search", body)["search_categories"]["room_events"]["results"]
            if answer or text == "northern":
                return [one["result"]["event_id"] for one in answer]
            threading.Event().wait(0.1)
        return []

    def test_what_is_damaged_or_in_the_way_is_refused_and_nothing_is_left_behind(self):
        self.people_talk()
        self.server.command("backup", "create", str(self.archive), check=0)
        self.prepare_new()
        octets = bytearray(self.archive.read_bytes())
        for name, change in (("flipped", lambda o: o.__setitem__(len(o) // 2, o[len(o) // 2] ^ 1)), ("cut", lambda o: o.__delitem__(slice(-9, None)))):
            damaged = bytearray(octets)
            change(damaged)
            file = self.folder / name
            file.write_bytes(damaged)
            code, _, errors = self.new.command("backup", "check", str(file))
            self.assertEqual(code, 1, errors)
            self.assertIn("damaged", errors)
            code, _, errors = self.new.command("backup", "restore", str(file))
            self.assertEqual(code, 1, errors)
            self.assertEqual([path.name for path in self.new.data.iterdir()], ["root.key"])
        code, _, errors = self.server.command("backup", "restore", str(self.archive))
        self.assertEqual(code, 1, errors)
        self.assertIn("not empty", errors)
        self.assertEqual(self.aiko.history(self.room)[0]["content"]["body"], OPEN, "the server goes on")
        (self.new.data / "root.key").unlink()
        code, _, errors = self.new.command("backup", "check", str(self.archive))
        self.assertEqual(code, 1, errors)
        self.assertIn("root key", errors)
        self.assertEqual([path.name for path in self.folder.iterdir() if path.name.startswith(".")], [])

    def test_a_disk_without_room_gets_an_error_and_keeps_nothing(self):
        self.people_talk()
        disk = Mount("1m")
        self.addCleanup(disk.close)
        code, _, errors = self.server.command("backup", "create", str(disk.path / "backup"))
        self.assertEqual(code, 4, errors)
        self.assertIn("no room", errors)
        self.assertEqual(list(disk.path.iterdir()), [])
        code, _, errors = self.server.command("backup", "create", str(self.folder / "nowhere" / "backup"))
        self.assertEqual(code, 4, errors)
        self.assertIn("cannot be written", errors)

    def test_an_older_backup_is_accepted_like_every_other(self):
        self.people_talk()
        self.server.command("backup", "create", str(self.archive), check=0)
        for number in range(5):
            self.aiko.send(self.room, f"after {number}")
        self.server.stop()
        self.prepare_new()
        shutil.copytree(self.server.data / "record", self.new.data / "record")
        _, output, _ = self.new.command("backup", "restore", str(self.archive), "--json", check=0)
        self.assertIn("accept-restore", json.loads(output)["attention"])
        self.new.command("audit", "accept-restore", "--yes", check=0)
        code, output, errors = self.new.command("audit", "verify")
        self.assertEqual(code, 0, output + errors)
        self.new.start()


if __name__ == "__main__":
    unittest.main()
