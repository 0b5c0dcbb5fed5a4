"""Links that become dangerous, the page that checks at the click, and the brake on mass sends, on the real binary."""
import http.client
import json
import re
import time
import unittest

from kuramori import Server, quote

POLICY = {
    "format": 1,
    "name": "Links",
    "description": "Links are checked at the click; dangerous ones are refused.",
    "rules": [
        {
            "id": "dangerous-links",
            "description": "Dangerous links are refused.",
            "operations": ["room.send"],
            "when": {"link": ["malicious", "look_alike"]},
            "effect": "refuse",
        },
        {
            "id": "links-at-the-click",
            "description": "Links are checked at the click.",
            "operations": ["room.send"],
            "when": {"link": ["unlisted"]},
            "effect": "allow",
            "obligations": ["click_through"],
        },
    ],
}


class LinksTest(unittest.TestCase):
    def start(self, extra_config=""):
        self.server = Server(extra_config)
        self.addCleanup(self.server.close)
        self.server.start()
        return self.server

    def admin(self, *arguments):
        _, out, _ = self.server.command(*arguments, "--json", check=0)
        return json.loads(out)

    def bodies(self, person, room):
        return [e["content"].get("body") for e in person.history(room)]

    def wait_for(self, question, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if (answer := question()):
                return answer
            time.sleep(0.1)
        self.fail("it did not happen:\n" + self.server.log.read_text()[-3000:])

    def test_a_link_that_becomes_dangerous_is_withdrawn(self):
        server = self.start()
        alice, bob = server.register("alice"), server.register("bob")
        rooms = [alice.create_room(preset="public_chat") for _ in range(3)]
        for room in rooms:
            bob.api("POST", f"/rooms/{quote(room)}/join", {})
        alice.send(rooms[0], "see https://a.evil.example/pay now")
        bob.send(rooms[1], "ｅｖｉｌ。example/x is no address that is known, but http://evil.example/x is")
        alice.send(rooms[2], "https://good.example/")
        server.kill()  # what was seen is found again after a crash
        server.start()
        self.admin("links", "add", "evil.example", "--reason", "phishing")
        self.wait_for(lambda: self.bodies(bob, rooms[0]) == [None] and self.bodies(bob, rooms[1]) == [None])
        self.assertEqual(self.bodies(bob, rooms[2]), ["https://good.example/"])
        redacted = bob.history(rooms[0])[0]["unsigned"]["redacted_because"]
        self.assertIn("dangerous", redacted["content"]["reason"])
        take_down = self.wait_for(lambda: [t for t in self.admin("links", "list")["take_downs"] if t["done"]])[0]
        self.assertEqual((take_down["found"], take_down["withdrawn"], take_down["failed"]), (2, 2, 0))
        self.assertEqual({m["sender"] for m in take_down["messages"]}, {alice.user, bob.user})
        # By hand, and waited for.
        report = self.admin("links", "take-down", "https://good.example/", "--match", "host")
        self.assertEqual((report["found"], report["withdrawn"]), (1, 1))
        self.assertEqual(self.bodies(bob, rooms[2]), [None])
        self.admin("links", "remove", "evil.example")
        self.assertEqual(len(self.admin("links", "list")["entries"]), 1)

    def test_lists_are_imported_and_refreshed(self):
        server = self.start()
        file = server.directory / "list.txt"
        file.write_text("evil.example\nbad line here\n*.worse.example\n")
        first = self.admin("links", "import", "feed", "--from", str(file), "--every", "86400")
        self.assertEqual((first["added"], first["removed"], first["bad"]), (2, 0, 1))
        self.assertEqual(first["bad_lines"][0]["line"], 2)
        file.write_text("evil.example\nnew.example\n")
        second = self.admin("links", "refresh", "feed")
        self.assertEqual((second["added"], second["removed"], second["unchanged"]), (1, 1, 1))
        file.unlink()
        self.assertNotEqual(server.command("links", "refresh", "feed")[0], 0)
        source = self.admin("links", "list")["sources"][0]
        self.assertEqual(source["entries"], 2)
        self.assertTrue(source["failure"] and source["failed"])
        # Addresses inside are not asked.
        code, _, err = server.command("links", "import", "inside", "--from", f"http://127.0.0.1:{server.port}/healthz")
        self.assertNotEqual(code, 0)

    def get(self, path, token=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response, body

    def test_clicks_are_checked_and_remembered(self):
        server = self.start()
        policy = server.directory / "policy.json"
        policy.write_text(json.dumps(POLICY))
        server.command("policy", "apply", str(policy), "--reason", "links", check=0)
        alice, bob = server.register("alice"), server.register("bob")
        room = alice.create_room(preset="public_chat")
        bob.api("POST", f"/rooms/{quote(room)}/join", {})
        self.admin("links", "protect", "example.com")
        self.assertEqual(alice.send(room, "https://examp1e.com/", expect=403)["errcode"], "M_FORBIDDEN")
        alice.send(room, "read https://evil.example/pay?a=1 and http://198.51.100.7/x")
        body = self.bodies(bob, room)[0]
        self.assertNotIn("evil.example", body)
        pages = re.findall(r"http\S+(/_kuramori/v1/links/\S+)", body)
        self.assertEqual(len(pages), 2)
        response, _ = self.get(pages[0], bob.token)
        self.assertEqual(response.status, 303)
        self.assertEqual(response.getheader("Location"), "https://evil.example/pay?a=1")
        self.assertEqual(response.getheader("Referrer-Policy"), "no-referrer")
        response, text = self.get(pages[1])
        self.assertEqual(response.status, 200)
        self.assertIn("198.51.100.7", text)
        self.assertNotIn("<script", text)
        self.assertEqual(self.get(pages[1] + "?go=1")[0].status, 303)
        self.assertEqual(self.get(pages[0][:-2] + "AA")[0].status, 404)
        report = self.admin("links", "take-down", "evil.example", "--reason", "phishing")
        self.assertEqual(report["withdrawn"], 1)
        response, text = self.get(pages[0])
        self.assertEqual(response.status, 403)
        self.assertNotIn("evil.example/pay", text)
        opened = self.admin("links", "opened", "evil.example")["openings"]
        self.assertEqual([(o["user"], o["passage"]) for o in opened], [("", "blocked"), (bob.user, "passed")])
        self.assertEqual(opened[1]["sender"], alice.user)
        self.assertEqual(alice.send(room, "https://evil.example/", expect=403)["errcode"], "M_FORBIDDEN")

    def test_a_mass_send_is_stopped_and_undone(self):
        server = self.start("[worm_brake]\nrooms = 4\n")
        server.command("user", "add", "chief", "--role", "administrator", check=0)
        alice, bob = server.register("alice"), server.register("bob")
        rooms = [alice.create_room(preset="public_chat") for _ in range(6)]
        for room in rooms:
            bob.api("POST", f"/rooms/{quote(room)}/join", {})
        alice.send(rooms[0], "something else")
        for _ in range(10):
            alice.send(rooms[0], "https://worm.example/x")  # one room is one room
        for room in rooms[1:4]:
            alice.send(room, "look: https://worm.example/x")
        refused = alice.send(rooms[4], "https://worm.example/x", expect=403)
        self.assertIn("worm-brake", json.dumps(refused))
        self.assertEqual(alice.send(rooms[5], "hello", expect=403)["errcode"] in ("M_FORBIDDEN", "M_USER_SUSPENDED"), True)
        server.kill()  # in the middle of it, perhaps
        server.start()
        self.wait_for(lambda: [s for s in self.admin("brake", "list")["stops"] if s["state"] == "undone"])
        self.assertEqual(self.bodies(bob, rooms[0]), ["something else"] + [None] * 10)
        for room in rooms[1:4]:
            self.assertEqual(self.bodies(bob, room), [None])
        alice.send(rooms[5], "hello", expect=403)
        joined = alice.api("GET", "/joined_rooms")["joined_rooms"]
        notices = [r for r in joined if r not in rooms]
        self.wait_for(lambda: any("worm" in str(self.bodies(alice, r)) or "stopped" in str(self.bodies(alice, r)) for r in notices))
        server.command("brake", "release", "alice", check=0)
        alice.send(rooms[5], "hello again")
        self.assertEqual(self.admin("brake", "list")["stops"][0]["state"], "released")


if __name__ == "__main__":
    unittest.main()
