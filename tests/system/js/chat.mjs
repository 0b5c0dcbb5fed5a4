// matrix-js-sdk, the reference SDK, against a running server: two people meet, chat, miss some, edit, redact and leave.
// Usage: node chat.mjs BASE_URL USER_A USER_B PASSWORD
import assert from "node:assert/strict";
import * as sdk from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";

logger.disableAll();
const [baseUrl, nameA, nameB, password] = process.argv.slice(2);

async function logIn(name) {
    const anonymous = sdk.createClient({ baseUrl });
    const login = await anonymous.login("m.login.password", {
        identifier: { type: "m.id.user", user: name },
        password,
    });
    const client = sdk.createClient({
        baseUrl,
        accessToken: login.access_token,
        userId: login.user_id,
        deviceId: login.device_id,
        timelineSupport: true,
    });
    return client;
}

function within(what, promise, ms = 20_000) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`${what}: nothing within ${ms} ms`)), ms);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Resolves with the first event that satisfies the test, now or later.
function until(emitter, event, test, what) {
    return within(
        what,
        new Promise((resolve) => {
            const listener = (...values) => {
                if (!test(...values)) return;
                emitter.off(event, listener);
                resolve(values);
            };
            emitter.on(event, listener);
        }),
    );
}

async function start(client, options = {}) {
    const ready = until(client, "sync", (state) => state === "PREPARED", "first sync");
    await client.startClient({ initialSyncLimit: 5, lazyLoadMembers: true, ...options });
    await ready;
}

const bodies = (room) =>
    room
        .getLiveTimeline()
        .getEvents()
        .filter((e) => e.getType() === "m.room.message" && !e.isRedacted())
        .map((e) => e.getContent().body);

const a = await logIn(nameA);
const b = await logIn(nameB);
await start(a);
await start(b);

// Invitation and joining.
const invited = until(b, "Room.myMembership", (_, membership) => membership === "invite", "invitation");
const { room_id: roomId } = await a.createRoom({
    name: "Storehouse",
    preset: "private_chat",
    invite: [b.getUserId()],
});
await invited;
const joined = until(b, "Room.myMembership", (_, membership) => membership === "join", "join");
await b.joinRoom(roomId);
await joined;

// A message arrives, with its unread count; a receipt takes the count away.
const arrives = (client, text) =>
    until(client, "Room.timeline", (event) => event.getContent().body === text, `"${text}"`);
const hello = arrives(b, "hello, 倉守");
const { event_id: helloId } = await a.sendTextMessage(roomId, "hello, 倉守");
const [helloEvent] = await hello;
assert.equal(helloEvent.getId(), helloId);
const roomOfB = b.getRoom(roomId);
await within(
    "unread count",
    (async () => {
        while (roomOfB.getUnreadNotificationCount() !== 1) await new Promise((r) => setTimeout(r, 50));
    })(),
);
const receipt = until(a, "Room.receipt", (_, room) => room.roomId === roomId && room.hasUserReadEvent(b.getUserId(), helloId), "receipt");
await b.sendReadReceipt(helloEvent);
await receipt;

// Local echo and remote echo are one event: the transaction id came back.
assert.equal(bodies(a.getRoom(roomId)).filter((t) => t === "hello, 倉守").length, 1);

// Typing and profile.
const typing = until(b, "RoomMember.typing", (_, member) => member.userId === a.getUserId() && member.typing, "typing");
await a.sendTyping(roomId, true, 10_000);
await typing;
const renamed = until(b, "RoomMember.name", (_, member) => member.name === "Aiko 愛子", "new name");
await a.setDisplayName("Aiko 愛子");
await renamed;

// An edit, a reaction and a redaction.
const edited = until(b, "Room.timeline", (event) => event.getRelation()?.rel_type === "m.replace", "edit");
await a.sendEvent(roomId, "m.room.message", {
    "msgtype": "m.text",
    "body": "* hello again",
    "m.new_content": { msgtype: "m.text", body: "hello again" },
    "m.relates_to": { rel_type: "m.replace", event_id: helloId },
});
await edited;
const redacted = until(b, "Room.redaction", (event) => event.event.redacts === helloId || event.getContent().redacts === helloId, "redaction");
await a.redactEvent(roomId, helloId, undefined, { reason: "a slip" });
await redacted;
assert.ok(roomOfB.findEventById(helloId).isRedacted());

// A gap: b is away while many messages come, and pages back to all of them.
b.stopClient();
const missed = Array.from({ length: 40 }, (_, i) => `missed ${i}`);
for (const text of missed) await a.sendTextMessage(roomId, text);
const last = arrives(b, "missed 39");
await b.startClient({ initialSyncLimit: 5, lazyLoadMembers: true });
await last;
const room = b.getRoom(roomId);
for (let i = 0; i < 20 && !bodies(room).includes("missed 0"); i++) {
    await b.scrollback(room, 20);
}
assert.deepEqual(bodies(room).filter((t) => t?.startsWith("missed")), missed);

// The refusal reaches the person.
await assert.rejects(a.sendTextMessage(roomId, "A123456(3)"), (error) => {
    assert.equal(error.errcode, "M_FORBIDDEN");
    assert.ok(error.data["org.kuramori.refusal"].explanation["zh-Hant"]);
    return true;
});

// Account data, tags, push rules and devices.
const remembered = until(a, "accountData", (event) => event.getType() === "org.kuramori.test", "account data");
await a.setAccountData("org.kuramori.test", { colour: "indigo" });
await remembered;
assert.deepEqual(a.getAccountData("org.kuramori.test").getContent(), { colour: "indigo" });
await a.setRoomTag(roomId, "m.favourite", { order: 0.5 });
assert.ok((await a.getRoomTags(roomId)).tags["m.favourite"]);
assert.ok((await a.getPushRules()).global.underride.length > 3);
assert.equal((await a.getDevices()).devices.length >= 1, true);

// Leaving, and the end of a session.
const left = until(b, "Room.myMembership", (_, membership) => membership === "leave", "leave");
await b.leave(roomId);
await left;
a.stopClient();
b.stopClient();
await a.logout(true);
await assert.rejects(a.whoami(), { errcode: "M_UNKNOWN_TOKEN" });
console.log("1 passed, 0 failed");
process.exit(0);
