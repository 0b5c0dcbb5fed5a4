"""The comparison with the specification itself: it finds what is wrong, and lets pass what is right."""
import json
import unittest

import specification

CORS = {"access-control-allow-origin": "*", "content-type": "application/json"}
USER = "/_matrix/client/v3/account/whoami"


def check(target, status, answer, method="GET", headers=CORS):
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return list(specification.check(method, target, status, headers, body))


def sync_with(event):
    room = {"state": {"events": [event]}, "timeline": {"events": [], "limited": False, "prev_batch": "a"}}
    return {"next_batch": "b", "rooms": {"join": {"!r:x": room}}}


class Comparison(unittest.TestCase):
    def test_the_vectors_hold_the_whole_api(self):
        self.assertGreaterEqual(len(specification.operations()), 160)
        self.assertGreaterEqual(len(specification.load()["events"]), 60)

    def test_what_is_right_passes(self):
        self.assertEqual(check(USER, 200, {"user_id": "@a:x", "device_id": "D"}), [])
        self.assertEqual(check(USER, 401, {"errcode": "M_UNKNOWN_TOKEN", "error": "Unknown."}), [])
        self.assertEqual(check("/elsewhere", 200, {}, headers={}), [])
        member = {"type": "m.room.member", "content": {"membership": "join"}, "sender": "@a:x", "state_key": "@a:x",
                  "event_id": "$e", "origin_server_ts": 1}
        self.assertEqual(check("/_matrix/client/v3/sync", 200, sync_with(member)), [])

    def test_what_is_wrong_is_named(self):
        member = {"type": "m.room.member", "content": {"membership": "joined"}, "sender": "@a:x", "state_key": "@a:x",
                  "event_id": "$e", "origin_server_ts": 1}
        wrong = [
            (check(USER, 200, {"device_id": "D"}), "user_id"),
            (check(USER, 200, {"user_id": 7}), "7"),
            (check(USER, 200, b"{"), "not JSON"),
            (check(USER, 200, b"<html>", headers=CORS | {"content-type": "text/html"}), "not JSON"),
            (check(USER, 202, {"user_id": "@a:x"}), "not described"),
            (check(USER, 401, {"error": "Unknown."}), "errcode"),
            (check(USER, 500, b"oops", headers=CORS | {"content-type": "text/plain"}), "not JSON"),
            (check(USER, 200, {"user_id": "@a:x"}, headers={"content-type": "application/json"}), "Access-Control"),
            (check("/_matrix/client/v3/sync", 200, {}), "next_batch"),
            (check("/_matrix/client/v3/sync", 200, sync_with(member)), "m.room.member"),
        ]
        for complaints, word in wrong:
            with self.subTest(word=word):
                self.assertEqual(len(complaints), 1, complaints)
                self.assertIn(word, complaints[0])

    def test_a_deviation_covers_no_more_than_it_says(self):
        relay, members = "/_matrix/client/v3/voip/turnServer", "/_matrix/client/v3/rooms/!r:x/joined_members"
        self.assertEqual(check(relay, 200, {}), [])
        self.assertEqual(check(members, 200, {"joined": {"@a:x": {"display_name": None}}}), [])
        self.assertNotEqual(check(relay, 200, {"username": "a"}), [])
        self.assertNotEqual(check(members, 200, {"joined": {"@a:x": {"display_name": 7}}}), [])

    def test_paths_are_told_apart(self):
        v3 = "/_matrix/client/v3"
        for method, path, expected in [
            ("GET", "/rooms/!r:x/state/m.room.name/", "/rooms/{roomId}/state/{eventType}/{stateKey}"),
            ("PUT", "/rooms/%21r%3Ax/send/m.room.message/1", "/rooms/{roomId}/send/{eventType}/{txnId}"),
            ("GET", "/pushrules/", "/pushrules/"),
            ("GET", "/devices/D", "/devices/{deviceId}"),
        ]:
            with self.subTest(path=path):
                self.assertEqual(specification.find(method, v3 + path).path, v3 + expected)
        self.assertIsNone(specification.find("GET", v3 + "/devices/D/more"))


if __name__ == "__main__":
    unittest.main()
