"""Consent to the organisation's notice on the real binary: asked, given by the button alone, durable, asked again for a new version."""
import unittest

from kuramori import Server

CONFIG = '[consent]\nrequired_version = "2026-04"\ndocument_url = "https://example.org/notice"\n'


class Consent(unittest.TestCase):
    def setUp(self):
        self.server = Server(extra_config=CONFIG).start()
        self.addCleanup(self.server.close)
        self.aiko = self.server.register("aiko")

    def create(self, person=None):
        return self.server.request("POST", "/_matrix/client/v3/createRoom", {}, (person or self.aiko).token)

    def page(self, person=None):
        status, refused = self.create(person)
        self.assertEqual((status, refused["errcode"]), (403, "M_CONSENT_NOT_GIVEN"))
        self.assertTrue(refused["consent_uri"].startswith(self.server.url + "/"))
        return refused["consent_uri"].removeprefix(self.server.url)

    def test_who_has_not_agreed_reads_but_does_not_write(self):
        self.aiko.sync()
        self.page()

    def test_only_the_button_agrees_and_it_is_durable(self):
        page = self.page()
        for language, word in (("en", "I agree"), ("zh-CN", "我同意"), ("zh-HK", "機構"), ("ja", "同意する")):
            status, shown = self.server.request("GET", page, headers={"Accept-Language": language})
            self.assertEqual(status, 200)
            self.assertIn(word, shown)
            self.assertIn("https://example.org/notice", shown)
        self.page()  # looking is not agreeing
        self.assertEqual(self.server.request("POST", page, raw="")[0], 200)
        self.assertEqual(self.create()[0], 200)
        self.server.kill()
        self.server.start()
        self.assertEqual(self.create()[0], 200)
        self.page(self.server.register("wing"))  # for one person alone
        export = self.server.directory / "record.jsonl"
        self.server.stop()
        self.server.command("audit", "export", "--output", str(export), "--personal", check=0)
        self.assertIn("consent.give", export.read_text())
        self.server.command("audit", "verify", check=0)

    def test_a_forged_link_gives_nothing(self):
        page = self.page()
        forged = page[:-3] + ("A" if page[-3] != "A" else "B") + page[-2:]
        for bad in (forged, page + "x", page.split("?")[0]):
            self.assertEqual(self.server.request("GET", bad)[0], 400)
            self.assertEqual(self.server.request("POST", bad, raw="")[0], 400)
        self.page()

    def test_a_new_version_asks_again(self):
        old = self.page()
        self.assertEqual(self.server.request("POST", old, raw="")[0], 200)
        self.server.stop()
        self.server.config.write_text(self.server.config.read_text().replace("2026-04", "2027-01"))
        self.server.start()
        self.assertEqual(self.server.request("POST", old, raw="")[0], 400)  # a link is for its version
        self.assertEqual(self.server.request("POST", self.page(), raw="")[0], 200)
        self.assertEqual(self.create()[0], 200)


if __name__ == "__main__":
    unittest.main()
