"""matrix-nio with libolm in an encrypted room with a user of matrix-js-sdk (Rust crypto), the server killed in the middle."""
import asyncio
import subprocess
import tempfile
import unittest

from nio import AsyncClient, AsyncClientConfig, LoginResponse, RoomMessageText, RoomSendResponse, SyncResponse

import js_clients
from kuramori import Server


class NioEncryption(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        js_clients.build()

    async def asyncSetUp(self):
        self.server = Server().start()
        for name in ("aiko", "wing"):
            self.server.register(name)
        self.store = tempfile.TemporaryDirectory(prefix="kuramori-nio-")
        config = AsyncClientConfig(encryption_enabled=True, store_sync_tokens=True)
        self.client = AsyncClient(self.server.url, "@aiko:test.kuramori.local", store_path=self.store.name, config=config)
        self.assertIsInstance(await self.client.login("correct horse", device_name="nio"), LoginResponse)
        self.peer = subprocess.Popen(
            ["node", js_clients.BUILT / "peer.mjs", self.server.url, "wing", "correct horse"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        self.assertEqual(await asyncio.to_thread(self.peer.stdout.readline), "ready\n")
        self.heard = []
        self.client.add_event_callback(lambda room, event: self.heard.append((event.body, event.decrypted)), RoomMessageText)

    async def asyncTearDown(self):
        await self.client.close()
        self.peer.kill()
        self.peer.wait()
        self.peer.stdout.close()
        self.server.close()
        self.store.cleanup()

    async def sync_until(self, what, test):
        for _ in range(60):
            answer = await self.client.sync(timeout=2_000)
            self.assertIsInstance(answer, SyncResponse, answer)
            # What the library would do of itself in sync_forever.
            if self.client.should_upload_keys:
                await self.client.keys_upload()
            if self.client.should_query_keys:
                await self.client.keys_query()
            if self.client.should_claim_keys:
                await self.client.keys_claim(self.client.get_users_for_key_claiming())
            await self.client.send_to_device_messages()
            if test():
                return
        self.fail(f"{what}: not seen; heard {self.heard}\n{self.server.log.read_text()[-2000:]}")

    async def say(self, room, text):
        answer = await self.client.room_send(
            room, "m.room.message", {"msgtype": "m.text", "body": text}, ignore_unverified_devices=True
        )
        self.assertIsInstance(answer, RoomSendResponse, answer)
        await self.sync_until(f"answer to {text}", lambda: (f"heard: {text}", True) in self.heard)

    async def test_libolm_and_rust_understand_each_other(self):
        await self.client.sync()
        await self.client.keys_upload()
        encryption = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        created = await self.client.room_create(name="Sealed", invite=["@wing:test.kuramori.local"], initial_state=[encryption])
        room = created.room_id
        await self.sync_until(
            "the other person", lambda: room in self.client.rooms and "@wing:test.kuramori.local" in self.client.rooms[room].users
            and not self.client.rooms[room].invited_users
        )
        self.assertTrue(self.client.rooms[room].encrypted)
        await self.say(room, "お昼は？")
        self.server.kill()
        self.server.start()
        await self.say(room, "after the crash")


if __name__ == "__main__":
    unittest.main()
