"""A wall clock that an administrator, or a broken time server, sets back and forth under the running server."""
import os
import pathlib
import time
import unittest
from unittest import mock

from kuramori import Server, quote

LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


class Clock(unittest.TestCase):
    def setUp(self):
        library = next(iter(sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), LIBRARY)
        self.server = Server()
        self.addCleanup(self.server.close)
        self.offset = self.server.directory / "offset"
        self.set(0)
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self.offset),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self.start()

    def start(self):
        with mock.patch.dict(os.environ, self.environment):
            self.server.start()

    def set(self, seconds):
        replacement = self.offset.with_suffix(".new")
        replacement.write_text(f"{seconds:+d}")
        replacement.rename(self.offset)

    def check(self, person, room, texts):
        """Nothing is lost, the order is that of sending, and the record verifies."""
        self.assertEqual([event["content"]["body"] for event in person.history(room)], texts)
        code, output, errors = self.server.command("audit", "verify")
        self.assertEqual(code, 0, output + errors)

    def test_the_clock_jumps(self):
        alice = self.server.register("alice")
        room = alice.create_room()
        token = alice.sync()["next_batch"]
        texts, times = [], {}
        hour, year = 3600, 365 * 86400
        for offset in (0, -hour, -year, 0, year, -hour):
            self.set(offset)
            text = f"sent at {offset:+d} s, number {len(texts)}"
            alice.send(room, text)
            texts.append(text)
            answer = alice.sync(token)
            token = answer["next_batch"]
            [event] = answer["rooms"]["join"][room]["timeline"]["events"]
            self.assertEqual(event["content"]["body"], text)
            times[text] = event["origin_server_ts"]
        # The clock was really set: otherwise this test would show nothing.
        self.assertLess(times[texts[2]], times[texts[1]] - 300 * 86400 * 1000)
        self.check(alice, room, texts)

        # Events are found by the times that they carry.
        path = f"/_matrix/client/v1/rooms/{quote(room)}/timestamp_to_event?dir=f&ts={times[texts[2]] - 5}"
        status, answer = self.server.request("GET", path, token=alice.token)
        self.assertEqual(status, 200)
        self.assertEqual(answer["origin_server_ts"], times[texts[2]])

        self.set(-2 * hour)
        self.assertEqual(self.server.stop(), 0)
        self.start()
        alice.send(room, "after a restart in the past")
        self.check(alice, room, texts + ["after a restart in the past"])

    def test_sessions_outlive_a_clock_that_was_set_back(self):
        bob = self.server.register("bob")
        self.set(-86400)
        self.assertEqual(bob.api("GET", "/account/whoami")["user_id"], bob.user)
        started = time.monotonic()
        self.assertIn("next_batch", bob.sync(timeout=500))
        self.assertLess(time.monotonic() - started, 30)
        self.assertTrue(self.server.login("bob").token)


if __name__ == "__main__":
    unittest.main()
