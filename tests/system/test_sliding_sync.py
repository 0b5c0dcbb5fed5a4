"""Sliding sync on the real binary, with requests written as Element X (matrix-rust-sdk) writes them, and a restart in the middle."""
import threading
import time
import unittest

from kuramori import Server

PATH = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync"
REQUIRED = [
    ["m.room.name", ""], ["m.room.encryption", ""], ["m.room.member", "$LAZY"], ["m.room.member", "$ME"],
    ["m.room.topic", ""], ["m.room.avatar", ""], ["m.room.canonical_alias", ""], ["m.room.power_levels", ""],
    ["m.space.parent", "*"], ["m.space.child", "*"], ["m.call.member", "*"],
]


def room_list(first, last, subscriptions=()):
    return {
        "conn_id": "room-list",
        "lists": {
            "all_rooms": {
                "ranges": [[first, last]],
                "timeline_limit": 1,
                "required_state": REQUIRED,
                "filters": {"not_room_types": ["m.space"]},
            }
        },
        "room_subscriptions": {room: {"timeline_limit": 20, "required_state": REQUIRED} for room in subscriptions},
        "extensions": {
            "account_data": {"enabled": True},
            "receipts": {"enabled": True, "rooms": ["*"]},
            "typing": {"enabled": True},
        },
    }


class SlidingSync(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()
        self.addCleanup(self.server.close)
        self.people = {name: self.server.register(name) for name in ("aiko", "wing")}

    def call(self, who, method, path, body=None):
        return self.people[who].api(method, path, body)

    def room(self, who, **options):
        return self.call(who, "POST", "/createRoom", options)["room_id"]

    def say(self, who, room, body, transaction):
        content = {"msgtype": "m.text", "body": body}
        return self.call(who, "PUT", f"/rooms/{room}/send/m.room.message/{transaction}", content)["event_id"]

    def slide(self, who, body, pos=None, timeout=0, expect=200):
        query = f"?timeout={timeout}" + (f"&pos={pos}" if pos else "")
        status, answer = self.server.request("POST", PATH + query, body, self.people[who].token)
        self.assertEqual(status, expect, answer)
        return answer

    def bodies(self, answer, room):
        events = answer["rooms"].get(room, {}).get("timeline", [])
        return [e["content"]["body"] for e in events if e["type"] == "m.room.message"]

    def test_the_room_list_grows_and_a_room_is_opened(self):
        rooms = [self.room("aiko", name=f"Room {i}") for i in range(30)]
        for i in range(5):
            self.say("aiko", rooms[3], f"line {i}", f"t{i}")
        first = self.slide("aiko", room_list(0, 19))
        self.assertEqual(first["lists"]["all_rooms"]["count"], 30)
        self.assertEqual(len(first["rooms"]), 20)
        newest = first["rooms"][rooms[3]]
        self.assertEqual(newest["name"], "Room 3")
        self.assertTrue(newest["initial"])
        self.assertEqual(self.bodies(first, rooms[3]), ["line 4"])
        self.assertEqual(newest["bump_stamp"], max(room["bump_stamp"] for room in first["rooms"].values()))
        kinds = {e["type"] for e in newest["required_state"]}
        self.assertEqual(kinds, {"m.room.name", "m.room.member", "m.room.power_levels"})
        self.assertIn("m.push_rules", [e["type"] for e in first["extensions"]["account_data"]["global"]])

        grown = self.slide("aiko", room_list(0, 99), first["pos"])
        self.assertEqual(len(grown["rooms"]), 10)
        opened = self.slide("aiko", room_list(0, 99, [rooms[3]]), grown["pos"])
        self.assertEqual(list(opened["rooms"]), [rooms[3]])
        self.assertEqual(self.bodies(opened, rooms[3]), [f"line {i}" for i in range(5)])
        self.assertTrue(opened["rooms"][rooms[3]]["unstable_expanded_timeline"])

    def test_it_waits_and_is_woken(self):
        room = self.room("aiko", preset="public_chat")
        self.call("wing", "POST", f"/join/{room}", {})
        first = self.slide("wing", room_list(0, 19))
        speaker = threading.Timer(0.5, self.say, ("aiko", room, "hello", "t1"))
        speaker.start()
        started = time.monotonic()
        woken = self.slide("wing", room_list(0, 19), first["pos"], timeout=30000)
        speaker.join()
        self.assertEqual(self.bodies(woken, room), ["hello"])
        self.assertEqual(woken["rooms"][room]["notification_count"], 1)
        self.assertLess(time.monotonic() - started, 25)
        empty = self.slide("wing", room_list(0, 19), woken["pos"], timeout=100)
        self.assertEqual(empty["rooms"], {})
        self.assertEqual(empty["lists"]["all_rooms"]["count"], 1)

    def test_a_lost_answer_comes_again(self):
        room = self.room("aiko")
        first = self.slide("aiko", room_list(0, 19))
        self.say("aiko", room, "once", "t1")
        for _ in range(3):
            self.assertEqual(self.bodies(self.slide("aiko", room_list(0, 19), first["pos"]), room), ["once"])

    def test_an_invitation_is_shown_and_accepted(self):
        first = self.slide("wing", room_list(0, 19))
        room = self.room("aiko", name="Harbour", invite=[self.people["wing"].user])
        invited = self.slide("wing", room_list(0, 19), first["pos"], timeout=10000)
        state = {e["type"]: e["content"] for e in invited["rooms"][room]["invite_state"]}
        self.assertEqual(state["m.room.name"]["name"], "Harbour")
        self.assertNotIn("timeline", invited["rooms"][room])
        self.call("wing", "POST", f"/join/{room}", {})
        joined = self.slide("wing", room_list(0, 19), invited["pos"], timeout=10000)
        self.assertTrue(joined["rooms"][room]["initial"])
        self.call("wing", "POST", f"/rooms/{room}/leave", {})
        left = self.slide("wing", room_list(0, 19), joined["pos"], timeout=10000)
        self.assertEqual(left["rooms"][room]["required_state"][-1]["content"]["membership"], "leave")
        self.assertEqual(left["lists"]["all_rooms"]["count"], 0)

    def test_messages_for_the_device_survive_a_restart_until_they_are_acknowledged(self):
        def keys(since=None):
            to_device = {"enabled": True} | ({"since": since} if since else {})
            return {"conn_id": "encryption", "lists": {}, "extensions": {"e2ee": {"enabled": True}, "to_device": to_device}}

        wing = self.people["wing"]
        first = self.slide("wing", keys())
        self.assertEqual(first["extensions"]["to_device"]["events"], [])
        since = first["extensions"]["to_device"]["next_batch"]
        messages = {"messages": {wing.user: {wing.device: {"n": 1}}}}
        self.call("aiko", "PUT", "/sendToDevice/org.example.ping/t1", messages)
        waiting = self.slide("wing", keys(since), first["pos"], timeout=10000)
        self.assertEqual([e["content"]["n"] for e in waiting["extensions"]["to_device"]["events"]], [1])

        self.server.kill()
        self.server.start()
        refused = self.slide("wing", keys(since), waiting["pos"], expect=400)
        self.assertEqual(refused["errcode"], "M_UNKNOWN_POS")
        again = self.slide("wing", keys(since))
        self.assertEqual([e["content"]["n"] for e in again["extensions"]["to_device"]["events"]], [1])
        done = self.slide("wing", keys(again["extensions"]["to_device"]["next_batch"]), again["pos"])
        self.assertEqual(done["extensions"]["to_device"]["events"], [])
        # Now that it is acknowledged, nobody gets it any more.
        self.assertEqual(self.slide("wing", keys())["extensions"]["to_device"]["events"], [])

    def test_after_a_restart_the_list_begins_anew(self):
        room = self.room("aiko", name="Harbour")
        before = self.slide("aiko", room_list(0, 19))
        self.say("aiko", room, "while away", "t1")
        self.server.stop()
        self.server.start()
        self.assertEqual(self.slide("aiko", room_list(0, 19), before["pos"], expect=400)["errcode"], "M_UNKNOWN_POS")
        anew = self.slide("aiko", room_list(0, 19))
        self.assertTrue(anew["rooms"][room]["initial"])
        self.assertEqual(self.bodies(anew, room), ["while away"])

    def test_what_was_handed_out_is_in_the_record(self):
        room = self.room("aiko")
        self.say("aiko", room, "on the record", "t1")
        self.slide("aiko", room_list(0, 19))
        self.server.stop()
        export = self.server.directory / "record.jsonl"
        self.server.command("audit", "export", "--output", str(export), "--personal", check=0)
        self.assertIn("sync.delivery", export.read_text())
        self.server.command("audit", "verify", check=0)


if __name__ == "__main__":
    unittest.main()
