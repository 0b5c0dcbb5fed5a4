// A bridge of one room on matrix-appservice-bridge: prints every message that it receives as a line of JSON, and
// sends as a virtual user what it reads. Usage: node bridge.mjs HOMESERVER DOMAIN REGISTRATION PORT
import { createInterface } from "node:readline";
import bridgeLibrary from "matrix-appservice-bridge";

const { AppServiceRegistration, Bridge } = bridgeLibrary;
const [homeserverUrl, domain, registrationFile, port] = process.argv.slice(2);
const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");

const bridge = new Bridge({
  homeserverUrl,
  domain,
  registration: registrationFile,
  disableStores: true,
  disableContext: true,
  controller: {
    onUserQuery: () => ({}),
    onEvent: (request) => {
      const event = request.getData();
      if (event.type === "m.room.message") say({ text: event.content.body, sender: event.sender });
    },
  },
});

await bridge.initialise();
await bridge.listen(Number(port), "127.0.0.1");
say({ ready: AppServiceRegistration.load !== undefined });

for await (const line of createInterface({ input: process.stdin })) {
  const { user, room, text, join } = JSON.parse(line);
  const intent = bridge.getIntent(`@${user}:${domain}`);
  try {
    if (join) {
      await intent.join(room);
      say({ joined: room });
    } else {
      say({ sent: (await intent.sendText(room, text)).event_id });
    }
  } catch (error) {
    say({ failed: String(error) });
  }
}
process.exit(0);
