"""Where content comes from: labels that stick, forwards that are refused, the way hop by hop; on the real binary."""
import json
import pathlib
import tempfile
import time
import unittest

from kuramori import Server, quote

POLICY = {
    "format": 1,
    "name": "Labels",
    "dictionaries": [{"id": "board", "terms": ["Fusion", "合併"]}],
    "rules": [
        {
            "id": "board",
            "operations": ["room.send", "file.inspect"],
            "when": {"keyword": {"dictionary": "board"}},
            "effect": "allow",
            "obligations": [{"label": "secret"}],
        },
    ],
}
TEXT = "Minutes of the planning group: the new office in Kowloon Bay opens in October, the old lease ends in December."
SECRET = "合併の準備は来月から始まります。取締役会の外には、まだ誰にも話さないでください。質問は私にだけ送ってください。"


class Provenance(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="kuramori-provenance-")
        cls.addClassCleanup(cls.directory.cleanup)
        policy = pathlib.Path(cls.directory.name) / "policy.json"
        policy.write_text(json.dumps(POLICY))
        cls.server = Server(f'[policy]\nfile = "{policy}"\n[inspection]\nenabled = true\nocr = false\n').start()
        cls.addClassCleanup(cls.server.close)
        cls.aiko = cls.server.register("aiko")
        cls.ken = cls.server.register("ken")

    def room(self, *others):
        room = self.aiko.create_room(preset="public_chat")
        for other in others:
            other.api("POST", f"/rooms/{quote(room)}/join", {})
        return room

    def send(self, who, room, content, expect=200):
        transaction = f"t{time.monotonic_ns()}"
        return who.api("PUT", f"/rooms/{quote(room)}/send/m.room.message/{transaction}", content, expect=expect)

    def rule(self, answer):
        return answer["org.kuramori.refusal"]["rule"]

    def label(self, who, room, event):
        content = who.api("GET", f"/rooms/{quote(room)}/event/{quote(event)}")["content"]
        return content.get("org.kuramori.label", {}).get("label")

    def hops(self, who, room, event, count):
        """What was seen is written twice a second."""
        path = f"/_kuramori/v1/rooms/{quote(room)}/events/{quote(event)}/provenance"
        deadline = time.monotonic() + 20
        while True:
            status, answer = self.server.request("GET", path, token=who.token)
            self.assertEqual(status, 200, answer)
            if len(answer["hops"]) == count:
                return answer["hops"]
            self.assertLess(time.monotonic(), deadline, answer)
            time.sleep(0.2)

    def upload(self, content, name):
        status, answer = self.server.request(
            "POST", f"/_matrix/media/v3/upload?filename={name}", token=self.aiko.token, raw=content, headers={"Content-Type": "text/plain"}
        )
        self.assertEqual(status, 200, answer)
        return answer["content_uri"]

    def download(self, who, uri):
        return self.server.request("GET", f"/_matrix/client/v1/media/download/{uri[len('mxc://'):]}?timeout_ms=20000", token=who.token)

    def test_a_secret_message_stays_where_it_is(self):
        board, lunch = self.room(), self.room(self.ken)
        first = self.send(self.aiko, board, {"msgtype": "m.text", "body": SECRET})["event_id"]
        self.assertEqual(self.label(self.aiko, board, first), "secret")
        # A client forwards: the same content, with or without the label that it carries.
        for _ in range(2):
            answer = self.send(self.aiko, lunch, {"msgtype": "m.text", "body": SECRET}, expect=403)
            self.assertEqual(self.rule(answer), "label.secret.forward")
            self.server.stop()
            self.server.start()
        answered = self.send(
            self.aiko, board, {"msgtype": "m.text", "body": "OK", "m.relates_to": {"m.in_reply_to": {"event_id": first}}}
        )["event_id"]
        self.assertEqual(self.label(self.aiko, board, answered), "secret")

    def test_a_secret_file_is_not_given_out_and_an_ordinary_one_is(self):
        secret = self.upload("The plans for Fusion, in full.".encode(), "plans.txt")
        plain = self.upload(b"Lunch at noon.", "lunch.txt")
        self.assertEqual(self.download(self.ken, plain)[0], 200)
        # Until it was examined nobody gets it; then its label says so.
        deadline = time.monotonic() + 60
        while True:
            status, answer = self.download(self.ken, secret)
            if status == 403:
                break
            self.assertEqual(answer.get("errcode"), "M_NOT_YET_UPLOADED", (status, answer))
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual(self.rule(answer), "label.secret.download")
        event = self.send(self.aiko, self.room(), {"msgtype": "m.file", "body": "plans.txt", "url": secret})["event_id"]
        self.assertTrue(event)

    def test_the_way_is_told_as_far_as_one_may_see_it(self):
        own, shared = self.room(), self.room(self.ken)
        first = self.send(self.aiko, own, {"msgtype": "m.text", "body": TEXT})["event_id"]
        second = self.send(self.aiko, shared, {"msgtype": "m.text", "body": TEXT})["event_id"]
        hops = self.hops(self.aiko, shared, second, 2)
        self.assertEqual([hop["event_id"] for hop in hops], [first, second])
        hops = self.hops(self.ken, shared, second, 2)
        self.assertTrue(hops[0]["hidden"])
        self.assertNotIn("room_id", hops[0])
        self.assertEqual(hops[1]["sender"], self.aiko.user)
        path = f"/_kuramori/v1/rooms/{quote(own)}/events/{quote(first)}/provenance"
        self.assertEqual(self.server.request("GET", path, token=self.ken.token)[0], 404)
        content = self.ken.api("GET", f"/rooms/{quote(shared)}/event/{quote(second)}")["content"]
        self.assertEqual(content["org.kuramori.forwarded"], {"hops": 1})

    def test_what_was_seen_survives_a_kill(self):
        board, lunch = self.room(), self.room(self.ken)
        text = SECRET + " " + str(time.monotonic_ns())
        self.send(self.aiko, board, {"msgtype": "m.text", "body": text})
        self.server.kill()
        self.server.start()
        answer = self.send(self.aiko, lunch, {"msgtype": "m.text", "body": text}, expect=403)
        self.assertEqual(self.rule(answer), "label.secret.forward")


if __name__ == "__main__":
    unittest.main()
