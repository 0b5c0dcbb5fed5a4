// What policy decides, as somebody with matrix-js-sdk meets it: refused, warned, held and approved by a reaction.
// Usage: node decisions.mjs BASE_URL SENDER APPROVER PASSWORD
import assert from "node:assert/strict";
import * as sdk from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";

logger.disableAll();
const [baseUrl, sender, approver, password] = process.argv.slice(2);

async function logIn(name) {
    const login = await sdk
        .createClient({ baseUrl })
        .login("m.login.password", { identifier: { type: "m.id.user", user: name }, password });
    return sdk.createClient({ baseUrl, accessToken: login.access_token, userId: login.user_id, deviceId: login.device_id });
}

const [a, b] = [await logIn(sender), await logIn(approver)];
const { room_id: room } = await a.createRoom({ invite: [b.getUserId()] });
await b.joinRoom(room);

const heard = [];
b.on("Room.timeline", (event) => heard.push(event));
b.on("Room.myMembership", (of, membership) => membership === "invite" && b.joinRoom(of.roomId));
await b.startClient({ initialSyncLimit: 20 });

async function hears(matches) {
    for (let i = 0; i < 600; i++) {
        const found = heard.find(matches);
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.fail(`it was not heard: ${JSON.stringify(heard.map((event) => event.getContent()))}`);
}
const refusal = (text) => a.sendTextMessage(room, text).then(() => assert.fail(`${text} went through`), (error) => error);

const refused = await refusal("a quince");
assert.equal(refused.errcode, "M_FORBIDDEN");
assert.equal(refused.data["org.kuramori.refusal"].rule, "quince");
const warned = await refusal("a medlar");
assert.equal(warned.data["org.kuramori.refusal"].kind, "confirm");
assert.ok((await a.sendTextMessage(room, "a medlar")).event_id);
assert.equal((await refusal("an aubergine")).errcode, "ORG_KURAMORI_HELD");

const asked = await hears((event) => event.getContent()["org.kuramori.approval"]);
await b.sendEvent(asked.getRoomId(), "m.reaction", {
    "m.relates_to": { rel_type: "m.annotation", event_id: asked.getId(), key: "👍" },
});
const arrived = await hears((event) => event.getContent().body === "an aubergine");
assert.equal(arrived.getRoomId(), room);
assert.equal(arrived.getSender(), a.getUserId());
process.exit(0);
