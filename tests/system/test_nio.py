"""A real Matrix client library (matrix-nio) against the real binary: login, rooms, sync with gaps, a restart in the middle."""
import asyncio
import unittest

from nio import (
    AsyncClient,
    JoinError,
    LoginResponse,
    RoomCreateResponse,
    RoomMessageText,
    RoomMessagesResponse,
    RoomPreset,
    RoomSendError,
    RoomSendResponse,
    SyncResponse,
)

from kuramori import Server


class Nio(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.server = Server().start()
        for name in ("aiko", "wing"):
            self.server.register(name)
        self.clients = []

    def tearDown(self):
        self.server.close()

    async def asyncTearDown(self):
        for client in self.clients:
            await client.close()

    async def client(self, name):
        client = AsyncClient(self.server.url, f"@{name}:test.kuramori.local")
        self.clients.append(client)
        self.assertIsInstance(await client.login("correct horse", device_name="test"), LoginResponse)
        return client

    async def sync(self, client, **options):
        answer = await client.sync(**options)
        self.assertIsInstance(answer, SyncResponse, answer)
        return answer

    async def send(self, client, room, text):
        answer = await client.room_send(room, "m.room.message", {"msgtype": "m.text", "body": text})
        self.assertIsInstance(answer, RoomSendResponse, answer)
        return answer.event_id

    async def meet(self):
        aiko, wing = await self.client("aiko"), await self.client("wing")
        created = await aiko.room_create(name="Kitchen", preset=RoomPreset.private_chat, invite=[wing.user_id])
        self.assertIsInstance(created, RoomCreateResponse, created)
        await self.sync(wing)
        self.assertIn(created.room_id, wing.invited_rooms)
        self.assertNotIsInstance(await wing.join(created.room_id), JoinError)
        await self.sync(aiko)
        await self.sync(wing)
        return aiko, wing, created.room_id

    async def next_bodies(self, client, room):
        """Waits until messages arrive; what else a sync brings (presence, say) is passed over."""
        for _ in range(10):
            if bodies := self.bodies(await self.sync(client, timeout=10_000), room):
                return bodies
        return []

    @staticmethod
    def bodies(answer, room):
        info = answer.rooms.join.get(room)
        return [e.body for e in info.timeline.events if isinstance(e, RoomMessageText)] if info else []

    async def test_two_people_chat(self):
        aiko, wing, room = await self.meet()
        self.assertEqual(wing.rooms[room].display_name, "Kitchen")
        self.assertEqual({u for u in wing.rooms[room].users}, {aiko.user_id, wing.user_id})
        waiting = asyncio.create_task(self.next_bodies(wing, room))
        await asyncio.sleep(0.1)
        await self.send(aiko, room, "お昼は？")
        self.assertEqual(await waiting, ["お昼は？"])

    async def test_a_gap_is_filled_by_paging(self):
        aiko, wing, room = await self.meet()
        sent = [f"message {i}" for i in range(60)]
        for text in sent:
            await self.send(aiko, room, text)
        answer = await self.sync(wing)
        timeline = answer.rooms.join[room].timeline
        self.assertTrue(timeline.limited)
        seen, token = self.bodies(answer, room), timeline.prev_batch
        while token and len(seen) < len(sent):
            page = await wing.room_messages(room, token, limit=25)
            self.assertIsInstance(page, RoomMessagesResponse, page)
            older = [e.body for e in page.chunk if isinstance(e, RoomMessageText)]
            seen, token = list(reversed(older)) + seen, page.end
        self.assertEqual(seen, sent)

    async def test_a_restart_in_the_middle(self):
        aiko, wing, room = await self.meet()
        await self.send(aiko, room, "before")
        self.assertEqual(self.bodies(await self.sync(wing), room), ["before"])
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        await self.send(aiko, room, "after")
        self.assertEqual(self.bodies(await self.sync(wing), room), ["after"])

    async def test_the_refusal_reaches_the_client(self):
        aiko, _, room = await self.meet()
        answer = await aiko.room_send(
            room, "m.room.message", {"msgtype": "m.text", "body": "A123456(3)"}, tx_id="refused"
        )
        self.assertIsInstance(answer, RoomSendError)
        self.assertEqual(answer.status_code, "M_FORBIDDEN")
        self.assertTrue(answer.message)

    async def test_typing_receipts_and_leaving(self):
        aiko, wing, room = await self.meet()
        event = await self.send(aiko, room, "read me")
        await wing.room_read_markers(room, fully_read_event=event, read_event=event)
        await wing.room_typing(room, True, timeout=20_000)
        await self.sync(aiko, timeout=5_000)
        await self.sync(aiko)
        self.assertEqual(aiko.rooms[room].typing_users, [wing.user_id])
        self.assertEqual(aiko.rooms[room].read_receipts[wing.user_id].event_id, event)
        await wing.room_leave(room)
        self.assertIn(room, (await self.sync(wing)).rooms.leave)
        self.assertNotIn(room, (await self.sync(wing)).rooms.leave)
        await self.sync(aiko)
        self.assertNotIn(wing.user_id, aiko.rooms[room].users)


if __name__ == "__main__":
    unittest.main()
