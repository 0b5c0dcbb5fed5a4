"""What policy decides, as people meet it in real clients (matrix-nio, matrix-js-sdk): refused, warned, held, approved by a reaction."""
import json
import subprocess
import unittest

from nio import AsyncClient, LoginResponse, RoomSendError, RoomSendResponse

import js_clients
from kuramori import SERVER_NAME, Server


def rule(word, effect, **more):
    return {
        "id": word, "operations": ["room.send"], "effect": effect, "when": {"keyword": {"dictionary": word}}, **more
    }


POLICY = {
    "format": 1,
    "name": "decisions",
    "dictionaries": [{"id": word, "description": word, "terms": [word]} for word in ("quince", "medlar", "aubergine")],
    "rules": [
        rule("quince", "refuse"),
        rule("medlar", "warn"),
        rule("aubergine", "hold", obligations=[{"chain": [{"people": [f"@wing:{SERVER_NAME}"], "of": 1}]}]),
    ],
}


class Decisions(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.server = Server()
        policy = self.server.directory / "policy.json"
        policy.write_text(json.dumps(POLICY))
        with self.server.config.open("a") as config:
            config.write(f'[policy]\nfile = "{policy}"\n')
        self.server.start()
        self.addCleanup(self.server.close)
        self.people = [self.server.register(name) for name in ("aiko", "wing")]

    async def nio(self, name):
        client = AsyncClient(self.server.url, f"@{name}:{SERVER_NAME}")
        self.addAsyncCleanup(client.close)
        self.assertIsInstance(await client.login("correct horse"), LoginResponse)
        return client

    async def test_nio(self):
        aiko, wing = await self.nio("aiko"), await self.nio("wing")
        room = (await aiko.room_create(invite=[wing.user_id])).room_id
        await wing.join(room)
        await aiko.sync()

        def send(text, transaction):
            return aiko.room_send(room, "m.room.message", {"msgtype": "m.text", "body": text}, tx_id=transaction)

        refused = await send("a quince", "1")
        self.assertIsInstance(refused, RoomSendError)
        self.assertIn("quince", refused.message)
        warned = await send("a medlar", "2")
        self.assertIsInstance(warned, RoomSendError)
        self.assertIn("within a minute", warned.message)
        self.assertIsInstance(await send("a medlar", "3"), RoomSendResponse)
        held = await send("an aubergine", "4")
        self.assertEqual(held.status_code, "ORG_KURAMORI_HELD")

        asked = await self.hears(wing, lambda event: "org.kuramori.approval" in event.source["content"])
        reaction = {"m.relates_to": {"rel_type": "m.annotation", "event_id": asked[1].event_id, "key": "👍"}}
        self.assertIsInstance(await wing.room_send(asked[0], "m.reaction", reaction), RoomSendResponse)
        arrived = await self.hears(wing, lambda event: event.source["content"].get("body") == "an aubergine")
        self.assertEqual((arrived[0], arrived[1].sender), (room, aiko.user_id))

    async def hears(self, client, matches):
        """(room, event) of the first that matches; what was heard before counts."""
        heard = []
        for _ in range(60):
            answer = await client.sync(timeout=1000)
            for room in answer.rooms.invite:
                await client.join(room)
            for room, joined in answer.rooms.join.items():
                heard += [(room, event) for event in joined.timeline.events]
            if found := [one for one in heard if matches(one[1])]:
                return found[0]
        self.fail(f"it was not heard: {heard}")

    def test_js_sdk(self):
        js_clients.build()
        done = subprocess.run(
            ["node", js_clients.BUILT / "decisions.mjs", self.server.url, "aiko", "wing", "correct horse"],
            capture_output=True, text=True, timeout=120,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.server.log.read_text()[-3000:])


if __name__ == "__main__":
    unittest.main()
