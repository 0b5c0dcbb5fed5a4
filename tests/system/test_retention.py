"""How long labels keep, and another label for what was sent, on the real binary, whose clock is set."""
import json
import os
import pathlib
import tempfile
import time
import unittest
from unittest import mock

from kuramori import SERVER_NAME, Server, quote

POLICY = {
    "format": 1,
    "name": "Labels that end",
    "labels": [
        {"id": "public"},
        {"id": "internal", "above": ["public"]},
        {"id": "secret", "above": ["internal"], "handling": {"retention_days": 30, "forward": False}},
    ],
    "unlabelled": "internal",
    "rules": [
        {
            "id": "lowered", "description": "d", "operations": ["label.set"], "effect": "hold",
            "when": {"all": [{"label_lowered": True}, {"not": {"role": ["security_officer"]}}]},
        }
    ],
}
LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
DAY = 86_400
TEXT = "The draft of the contract with the harbour is ready, and nobody outside the house may see it before the vote is over."


class Retention(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="kuramori-retention-")
        self.addCleanup(directory.cleanup)
        policy = pathlib.Path(directory.name) / "policy.json"
        policy.write_text(json.dumps(POLICY))
        self.server = Server(f'[policy]\nfile = "{policy}"\n[retention]\nevery_s = 1\n')
        self.addCleanup(self.server.close)

    def start(self, days_ago=0):
        """As if it were so many days ago; again later means a restart."""
        self.server.stop()
        library = next(iter(sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), LIBRARY)
        environment = {
            "LD_PRELOAD": str(library),
            "FAKETIME": f"-{days_ago * DAY}",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        with mock.patch.dict(os.environ, environment if days_ago else {}):
            self.server.start()

    def people(self):
        self.aiko = self.server.register("aiko")
        self.ken = self.server.register("ken")
        self.officer = self.server.register("officer")
        self.server.command("user", "set-role", "officer", "security_officer", check=0)

    def send(self, room, label, **content):
        body = {"msgtype": "m.text", "body": "the plan", "org.kuramori.label": {"label": label}, **content}
        return self.aiko.api("PUT", f"/rooms/{quote(room)}/send/m.room.message/t{time.monotonic_ns()}", body)["event_id"]

    def content(self, room, event):
        return self.aiko.api("GET", f"/rooms/{quote(room)}/event/{quote(event)}")["content"]

    def wait_until(self, what, holds, seconds=30):
        deadline = time.monotonic() + seconds
        while not holds():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.3)

    def upload(self):
        status, answer = self.server.request(
            "POST", "/_matrix/media/v3/upload?filename=plan.txt", token=self.aiko.token, raw=f"the plan {time.monotonic_ns()}",
            headers={"Content-Type": "text/plain"},
        )
        self.assertEqual(status, 200, answer)
        return answer["content_uri"]

    def download(self, uri):
        return self.server.request("GET", f"/_matrix/client/v1/media/download/{uri[len('mxc://'):]}", token=self.aiko.token)[0]

    def test_what_is_older_than_its_label_allows_ends_with_its_file(self):
        self.start(days_ago=31)
        self.people()
        room = self.aiko.create_room()
        file, kept = self.upload(), self.upload()
        old = self.send(room, "secret", msgtype="m.file", url=file)
        other = self.send(room, "internal")
        self.start(days_ago=29)
        young = self.send(room, "secret", msgtype="m.file", url=kept)
        time.sleep(3)
        self.assertEqual(self.content(room, old)["body"], "the plan")
        self.start()
        self.wait_until("the old message ends", lambda: self.content(room, old) == {})
        self.wait_until("its file ends", lambda: self.download(file) == 404)
        self.assertEqual(self.download(kept), 200)
        self.assertEqual(self.content(room, young)["body"], "the plan")
        self.assertEqual(self.content(room, other)["body"], "the plan")
        _, text, _ = self.server.command("retention", "status", check=0)
        self.assertIn("secret: kept for 30 days", text)
        _, output, _ = self.server.command("retention", "status", "--json", check=0)
        self.assertGreaterEqual(json.loads(output)["labels"][0]["redacted"], 1)
        status, metrics = self.server.request("GET", "/metrics")
        self.assertIn("kuramori_retention_redacted_total", metrics)
        code, _, errors = self.server.command("audit", "verify")
        self.assertEqual(code, 0, errors)

    def label(self, who, room, event, body):
        path = f"/_kuramori/v1/rooms/{quote(room)}/events/{quote(event)}/label"
        return self.server.request("PUT", path, body, who.token)

    def test_a_message_is_labelled_lower_by_an_officer_and_by_approval(self):
        self.start()
        self.people()
        room, other = self.aiko.create_room(preset="public_chat"), self.aiko.create_room()
        content = {"msgtype": "m.text", "body": TEXT, "org.kuramori.label": {"label": "secret"}}
        event = self.aiko.api("PUT", f"/rooms/{quote(room)}/send/m.room.message/l1", content)["event_id"]
        plain = {"msgtype": "m.text", "body": TEXT}
        refused = self.aiko.api("PUT", f"/rooms/{quote(other)}/send/m.room.message/l2", plain, expect=403)
        self.assertEqual(refused["org.kuramori.refusal"]["rule"], "label.secret.forward")
        wish = {"label": "internal", "reason": "the vote is over"}
        status, held = self.label(self.aiko, room, event, wish)
        self.assertEqual((status, held["resolution"], held["rule"]), (403, "approval", "lowered"), held)
        status, answer = self.label(self.ken, room, event, wish)
        self.assertEqual(status, 404, answer)
        status, asked = self.server.request(
            "POST", "/_kuramori/v1/requests",
            {"operation": "label.set", "room": room, "rules": ["lowered"], "minutes": 60, "reason": "the vote is over"}, self.aiko.token,
        )
        self.assertEqual(status, 201, asked)
        status, decided = self.server.request(
            "POST", f"/_kuramori/v1/approvals/{asked['id']}/decision", {"decision": "approve"}, self.officer.token
        )
        self.assertEqual((status, decided["state"]), (200, "approved"), decided)
        status, answer = self.label(self.aiko, room, event, wish)
        self.assertEqual((status, answer), (200, {"label": "internal", "before": "secret"}))
        self.aiko.api("PUT", f"/rooms/{quote(other)}/send/m.room.message/l3", plain)
        time.sleep(1.5)
        self.server.stop()
        self.server.start()
        third = self.aiko.create_room()
        self.aiko.api("PUT", f"/rooms/{quote(third)}/send/m.room.message/l4", plain)
        status, way = self.server.request(
            "GET", f"/_kuramori/v1/rooms/{quote(room)}/events/{quote(event)}/provenance", token=self.aiko.token
        )
        self.assertEqual((status, way["label"]), (200, "internal"), way)
        status, answer = self.label(self.officer, room, event, {"label": None, "reason": "published"})
        self.assertEqual((status, answer["label"]), (200, None), answer)


if __name__ == "__main__":
    unittest.main()
