"""kill -9 at random moments under load: every acknowledged message and its entry in the record are there, and the record verifies.

KURAMORI_LONG_TESTS=1 runs hundreds of rounds; KURAMORI_CRASH_SEED repeats one run's moments.
"""
import json
import os
import random
import threading
import time
import unittest

from kuramori import Person, Server

ROUNDS = 300 if os.environ.get("KURAMORI_LONG_TESTS") else 5
WRITERS = 6


class Writer(threading.Thread):
    """Sends one message after the other until the server goes; remembers what was acknowledged."""

    def __init__(self, person, room, label):
        super().__init__()
        self.person, self.room, self.label = person, room, label
        self.acknowledged = {}
        self.unexpected = None

    def run(self):
        n = 0
        while True:
            text = f"{self.label}-{n}"
            try:
                self.acknowledged[self.person.send(self.room, text, transaction=text)] = text
            except OSError:
                return
            except Exception as error:  # http.client's errors when the connection breaks off in the middle
                if type(error).__module__ == "http.client":
                    return
                self.unexpected = error
                return
            n += 1


class Crash(unittest.TestCase):
    def test_kill_under_load(self):
        seed = int(os.environ.get("KURAMORI_CRASH_SEED", time.time_ns() % 1_000_000))
        moments = random.Random(seed)
        server = Server().start()
        try:
            people = [server.register(f"writer{i}") for i in range(WRITERS)]
            rooms = [people[0].create_room(preset="public_chat") for _ in range(2)]
            for person in people[1:]:
                for room in rooms:
                    person.api("POST", f"/join/{room}", {})
            acknowledged = {room: {} for room in rooms}
            for round_number in range(ROUNDS):
                writers = [
                    Writer(person, rooms[i % len(rooms)], f"r{round_number}w{i}") for i, person in enumerate(people)
                ]
                for writer in writers:
                    writer.start()
                time.sleep(moments.uniform(0.05, 0.6))
                server.kill()
                for writer in writers:
                    writer.join()
                    self.assertIsNone(writer.unexpected, f"seed {seed}")
                    acknowledged[writer.room].update(writer.acknowledged)
                server.start()
                if ROUNDS <= 10 or round_number % 20 == 19:
                    self.check(server, people[0], acknowledged, seed, round_number)
            self.assertGreater(sum(map(len, acknowledged.values())), 10 * ROUNDS, "there was hardly any load")
            self.check_record(server, acknowledged, seed)
        finally:
            server.close()

    def check(self, server, person: Person, acknowledged, seed, round_number):
        for room, messages in acknowledged.items():
            stored = {e["event_id"]: e["content"]["body"] for e in person.history(room)}
            for event, text in messages.items():
                self.assertEqual(stored.get(event), text, f"seed {seed}, round {round_number}: {event} is gone")
            texts = list(stored.values())
            self.assertEqual(len(texts), len(set(texts)), f"seed {seed}: a message is there twice")

    def check_record(self, server, acknowledged, seed):
        server.command("audit", "verify", check=0)
        export = server.directory / "record.jsonl"
        server.command("audit", "export", "--output", str(export), check=0)
        recorded = export.read_text()
        for messages in acknowledged.values():
            for event in messages:
                self.assertIn(event, recorded, f"seed {seed}: {event} has no entry in the record")


if __name__ == "__main__":
    unittest.main()
