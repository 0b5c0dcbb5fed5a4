"""Files that are shown and not given out: page by page, with the name of who looks, to who may, also in a browser that has
a ticket alone. On the real binary, with its sandboxed programs."""
import json
import os
import re
import struct
import time
import unittest
import zlib

from inspected_files import PNG, InspectedFiles, grey_png, inspecting_server
from kuramori import quote

POLICY = {
    "format": 1,
    "name": "Shown",
    "dictionaries": [{"id": "plans", "terms": ["Project Heron"]}, {"id": "drafts", "terms": ["Project Egret"]}],
    "rules": [
        {"id": "plan", "operations": ["file.inspect"], "when": {"keyword": {"dictionary": "plans"}}, "effect": "allow", "obligations": [{"label": "secret"}]},
        {"id": "draft", "operations": ["file.inspect"], "when": {"keyword": {"dictionary": "drafts"}}, "effect": "allow", "obligations": [{"label": "confidential"}]},
        {"id": "drafts-are-shown", "operations": ["media.download"], "when": {"label": {"is": ["confidential"]}}, "effect": "allow", "obligations": [{"view_only": True}]},
        {"id": "pictures-name-who-looks", "operations": ["media.download"], "effect": "allow", "obligations": [{"watermark": True}]},
    ],
}


def pixels(png):
    """The inflated rows: that two pictures differ is told by them, not by how they were packed."""
    data, at = b"", 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += 12 + length
    return zlib.decompress(data)


class Viewing(InspectedFiles, unittest.TestCase):
    def setUp(self):
        self.server = inspecting_server(POLICY, "ocr = false\n").start()
        self.addCleanup(self.server.close)
        self.aiko, self.bao, self.eve = (self.server.register(name) for name in ("aiko", "bao", "eve"))
        self.room = self.aiko.create_room(preset="public_chat")
        self.bao.api("POST", f"/join/{quote(self.room)}", {})

    def sent(self, content, name):
        """Uploaded, examined, and sent to the room."""
        uri = self.upload(content, name)
        self.wait_for(lambda: self.get(f"/_matrix/client/v1/media/download/{uri[6:]}?timeout_ms=0", self.aiko)[0] != 504)
        self.aiko.api(
            "PUT", f"/rooms/{quote(self.room)}/send/m.room.message/f{uri[-6:]}",
            {"msgtype": "m.file", "body": name, "url": uri},
        )
        return uri

    def test_a_file_is_shown_and_not_given_out(self):
        text = "\n".join(f"Project Heron, line {n}: 蒼鷺計畫 の 計画" for n in range(60))
        uri = self.sent(text.encode(), "plan.txt")
        path = f"/_kuramori/v1/media/{uri[6:]}/view"
        words = {"en": "page by page", "zh-Hans": "逐页", "zh-Hant": "逐頁", "ja": "ページごと"}
        for language, word in words.items():
            status, _, body = self.get(f"/_matrix/client/v1/media/download/{uri[6:]}", self.bao, language=language)
            answer = json.loads(body)
            self.assertEqual((status, answer["errcode"], answer["org.kuramori.view"]), (403, "M_FORBIDDEN", path))
            self.assertIn(word, answer["error"])
            self.assertEqual(answer["org.kuramori.refusal"]["rule"], "label.secret.download")
        self.assertEqual(self.get(f"/_matrix/client/v1/media/thumbnail/{uri[6:]}?width=32&height=32", self.bao)[0], 403)

        # What was sent is noted twice a second.
        self.wait_for(lambda: self.view(uri, self.bao)[0] == 200)
        about = json.loads(self.view(uri, self.bao)[1])
        self.assertEqual(
            {key: about[key] for key in ("kind", "pages", "label", "rule", "complete", "held", "ticket_seconds")},
            {"kind": "text", "pages": 2, "label": "secret", "rule": "label.secret.download", "complete": True, "held": False, "ticket_seconds": 300},
        )
        pages = {}
        for person in (self.aiko, self.bao):
            status, headers, body = self.get(path + "/pages/2?width=700", person)
            self.assertEqual((status, headers["Content-Type"], headers["Cache-Control"]), (200, "image/png", "no-store"), body[:300])
            self.assertEqual(struct.unpack(">I", body[16:20])[0], 700)
            pages[person.user] = pixels(body)
        self.assertEqual(len(pages[self.aiko.user]), len(pages[self.bao.user]))
        self.assertNotEqual(pages[self.aiko.user], pages[self.bao.user], "each bears another name")
        self.assertEqual(self.get(path + "/pages/3", self.bao)[0], 404)
        self.assertEqual(self.get(path + "/pages/0", self.bao)[0], 404)
        for rest in ("", "/pages/1"):
            self.assertEqual(self.get(path + rest, self.eve)[0], 404, "whoever is in no room with it gets nothing")
            self.assertEqual(self.get(path + rest)[0], 401)
        self.assertEqual(self.get(path + "/ticket", self.eve, "POST")[0], 404)
        # A message that was taken back shows its file to nobody else any more.
        event = next(e["event_id"] for e in self.bao.history(self.room) if e["content"].get("url") == uri)
        self.aiko.api("PUT", f"/rooms/{quote(self.room)}/redact/{quote(event)}/x1", {})
        self.assertEqual(self.get(path + "/pages/1", self.bao)[0], 404)
        self.assertEqual(self.get(path + "/pages/1", self.aiko)[0], 200, "it is hers")
        # Each page is in the record.
        export = self.server.directory / "record.jsonl"
        self.server.command("audit", "export", "--personal", "--output", str(export), check=0)
        shown = [line for line in export.read_text().splitlines() if "media.view" in line and f"{uri} page 2" in line]
        self.assertEqual(len(shown), 2, "once for each who looked")

    def test_a_browser_looks_with_a_ticket_for_five_minutes(self):
        uri = self.sent(b"Project Heron\n" * 50, "plan.txt")
        path = f"/_kuramori/v1/media/{uri[6:]}/view"
        self.wait_for(lambda: self.view(uri, self.bao)[0] == 200)
        status, _, body = self.get(path + "/ticket", self.bao, "POST")
        self.assertEqual(status, 200, body)
        url = json.loads(body)["url"]
        page = url[url.index("/_kuramori") :]
        ticket = page.rsplit("/", 1)[1]
        for language, word in {"en": "Next", "zh-Hans": "下一页", "zh-Hant": "下一頁", "ja": "次へ"}.items():
            status, headers, body = self.get(page, language=language)
            self.assertEqual(status, 200, body)
            self.assertIn(word, body.decode())
        policy = headers["Content-Security-Policy"]
        nonce = re.search(r"script-src 'nonce-([A-Za-z0-9]+)'", policy).group(1)
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
        self.assertEqual(body.decode().count(f'nonce="{nonce}"'), 2)
        self.assertEqual((headers["Cache-Control"], headers["Referrer-Policy"]), ("no-store", "no-referrer"))
        source = re.search(r'src="([^"]+)"', body.decode()).group(1)
        status, headers, picture = self.get("/_kuramori/v1/view/" + source)
        self.assertEqual((status, picture[:8], headers["Cache-Control"]), (200, PNG, "no-store"))
        self.assertEqual(self.get(page + "/pages/2?width=400")[0], 200)
        self.assertIn('id="before"', self.get(page + "?page=2")[2].decode())
        # Another ticket; one that is over; one whose session has ended.
        self.assertEqual(self.get(page[:-1] + ("a" if page[-1] != "a" else "b"))[0], 403)
        if os.environ.get("KURAMORI_LONG_TESTS"):
            time.sleep(301)
            for rest in ("", "/pages/1"):
                self.assertEqual(self.get(page + rest)[0], 403)
        _, _, body = self.get(path + "/ticket", self.bao, "POST")
        page = json.loads(body)["url"]
        page = page[page.index("/_kuramori") :]
        self.assertEqual(self.get(page)[0], 200)
        self.bao.api("POST", "/logout", {})
        self.assertEqual(self.get(page)[0], 403, "it ends with its session")
        log = self.server.log.read_text()
        for secret in (ticket, page.rsplit("/", 1)[1]):
            self.assertNotIn(secret, log)

    def test_rules_may_show_files_and_mark_thumbnails(self):
        draft = self.sent(b"Project Egret, the first draft", "draft.txt")
        status, _, body = self.get(f"/_matrix/client/v1/media/download/{draft[6:]}", self.bao)
        answer = json.loads(body)
        self.assertEqual((status, answer["org.kuramori.refusal"]["rule"]), (403, "drafts-are-shown"), answer)
        self.assertTrue(answer["org.kuramori.view"].endswith("/view"))
        picture = self.sent(grey_png(900), "picture.png")
        thumbnails = []
        for person in (self.aiko, self.bao):
            status, headers, body = self.get(f"/_matrix/client/v1/media/thumbnail/{picture[6:]}?width=320&height=240", person)
            self.assertEqual((status, headers["Content-Type"], headers["Cache-Control"]), (200, "image/png", "no-store"), body[:300])
            thumbnails.append(pixels(body))
        self.assertNotEqual(thumbnails[0], thumbnails[1])
        self.assertEqual(self.get(f"/_matrix/client/v1/media/download/{picture[6:]}", self.bao)[0], 200)


if __name__ == "__main__":
    unittest.main()
