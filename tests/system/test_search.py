"""POST /search on the real binary: languages, edits, redactions, history, restarts, crashes, and what lies on disk."""
import time
import unittest

from kuramori import Server, quote


class SearchTest(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()
        self.alice = self.server.register("alice")
        self.bob = self.server.register("bob")

    def tearDown(self):
        self.server.close()

    def search(self, person, term, next_batch=None, **criteria):
        query = {"next_batch": next_batch} if next_batch else {}
        answer = person.api(
            "POST",
            "/search",
            {"search_categories": {"room_events": {"search_term": term, "order_by": "recent", **criteria}}},
            **query,
        )
        return answer["search_categories"]["room_events"]

    def bodies(self, person, term, **criteria):
        return [r["result"]["content"].get("body") for r in self.search(person, term, **criteria)["results"]]

    def indexed(self, seconds=60):
        """Waits until everything that was sent can be found."""
        marker = f"marker{time.monotonic_ns()}"
        room = self.alice.create_room()
        self.alice.send(room, marker)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.bodies(self.alice, marker) == [marker]:
                return
            time.sleep(0.1)
        self.fail("the index does not catch up:\n" + self.server.log.read_text()[-2000:])

    def test_languages_and_pages(self):
        room = self.alice.create_room(name="Project 倉庫", topic="Quay walls")
        texts = ["The Quarterly budget", "我们明天开会", "請確認合約", "サーバーを再起動します", "party 🎉"]
        for text in texts:
            self.alice.send(room, text)
        self.indexed()
        self.assertEqual(self.bodies(self.alice, "QUARTER"), [texts[0]])
        self.assertEqual(self.bodies(self.alice, "开会"), [texts[1]])
        self.assertEqual(self.bodies(self.alice, "約"), [texts[2]])
        self.assertEqual(self.bodies(self.alice, "ｻｰﾊﾞｰ"), [texts[3]])
        self.assertEqual(self.bodies(self.alice, "🎉"), [texts[4]])
        self.assertEqual(self.bodies(self.alice, "会议"), [])
        found = self.search(self.alice, "倉庫", keys=["content.name"])
        self.assertEqual(found["results"][0]["result"]["content"]["name"], "Project 倉庫")
        self.assertEqual(len(self.search(self.alice, "quay")["results"]), 1)
        for i in range(25):
            self.alice.send(room, f"page {i}")
        self.indexed()
        seen, token = [], None
        for _ in range(10):
            page = self.search(self.alice, "page", next_batch=token, filter={"limit": 7})
            seen += [r["result"]["content"]["body"] for r in page["results"]]
            token = page.get("next_batch")
            if not token:
                break
        self.assertEqual(seen, [f"page {i}" for i in reversed(range(25))])

    def test_edits_and_redactions(self):
        room = self.alice.create_room()
        event = self.alice.send(room, "lunch at noon")
        content = {
            "msgtype": "m.text",
            "body": "* lunch at one",
            "m.new_content": {"msgtype": "m.text", "body": "lunch at one"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": event},
        }
        self.alice.api("PUT", f"/rooms/{quote(room)}/send/m.room.message/edit", content)
        self.indexed()
        self.assertEqual(self.bodies(self.alice, "noon"), [])
        result = self.search(self.alice, "one")["results"][0]["result"]
        self.assertEqual(result["event_id"], event)
        replaced = result["unsigned"]["m.relations"]["m.replace"]
        self.assertEqual(replaced["content"]["m.new_content"]["body"], "lunch at one")
        self.alice.api("PUT", f"/rooms/{quote(room)}/redact/{quote(event)}/r", {})
        self.assertEqual(self.bodies(self.alice, "lunch"), [], "right after the redaction")
        self.indexed()
        self.assertEqual(self.bodies(self.alice, "lunch"), [])

    def test_history_and_rooms_that_were_left(self):
        room = self.alice.create_room(
            preset="public_chat",
            initial_state=[
                {"type": "m.room.history_visibility", "state_key": "", "content": {"history_visibility": "joined"}}
            ],
        )
        self.alice.send(room, "early secret")
        self.bob.api("POST", f"/rooms/{quote(room)}/join", {})
        self.alice.send(room, "shared secret")
        self.bob.api("POST", f"/rooms/{quote(room)}/leave", {})
        self.alice.send(room, "late secret")
        self.indexed()
        found = self.search(self.bob, "secret", event_context={"before_limit": 5, "after_limit": 5})
        self.assertEqual([r["result"]["content"]["body"] for r in found["results"]], ["shared secret"])
        self.assertEqual(found["count"], 1)
        around = found["results"][0]["context"]
        told = str(around["events_before"] + around["events_after"])
        self.assertNotIn("early secret", told)
        self.assertNotIn("late secret", told)
        self.assertEqual(len(self.bodies(self.alice, "secret")), 3)
        other = self.alice.create_room()
        self.alice.send(other, "private secret")
        self.indexed()
        self.assertEqual(self.bodies(self.bob, "secret"), ["shared secret"])

    def test_encrypted_rooms_are_left_out(self):
        room = self.alice.create_room()
        self.alice.send(room, "before it was encrypted")
        self.indexed()
        self.assertEqual(len(self.bodies(self.alice, "encrypted")), 1)
        self.alice.api(
            "PUT", f"/rooms/{quote(room)}/state/m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}
        )
        self.assertEqual(self.bodies(self.alice, "encrypted"), [])

    def test_restart_crash_and_rebuild(self):
        room = self.alice.create_room()
        self.alice.send(room, "durable 0")
        self.indexed()
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        self.assertEqual(self.bodies(self.alice, "durable"), ["durable 0"])
        expected = ["durable 0"]
        for round_ in range(1, 4):
            for i in range(20):
                self.alice.send(room, f"durable {round_} {i}")
                expected.insert(0, f"durable {round_} {i}")
            self.server.kill()
            self.server.start()
        self.indexed()
        self.assertEqual(self.bodies(self.alice, "durable", filter={"limit": 100}), expected)
        code, out, _ = self.server.command("search", "rebuild", "--json", check=0)
        self.assertIn("indexed_position", out)
        self.assertEqual(self.bodies(self.alice, "durable", filter={"limit": 100}), expected)
        # Without a server the command does the work itself.
        self.assertEqual(self.server.stop(), 0)
        self.server.command("search", "rebuild", check=0)
        self.server.start()
        self.assertEqual(self.bodies(self.alice, "durable", filter={"limit": 100}), expected)
        metrics = self.server.request("GET", "/metrics")[1]
        self.assertIn("kuramori_search_behind_positions", metrics)
        self.assertIn("kuramori_search_seconds_bucket", metrics)

    def test_nothing_on_disk_tells_a_word(self):
        room = self.alice.create_room()
        words = ["zirconium", "收购计划", "倉庫番号"]
        for word in words:
            self.alice.send(room, f"{word} {word} x")
        self.indexed()
        for word in words:
            self.assertEqual(len(self.bodies(self.alice, word)), 1)
        self.assertEqual(self.server.stop(), 0)
        root_key = (self.server.data / "root.key").read_bytes().strip()
        for file in self.server.data.rglob("*"):
            if not file.is_file() or file.name == "root.key":
                continue
            octets = file.read_bytes()
            for word in words:
                self.assertNotIn(word.encode(), octets, f"{file} holds a word")
            self.assertNotIn(root_key, octets, f"{file} holds the root key")


class SwitchedOffTest(unittest.TestCase):
    def test_search_can_be_switched_off(self):
        server = Server(extra_config="[search]\nenabled = false\n").start()
        try:
            alice = server.register("alice")
            status, answer = server.request("POST", "/_matrix/client/v3/search", {"search_categories": {}}, alice.token)
            self.assertEqual((status, answer["errcode"]), (404, "M_UNRECOGNIZED"))
            code, _, errors = server.command("search", "rebuild")
            self.assertNotEqual(code, 0)
            self.assertIn("[search]", errors)
        finally:
            server.close()


if __name__ == "__main__":
    unittest.main()
