// matrix-js-sdk with its Rust crypto as one person: joins the first room that it is invited to and answers every encrypted message
// with "heard: …".
// Usage: node peer.mjs BASE_URL USER PASSWORD
import * as sdk from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";

logger.disableAll();
for (const name of ["debug", "log", "info", "warn"]) console[name] = () => {};
const say = (text) => process.stdout.write(`${text}\n`);
const [baseUrl, user, password] = process.argv.slice(2);

const login = await sdk.createClient({ baseUrl }).login("m.login.password", {
    identifier: { type: "m.id.user", user },
    password,
});
const client = sdk.createClient({
    baseUrl,
    accessToken: login.access_token,
    userId: login.user_id,
    deviceId: login.device_id,
});
await client.initRustCrypto({ useIndexedDB: false });
client.on("Room.myMembership", (room, membership) => {
    if (membership === "invite") client.joinRoom(room.roomId);
});
const answered = new Set();
async function answer(event) {
    if (event.getSender() === login.user_id || !event.isEncrypted() || event.isDecryptionFailure()) return;
    if (event.getType() !== "m.room.message" || answered.has(event.getId())) return;
    answered.add(event.getId());
    await client.sendTextMessage(event.getRoomId(), `heard: ${event.getContent().body}`);
}
client.on("Event.decrypted", answer);
client.once("sync", () => say("ready"));
await client.startClient({ initialSyncLimit: 20 });
