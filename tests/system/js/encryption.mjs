// matrix-js-sdk with its Rust crypto: two people, three devices. An encrypted room both ways, cross-signing, emoji verification,
// key backup and restore on a new device, the server killed in the middle, a device removed.
// Usage: node encryption.mjs BASE_URL USER_A USER_B PASSWORD   (writes "kill" when it wants the server killed, and reads a line when
// the server is back)
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import * as sdk from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";

logger.disableAll();
for (const name of ["debug", "log", "info", "warn"]) console[name] = () => {}; // the Rust side traces everything
const say = (text) => process.stdout.write(`${text}\n`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const [baseUrl, nameA, nameB, password] = process.argv.slice(2);
const started = Date.now();
const step = (text) => say(`${((Date.now() - started) / 1000).toFixed(1)} s  ${text}`);

function within(what, promise, ms = 60_000) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`${what}: nothing within ${ms} ms`)), ms);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function eventually(what, test, ms = 60_000) {
    const poll = (async () => {
        for (;;) {
            const found = await test();
            if (found) return found;
            await new Promise((r) => setTimeout(r, 100));
        }
    })();
    return within(what, poll, ms);
}

// The secret storage key of each person, as if typed in on every device.
const storageKeys = new Map();

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
        verificationMethods: ["m.sas.v1"],
        cryptoCallbacks: {
            getSecretStorageKey: async ({ keys }) => {
                const id = Object.keys(keys)[0];
                return storageKeys.has(name) ? [id, storageKeys.get(name)] : null;
            },
            cacheSecretStorageKey: (_id, _info, key) => storageKeys.set(name, key),
        },
    });
    await client.initRustCrypto({ useIndexedDB: false });
    const ready = new Promise((resolve) => {
        const listener = (state) => {
            if (state !== "PREPARED") return;
            client.off("sync", listener);
            resolve();
        };
        client.on("sync", listener);
    });
    await client.startClient({ initialSyncLimit: 20, lazyLoadMembers: true });
    await within("first sync", ready);
    return client;
}

// Decrypted messages of a room, as one of its devices sees it.
const bodies = (client, roomId) =>
    (client.getRoom(roomId)?.getLiveTimeline().getEvents() ?? [])
        .filter((e) => e.isEncrypted() && e.getType() === "m.room.message" && !e.isDecryptionFailure())
        .map((e) => e.getContent().body);
const sees = (client, roomId, text) =>
    eventually(`"${text}" on ${client.getDeviceId()}`, () => bodies(client, roomId).includes(text));

const uia = (user) => async (makeRequest) => {
    let session;
    try {
        return await makeRequest(null);
    } catch (error) {
        assert.equal(error.httpStatus, 401);
        session = error.data.session;
    }
    return makeRequest({
        type: "m.login.password",
        identifier: { type: "m.id.user", user },
        password,
        session,
    });
};

const a1 = await device(nameA);
const b1 = await device(nameB);
const aiko = a1.getUserId();
const wing = b1.getUserId();
step("two devices with keys");

// Cross-signing: the first keys need no confirmation, others need the password.
for (const [client, name] of [[a1, nameA], [b1, nameB]]) {
    await client.getCrypto().bootstrapCrossSigning({ authUploadDeviceSigningKeys: uia(name) });
    assert.ok(await client.getCrypto().isCrossSigningReady());
}
const masterBefore = (await a1.downloadKeysForUsers([aiko])).master_keys[aiko];
await a1.getCrypto().bootstrapCrossSigning({ setupNewCrossSigning: true, authUploadDeviceSigningKeys: uia(nameA) });
const masterAfter = (await a1.downloadKeysForUsers([aiko])).master_keys[aiko];
assert.notDeepEqual(masterBefore.keys, masterAfter.keys);
assert.ok(await a1.getCrypto().isCrossSigningReady());
step("cross-signing is set up, and was replaced with the password");

// Secret storage and a backup.
await a1.getCrypto().bootstrapSecretStorage({
    createSecretStorageKey: () => a1.getCrypto().createRecoveryKeyFromPassphrase(),
    setupNewSecretStorage: true,
    setupNewKeyBackup: true,
});
await eventually("backup in use", () => a1.getCrypto().getActiveSessionBackupVersion());
step("secret storage and a key backup");

// An encrypted room, messages both ways.
const { room_id: roomId } = await a1.createRoom({
    name: "Sealed",
    preset: "private_chat",
    invite: [wing],
    initial_state: [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }],
});
await eventually("invitation", () => b1.getRoom(roomId)?.getMyMembership() === "invite");
await b1.joinRoom(roomId);
await eventually("both joined", () => a1.getRoom(roomId)?.getJoinedMembers().length === 2);
await eventually("encryption known", () => b1.getRoom(roomId)?.hasEncryptionStateEvent());
await a1.sendTextMessage(roomId, "倉の鍵");
await sees(b1, roomId, "倉の鍵");
await b1.sendTextMessage(roomId, "庫房鎖匙");
await sees(a1, roomId, "庫房鎖匙");
step("messages both ways");

// The server dies and comes back; nobody notices but by the time it takes.
say("kill");
await lines.next();
await a1.sendTextMessage(roomId, "after the crash");
await sees(b1, roomId, "after the crash");
await b1.sendTextMessage(roomId, "still here");
await sees(a1, roomId, "still here");
step("messages after a crash of the server");

// Everything is in the backup.
const backedUp = async () => (await a1.getKeyBackupVersion())?.count >= 2;
await eventually("keys in the backup", backedUp);
step("room keys are backed up");

// A third device: the two compare emojis.
const a2 = await device(nameA);
const requested = new Promise((resolve) => a1.once("crypto.verificationRequestReceived", resolve));
const request = await a2.getCrypto().requestOwnUserVerification();
const received = await within("verification request", requested);
await received.accept();
await eventually("verification ready", () => request.phase >= 3);
const shown = (verifier) => new Promise((resolve) => verifier.once("show_sas", resolve));
const verifierA2 = await request.startVerification("m.sas.v1");
const sasA2 = shown(verifierA2);
const doneA2 = verifierA2.verify();
await eventually("verification started", () => received.verifier);
const sasA1 = shown(received.verifier);
const doneA1 = received.verifier.verify();
const [two, one] = await within("emojis", Promise.all([sasA2, sasA1]));
assert.deepEqual(two.sas.emoji, one.sas.emoji);
assert.equal(one.sas.emoji.length, 7);
await Promise.all([one.confirm(), two.confirm()]);
await within("verification done", Promise.all([doneA1, doneA2]));
const isSigned = async (client) =>
    (await client.getCrypto().getDeviceVerificationStatus(aiko, a2.getDeviceId()))?.signedByOwner;
await eventually("own device is signed", () => isSigned(a1));
await eventually("the other person sees the signature", () => isSigned(b1));
step("emoji verification of the new device");

// Old messages come out of the backup.
assert.ok(!bodies(a2, roomId).includes("倉の鍵"));
const info = await a2.getKeyBackupVersion();
const restored = await a2.restoreKeyBackupWithSecretStorage(info, undefined, undefined, {});
assert.ok(restored.imported >= 2, `${restored.imported} keys restored`);
await a2.scrollback(a2.getRoom(roomId), 30);
for (const text of ["倉の鍵", "庫房鎖匙", "after the crash"]) await sees(a2, roomId, text);
step("the backup is restored on the new device");

// New messages reach all three.
await b1.sendTextMessage(roomId, "to three devices");
await Promise.all([a1, a2].map((client) => sees(client, roomId, "to three devices")));
await a2.sendTextMessage(roomId, "from the third");
await Promise.all([a1, b1].map((client) => sees(client, roomId, "from the third")));
step("three devices talk");

// The device is removed: its session ends, and nobody encrypts to it any more.
const gone = a2.getDeviceId();
const ended = new Promise((resolve) => a2.once("Session.logged_out", resolve));
await uia(nameA)((auth) => a1.deleteDevice(gone, auth ?? undefined));
await within("logged out", ended);
await eventually("the device is gone for the other person", async () => {
    const devices = await b1.getCrypto().getUserDeviceInfo([aiko]);
    return !devices.get(aiko).has(gone);
});
await b1.sendTextMessage(roomId, "to two devices");
await sees(a1, roomId, "to two devices");
assert.ok(!bodies(a2, roomId).includes("to two devices"));
await assert.rejects(a2.whoami(), { errcode: "M_UNKNOWN_TOKEN" });
step("a removed device receives nothing");

for (const client of [a1, b1, a2]) client.stopClient();
say("1 passed, 0 failed");
process.exit(0);
