// matrix-js-sdk over sliding sync, with its Rust crypto: two lists of rooms, an encrypted room both ways, the server killed in the
// middle, read receipts and typing, leaving.
// Usage: node sliding.mjs BASE_URL USER_A USER_B PASSWORD   (writes "kill" when it wants the server killed, and reads a line when
// the server is back)
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import * as sdk from "matrix-js-sdk-simplified";
import { logger } from "matrix-js-sdk-simplified/lib/logger.js";
import { SlidingSync, SlidingSyncEvent, SlidingSyncState } from "matrix-js-sdk-simplified/lib/sliding-sync.js";

logger.disableAll();
for (const name of ["debug", "log", "info", "warn", "error"]) console[name] = () => {};
const say = (text) => process.stdout.write(`${text}\n`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const [baseUrl, nameA, nameB, password] = process.argv.slice(2);
const started = Date.now();
const step = (text) => say(`${((Date.now() - started) / 1000).toFixed(1)} s  ${text}`);

async function eventually(what, test, ms = 60_000) {
    const deadline = Date.now() + ms;
    for (;;) {
        const found = await test();
        if (found) return found;
        if (Date.now() > deadline) throw new Error(`${what}: not within ${ms} ms`);
        await new Promise((r) => setTimeout(r, 100));
    }
}

const required = [["*", "*"], ["m.room.member", "$LAZY"], ["m.room.member", "$ME"]];

async function device(name) {
    const login = await sdk.createClient({ baseUrl }).login("m.login.password", {
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
    await client.initRustCrypto({ useIndexedDB: false });
    const lists = new Map([
        ["direct", { ranges: [[0, 19]], timeline_limit: 5, required_state: required, filters: { is_dm: true } }],
        ["rooms", { ranges: [[0, 19]], timeline_limit: 5, required_state: required, filters: { is_dm: false } }],
    ]);
    const sliding = new SlidingSync(baseUrl, lists, { timeline_limit: 20, required_state: [["*", "*"]] }, client, 10_000);
    const seen = { answers: 0, refusals: [] };
    sliding.on(SlidingSyncEvent.Lifecycle, (state, response, error) => {
        if (state === SlidingSyncState.Complete) seen.answers += 1;
        if (error?.errcode) seen.refusals.push(error.errcode);
    });
    await client.startClient({ slidingSync: sliding, lazyLoadMembers: true });
    await eventually("first answer", () => seen.answers > 0);
    return { client, sliding, seen };
}

const bodies = (client, roomId) =>
    (client.getRoom(roomId)?.getLiveTimeline().getEvents() ?? [])
        .filter((e) => e.isEncrypted() && e.getType() === "m.room.message" && !e.isDecryptionFailure())
        .map((e) => e.getContent().body);
const sees = (client, roomId, text) => eventually(`"${text}" on ${client.getDeviceId()}`, () => bodies(client, roomId).includes(text));

const a = await device(nameA);
const b = await device(nameB);
const [aiko, wing] = [a.client.getUserId(), b.client.getUserId()];
step("two devices over sliding sync");

// Two lists: a direct chat moves into the first when it is marked.
const { room_id: plain } = await a.client.createRoom({ name: "Open", preset: "public_chat" });
const { room_id: direct } = await a.client.createRoom({ name: "Two of us", preset: "private_chat" });
await a.client.setAccountData("m.direct", { [wing]: [direct] });
await eventually("counts of the lists", () => a.sliding.getListData("direct")?.joinedCount === 1 && a.sliding.getListData("rooms")?.joinedCount === 1);
await eventually("names", () => a.client.getRoom(plain)?.name === "Open" && a.client.getRoom(direct)?.name === "Two of us");
step("two lists");

// An encrypted room both ways: the keys travel over the to-device extension.
const { room_id: sealed } = await a.client.createRoom({
    name: "Sealed",
    preset: "private_chat",
    invite: [wing],
    initial_state: [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }],
});
await eventually("invitation", () => b.client.getRoom(sealed)?.getMyMembership() === "invite");
await b.client.joinRoom(sealed);
await eventually("joined", () => b.client.getRoom(sealed)?.getMyMembership() === "join");
await eventually("the other joined", () => a.client.getRoom(sealed)?.getMember(wing)?.membership === "join");
await eventually("encryption known", () => b.client.getRoom(sealed)?.hasEncryptionStateEvent());
const sent = await a.client.sendTextMessage(sealed, "倉の鍵");
await sees(b.client, sealed, "倉の鍵");
await b.client.sendTextMessage(sealed, "庫房鎖匙");
await sees(a.client, sealed, "庫房鎖匙");
step("messages both ways");

// Receipts and typing.
await b.client.sendReadReceipt(b.client.getRoom(sealed).findEventById(sent.event_id));
await eventually("receipt", () => a.client.getRoom(sealed).hasUserReadEvent(wing, sent.event_id));
await b.client.sendTyping(sealed, true, 20_000);
await eventually("typing", () => a.client.getRoom(sealed).getMember(wing)?.typing);
step("receipt and typing");

// The server dies and comes back: the positions are unknown, and both begin anew.
const refusedBefore = [a.seen.refusals.length, b.seen.refusals.length];
say("kill");
await lines.next();
await eventually("M_UNKNOWN_POS", () => a.seen.refusals.slice(refusedBefore[0]).includes("M_UNKNOWN_POS"));
await eventually("M_UNKNOWN_POS", () => b.seen.refusals.slice(refusedBefore[1]).includes("M_UNKNOWN_POS"));
await a.client.sendTextMessage(sealed, "after the crash");
await sees(b.client, sealed, "after the crash");
await b.client.sendTextMessage(sealed, "still here");
await sees(a.client, sealed, "still here");
assert.equal(bodies(b.client, sealed).filter((text) => text === "倉の鍵").length, 1, "nothing is shown twice");
step("messages after a crash of the server");

// A room beyond the lists by subscription, and leaving.
b.sliding.modifyRoomSubscriptions(new Set([sealed]));
await a.client.sendTextMessage(sealed, "subscribed");
await sees(b.client, sealed, "subscribed");
await b.client.leave(sealed);
await eventually("left", () => b.client.getRoom(sealed)?.getMyMembership() === "leave");
await eventually("seen leaving", () => a.client.getRoom(sealed).getMember(wing)?.membership === "leave");
assert.ok(aiko);
step("left");

for (const { client, sliding } of [a, b]) {
    sliding.stop();
    client.stopClient();
}
say("1 passed, 0 failed");
process.exit(0);
