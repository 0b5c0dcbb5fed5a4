"""Delayed and sticky events on the real binary: at their time, once, across restarts and kills."""
import time
import unittest

from kuramori import Server, quote

UNSTABLE = "/_matrix/client/unstable/org.matrix.msc4140"


class DelayedEvents(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()
        self.addCleanup(self.server.close)
        self.aiko = self.server.register("aiko")
        self.bao = self.server.register("bao")
        self.room = self.aiko.create_room(preset="public_chat")
        self.bao.api("POST", f"/join/{quote(self.room)}", {})

    def schedule(self, text, delay_ms, transaction):
        answer = self.aiko.api(
            "PUT", f"/rooms/{quote(self.room)}/send/m.room.message/{transaction}",
            {"msgtype": "m.text", "body": text}, **{"org.matrix.msc4140.delay": delay_ms},
        )
        return answer["delay_id"]

    def manage(self, delay_id, action, expect=200):
        status, answer = self.server.request("POST", f"{UNSTABLE}/delayed_events/{delay_id}/{action}")
        self.assertEqual(status, expect, answer)

    def listed(self, query=""):
        status, answer = self.server.request("GET", f"{UNSTABLE}/delayed_events{query}", token=self.aiko.token)
        self.assertEqual(status, 200, answer)
        return answer["delayed_events"]

    def bodies(self):
        return [e["content"].get("body") for e in self.bao.history(self.room)]

    def wait_for(self, text, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if text in self.bodies():
                return
            time.sleep(0.1)
        raise AssertionError(f"{text!r} did not come: {self.bodies()}; {self.server.log.read_text()[-2000:]}")

    def test_versions_tell(self):
        features = self.server.request("GET", "/_matrix/client/versions")[1]["unstable_features"]
        self.assertTrue(features["org.matrix.msc4140"] and features["org.matrix.msc4354"])

    def test_sent_at_their_time(self):
        self.schedule("soon", 300, "t1")
        self.schedule("late", 3_600_000, "t2")
        self.wait_for("soon")
        self.assertNotIn("late", self.bodies())
        self.assertEqual([e["content"]["body"] for e in self.listed("?status=scheduled")], ["late"])
        self.assertEqual([e["content"]["body"] for e in self.listed("?status=finalised&since_ts=0")], ["soon"])

    def test_a_call_member_who_dies_leaves(self):
        key = f"_{self.aiko.user}_DEVICE"
        place = f"/rooms/{quote(self.room)}/state/org.matrix.msc3401.call.member/{quote(key)}"
        left = self.aiko.api("PUT", place, {}, **{"org.matrix.msc4140.delay": 1500})["delay_id"]
        self.aiko.api("PUT", place, {"application": "m.call"})
        for _ in range(8):
            time.sleep(0.4)
            self.manage(left, "restart")
        self.assertEqual(self.bao.api("GET", place), {"application": "m.call"})
        deadline = time.monotonic() + 60
        while self.bao.api("GET", place) != {} and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(self.bao.api("GET", place), {})
        self.manage(left, "restart", expect=409)

    def test_restart_and_kill_lose_none_and_send_none_twice(self):
        far = self.schedule("far", 3_600_000, "far")
        cancelled = self.schedule("cancelled", 3_600_000, "cancelled")
        self.schedule("before", 100, "before")
        self.wait_for("before")
        self.manage(cancelled, "cancel")
        self.schedule("while down", 1_000, "down")
        self.assertEqual(self.server.stop(), 0)
        time.sleep(1.2)
        self.server.start()
        self.wait_for("while down")
        self.schedule("killed", 1_500, "killed")
        self.server.kill()
        self.server.start()
        self.wait_for("killed")
        # Killed at any moment around the sending of many.
        for round_number in range(4):
            names = [f"round {round_number} number {n}" for n in range(10)]
            for n, name in enumerate(names):
                self.schedule(name, 300 + 10 * n, f"r{round_number}n{n}")
            time.sleep(0.1 + 0.1 * round_number)
            self.server.kill()
            self.server.start()
            for name in names:
                self.wait_for(name)
        found = self.bodies()
        self.assertEqual(len(found), len(set(found)), "sent twice")
        self.assertNotIn("cancelled", found)
        self.assertNotIn("far", found)
        self.manage(far, "send")
        self.wait_for("far")
        self.assertEqual(self.server.stop(), 0)
        self.server.command("audit", "verify", check=0)
        for path in self.server.data.rglob("*"):
            if path.is_file():
                stored = path.read_bytes()
                self.assertNotIn(b"while down", stored, path)
                self.assertNotIn(far.encode(), stored, path)

    def test_sticky_events_reach_who_comes_later(self):
        since = self.bao.sync()["next_batch"]
        self.aiko.api(
            "PUT", f"/rooms/{quote(self.room)}/send/m.rtc.member/s1", {"msc4354_sticky_key": "DEVICE"},
            **{"org.matrix.msc4354.sticky_duration_ms": 600_000},
        )
        for number in range(30):
            self.aiko.send(self.room, f"talk {number}")

        def sticky_in(answer):
            events = answer["rooms"]["join"][self.room].get("msc4354_sticky", {}).get("events", [])
            for event in events:
                self.assertEqual(event["msc4354_sticky"], {"duration_ms": 600_000})
                self.assertTrue(0 < event["unsigned"]["msc4354_sticky_duration_ttl_ms"] <= 600_000)
            return [e["content"]["msc4354_sticky_key"] for e in events]

        answer = self.bao.sync(since)
        self.assertEqual(sticky_in(answer), ["DEVICE"])
        self.aiko.send(self.room, "more")
        self.assertEqual(sticky_in(self.bao.sync(answer["next_batch"])), [], "once for each")
        chen = self.server.register("chen")
        chen.api("POST", f"/join/{quote(self.room)}", {})
        self.assertEqual(sticky_in(chen.sync()), ["DEVICE"])
        self.server.kill()
        self.server.start()
        self.assertEqual(sticky_in(chen.sync()), ["DEVICE"])


if __name__ == "__main__":
    unittest.main()
