"""Application services against the real binary: a small service in this process, and (test_bridge) one built on the
library that most bridges use."""
import http.server
import json
import pathlib
import queue
import subprocess
import threading
import time
import unittest
import urllib.parse

from kuramori import SERVER_NAME, Person, Server, free_port, quote

AS_TOKEN = "as-token-of-the-test-0123456789"
HS_TOKEN = "hs-token-of-the-test-0123456789"


class Service:
    """Takes transactions as a bridge does: each id counts once."""

    def __init__(self):
        self.port = free_port()
        self.server = None
        self.events = []
        self.ephemeral = []
        self.transactions = []
        self.answers = {}  # path -> (status, JSON)
        self.asked = []
        self.lock = threading.Lock()

    def start(self):
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.headers.get("Authorization") != f"Bearer {HS_TOKEN}":
                    return self.answer(403, {"errcode": "M_FORBIDDEN"})
                path = self.path.split("?")[0]
                with service.lock:
                    service.asked.append(self.path)
                    prefix = "/_matrix/app/v1/transactions/"
                    if path.startswith(prefix):
                        identifier = path[len(prefix):]
                        if identifier not in service.transactions:
                            service.transactions.append(identifier)
                            taken = json.loads(body)
                            service.events += taken["events"]
                            service.ephemeral += taken.get("ephemeral", [])
                        return self.answer(200, {})
                    for known, (status, value) in service.answers.items():
                        if path == known:
                            return self.answer(status, value() if callable(value) else value)
                self.answer(404, {"errcode": "M_NOT_FOUND"})

            do_GET = do_PUT = do_POST = handle_any

            def answer(self, status, value):
                text = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            daemon_threads = True

        self.server = Listener(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def texts(self):
        with self.lock:
            return [e["content"]["body"] for e in self.events if e["type"] == "m.room.message"]

    def wait_for(self, texts, seconds=90):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.texts() != texts:
            if len(self.texts()) > len(texts):
                break
            time.sleep(0.1)
        return self.texts()


def registration(service, **changes):
    fields = {
        "id": "test-bridge",
        "url": f"http://127.0.0.1:{service.port}",
        "as_token": AS_TOKEN,
        "hs_token": HS_TOKEN,
        "sender_localpart": "_test_bot",
        "rate_limited": False,
        "protocols": ["test"],
        "namespaces": {
            "users": [{"exclusive": True, "regex": "@_test_.*"}],
            "aliases": [{"exclusive": True, "regex": "#_test_.*"}],
            "rooms": [],
        },
    }
    fields.update(changes)
    return json.dumps(fields)  # JSON is YAML


class ApplicationService(unittest.TestCase):
    def setUp(self):
        self.service = Service()
        self.server = Server()
        self.file = self.server.directory / "bridge.yaml"
        self.file.write_text(registration(self.service))
        with self.server.config.open("a") as config:
            config.write(f'[appservices]\nregistration_files = ["{self.file}"]\n')

    def tearDown(self):
        self.service.stop()
        self.server.close()

    def ghost(self, localpart):
        """Registers a user of the namespace; a person that acts by the service's token."""
        user = f"@{localpart}:{SERVER_NAME}"
        self.server.api(
            "POST", "/register",
            {"type": "m.login.application_service", "username": localpart, "inhibit_login": True}, AS_TOKEN,
        )

        class Ghost(Person):
            def api(self, method, path, body=None, expect=200, **query):
                return self.server.api(method, path, body, AS_TOKEN, expect, user_id=user, **query)

        return Ghost(self.server, user, AS_TOKEN, localpart)

    def test_acting_as_users_of_the_namespace(self):
        self.service.start()
        server = self.server.start()
        aiko = server.register("aiko")
        bot = server.api("GET", "/account/whoami", token=AS_TOKEN)
        self.assertEqual(bot["user_id"], f"@_test_bot:{SERVER_NAME}")
        ghost = self.ghost("_test_wing")
        self.assertEqual(ghost.api("GET", "/account/whoami")["user_id"], ghost.user)

        # Neither others than its own users, nor those that do not exist, nor people in its namespace.
        refused = server.api("GET", "/account/whoami", token=AS_TOKEN, expect=403, user_id=aiko.user)
        self.assertEqual(refused["errcode"], "M_FORBIDDEN")
        server.api("GET", "/account/whoami", token=AS_TOKEN, expect=403, user_id=f"@_test_none:{SERVER_NAME}")
        server.api("GET", "/account/whoami", token=AS_TOKEN + "x", expect=401)
        unknown = server.api("GET", "/account/whoami", token=AS_TOKEN, expect=400, user_id=ghost.user, device_id="NONE")
        self.assertEqual(unknown["errcode"], "M_UNKNOWN_DEVICE")
        login = {"type": "m.login.application_service", "identifier": {"type": "m.id.user", "user": "_test_wing"}}
        session = server.api("POST", "/login", login, AS_TOKEN)
        self.assertEqual(
            ghost.api("GET", "/account/whoami", device_id=session["device_id"])["device_id"], session["device_id"]
        )
        server.api("POST", "/login", login, expect=401)
        outside = {"type": "m.login.application_service", "username": "somebody"}
        self.assertEqual(server.api("POST", "/register", outside, AS_TOKEN, 400)["errcode"], "M_EXCLUSIVE")
        self.assertEqual(server.api("POST", "/register", outside, expect=401)["errcode"], "M_MISSING_TOKEN")
        inside = {"username": "_test_me", "password": "correct horse", "auth": {"type": "m.login.dummy"}}
        self.assertEqual(server.api("POST", "/register", inside, expect=400)["errcode"], "M_EXCLUSIVE")
        self.assertEqual(
            aiko.api("POST", "/createRoom", {"room_alias_name": "_test_mine"}, 400)["errcode"], "M_EXCLUSIVE"
        )

        room = aiko.create_room(preset="public_chat")
        ghost.api("POST", f"/rooms/{quote(room)}/join", {})
        ghost.send(room, "from the other network")
        self.assertEqual([e["content"]["body"] for e in aiko.history(room)], ["from the other network"])
        aiko.send(room, "from Matrix")
        self.assertEqual(
            self.service.wait_for(["from the other network", "from Matrix"]), ["from the other network", "from Matrix"]
        )
        code, output, _ = server.command("appservice", "list", check=0)
        self.assertIn("test-bridge", output)
        self.assertNotIn(AS_TOKEN, output)
        self.assertNotIn(AS_TOKEN, server.log.read_text())
        self.assertNotIn(HS_TOKEN, server.log.read_text())
        server.stop()
        server.command("audit", "verify", check=0)

    def test_nothing_is_lost_while_the_service_is_down_and_the_server_is_killed(self):
        server = self.server.start()
        aiko = server.register("aiko")
        ghost = self.ghost("_test_wing")
        room = aiko.create_room(preset="public_chat")
        ghost.api("POST", f"/rooms/{quote(room)}/join", {})
        expected = []
        for number in range(25):
            expected.append(f"while it is down {number}")
            aiko.send(room, expected[-1])
        server.kill()
        server.start()
        self.service.start()
        self.assertEqual(self.service.wait_for(expected), expected)
        # In the middle of deliveries, again and again.
        for round_number in range(3):
            for number in range(10):
                expected.append(f"round {round_number} message {number}")
                aiko.send(room, expected[-1])
            server.kill()
            server.start()
        self.assertEqual(self.service.wait_for(expected), expected)
        # The service goes away and comes back.
        self.service.stop()
        expected += ["after it went", "and before it came"]
        for text in expected[-2:]:
            aiko.send(room, text)
        time.sleep(1.5)
        self.service.start()
        self.assertEqual(self.service.wait_for(expected), expected)
        self.assertEqual(len(self.service.transactions), len(set(self.service.transactions)))

    def wait_for_ephemeral(self, matches, seconds=60):
        """The first that `matches` of what is not kept."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self.service.lock:
                for event in self.service.ephemeral:
                    if matches(event):
                        return event
            time.sleep(0.05)
        raise AssertionError(f"nothing that matches among {self.service.ephemeral}")

    def test_typing_receipts_and_presence_arrive(self):
        self.file.write_text(registration(self.service, receive_ephemeral=True))
        self.service.start()
        server = self.server.start()
        aiko = server.register("aiko")
        mei = server.register("mei")
        ghost = self.ghost("_test_wing")
        bridged = aiko.create_room(preset="public_chat")
        private = mei.create_room(preset="public_chat")
        ghost.api("POST", f"/rooms/{quote(bridged)}/join", {})
        mei.api("PUT", f"/rooms/{quote(private)}/typing/{quote(mei.user)}", {"typing": True, "timeout": 30000})
        mei.api("PUT", f"/presence/{quote(mei.user)}/status", {"presence": "online", "status_msg": "private"})
        said = ghost.send(bridged, "read me")
        aiko.api("PUT", f"/rooms/{quote(bridged)}/typing/{quote(aiko.user)}", {"typing": True, "timeout": 30000})
        typing = self.wait_for_ephemeral(lambda e: e["type"] == "m.typing")
        self.assertEqual(typing, {"type": "m.typing", "room_id": bridged, "content": {"user_ids": [aiko.user]}})
        aiko.api("POST", f"/rooms/{quote(bridged)}/receipt/m.read.private/{quote(said)}", {})
        aiko.api("POST", f"/rooms/{quote(bridged)}/receipt/m.read/{quote(said)}", {"thread_id": "main"})
        receipt = self.wait_for_ephemeral(lambda e: e["type"] == "m.receipt" and aiko.user in str(e))
        self.assertEqual(receipt["room_id"], bridged)
        self.assertEqual(receipt["content"][said]["m.read"][aiko.user]["thread_id"], "main")
        aiko.api("PUT", f"/presence/{quote(aiko.user)}/status", {"presence": "online", "status_msg": "busy"})
        presence = self.wait_for_ephemeral(
            lambda e: e["type"] == "m.presence" and e["content"].get("status_msg") == "busy"
        )
        self.assertEqual(presence["sender"], aiko.user)
        everything = str(self.service.ephemeral)
        self.assertNotIn(mei.user, everything)
        self.assertNotIn("m.read.private", everything)
        count = len([e for e in self.service.ephemeral if e["type"] == "m.receipt"])
        server.kill()
        server.start()
        aiko.send(bridged, "after a crash")
        self.service.wait_for(["read me", "after a crash"])
        self.assertEqual(len([e for e in self.service.ephemeral if e["type"] == "m.receipt"]), count)

    def test_what_is_redacted_while_the_service_is_away_does_not_reach_it(self):
        server = self.server.start()
        aiko = server.register("aiko")
        ghost = self.ghost("_test_wing")
        room = aiko.create_room(preset="public_chat")
        ghost.api("POST", f"/rooms/{quote(room)}/join", {})
        secret = aiko.send(room, "a password by mistake")
        aiko.send(room, "harmless")
        time.sleep(1.5)  # the transaction is under way by now, whether or not that is so: the result is the same
        aiko.api("PUT", f"/rooms/{quote(room)}/redact/{quote(secret)}/r1", {})
        self.service.start()
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and not any(e["type"] == "m.room.redaction" for e in self.service.events):
            time.sleep(0.1)
        self.assertNotIn("a password by mistake", json.dumps(self.service.events))
        self.assertIn(secret, [e["event_id"] for e in self.service.events])
        self.assertIn("harmless", json.dumps(self.service.events))

    def test_times_and_profiles(self):
        self.service.start()
        server = self.server.start()
        aiko = server.register("aiko")
        ghost = self.ghost("_test_wing")
        room = aiko.create_room(preset="public_chat")
        ghost.api("POST", f"/rooms/{quote(room)}/join", {})
        said = ghost.api(
            "PUT", f"/rooms/{quote(room)}/send/m.room.message/t1", {"msgtype": "m.text", "body": "old"}, ts=1234567890123
        )["event_id"]
        self.assertEqual(
            aiko.api("GET", f"/rooms/{quote(room)}/event/{quote(said)}")["origin_server_ts"], 1234567890123
        )
        ghost.api("PUT", f"/rooms/{quote(room)}/send/m.room.message/t2", {"msgtype": "m.text", "body": "x"}, 400, ts="soon")
        now = aiko.api(
            "PUT", f"/rooms/{quote(room)}/send/m.room.message/t3", {"msgtype": "m.text", "body": "now"}, ts=1234567890123
        )["event_id"]
        self.assertGreater(
            aiko.api("GET", f"/rooms/{quote(room)}/event/{quote(now)}")["origin_server_ts"], 1234567890123
        )
        user = f"@_test_new:{SERVER_NAME}"
        aiko.api("GET", f"/profile/{quote(user)}", expect=404)

        def make_user():
            self.ghost("_test_new")
            return {}

        self.service.answers["/_matrix/app/v1/users/" + urllib.parse.quote(user, safe="")] = (200, make_user)
        aiko.api("GET", f"/profile/{quote(user)}")

    def test_pings_queries_and_networks(self):
        server = self.server.start()
        aiko = server.register("aiko")
        ping = "/_matrix/client/v1/appservice/test-bridge/ping"
        self.assertEqual(server.request("POST", ping, {}, aiko.token)[0], 403)
        status, answer = server.request("POST", ping, {}, AS_TOKEN)
        self.assertEqual((status, answer["errcode"]), (502, "M_CONNECTION_FAILED"))
        self.service.answers["/_matrix/app/v1/ping"] = (200, {})
        self.service.start()
        status, answer = server.request("POST", ping, {"transaction_id": "meow"}, AS_TOKEN)
        self.assertEqual(status, 200)
        self.assertGreaterEqual(answer["duration_ms"], 0)
        self.service.answers["/_matrix/app/v1/ping"] = (418, {"errcode": "M_UNKNOWN"})
        status, answer = server.request("POST", ping, {}, AS_TOKEN)
        self.assertEqual((status, answer["errcode"], answer["status"]), (502, "M_BAD_STATUS", 418))

        # An alias that nobody has made is asked of the service, which makes it.
        alias = f"#_test_general:{SERVER_NAME}"

        def make_room():
            server.api("POST", "/createRoom", {"room_alias_name": "_test_general", "preset": "public_chat"}, AS_TOKEN)
            return {}

        self.service.answers["/_matrix/app/v1/rooms/" + urllib.parse.quote(alias, safe="")] = (200, make_room)
        joined = aiko.api("POST", f"/join/{quote(alias)}", {})
        self.assertTrue(joined["room_id"].startswith("!"))
        aiko.api("GET", f"/directory/room/{quote('#_test_none:' + SERVER_NAME)}", expect=404)

        protocol = {"user_fields": ["nick"], "location_fields": [], "icon": "", "field_types": {}, "instances": []}
        self.service.answers["/_matrix/app/v1/thirdparty/protocol/test"] = (200, protocol)
        self.service.answers["/_matrix/app/v1/thirdparty/user/test"] = (200, [{"userid": "@x:y", "protocol": "test", "fields": {}}])
        self.assertEqual(aiko.api("GET", "/thirdparty/protocols"), {"test": protocol})
        self.assertEqual(aiko.api("GET", "/thirdparty/protocol/test"), protocol)
        self.assertEqual(len(aiko.api("GET", "/thirdparty/user/test", nick="wing")), 1)
        self.assertIn("/_matrix/app/v1/thirdparty/user/test?nick=wing", self.service.asked)
        aiko.api("GET", "/thirdparty/protocol/none", expect=404)

    def test_a_bad_registration_is_reported_with_its_line(self):
        self.file.write_text('id: test\nurl: "ftp://nowhere"\nas_token: short\n')
        code, _, errors = self.server.command("config", "check")
        self.assertNotEqual(code, 0)
        self.assertIn(f"{self.file}:2: ", errors)
        self.assertIn(f"{self.file}:3: as_token is too easy to guess", errors)
        self.server.start(wait=False)
        self.assertNotEqual(self.server.process.wait(timeout=60), 0)
        self.server.process = None


BRIDGE = pathlib.Path(__file__).parent / "bridge"


class Bridge:
    """js of bridge/bridge.mjs as a process: lines of JSON both ways."""

    def __init__(self, server, registration_file, port):
        self.process = subprocess.Popen(
            ["node", "--require", "./without_encryption.cjs", "bridge.mjs", server.url, SERVER_NAME, registration_file,
             str(port)],
            cwd=BRIDGE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        self.lines = queue.Queue()
        self.noise = []
        threading.Thread(target=self.read, daemon=True).start()
        self.expect("ready")

    def read(self):
        for line in self.process.stdout:
            try:
                self.lines.put(json.loads(line))
            except ValueError:
                self.noise.append(line)

    def expect(self, key, seconds=120):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                line = self.lines.get(timeout=1)
            except queue.Empty:
                if self.process.poll() is not None:
                    break
                continue
            if isinstance(line, dict) and key in line:
                return line
            if isinstance(line, dict) and "failed" in line:
                raise AssertionError(line["failed"])
        raise AssertionError(f"the bridge did not say '{key}': " + "".join(self.noise[-30:]))

    def ask(self, key, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self.expect(key)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class BridgeLibrary(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not (BRIDGE / "node_modules" / "matrix-appservice-bridge").exists():
            subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=BRIDGE, check=True, timeout=900)

    def test_a_bridge_in_both_directions_and_through_outages(self):
        port = free_port()
        server = Server()
        file = server.directory / "bridge.yaml"

        class At:
            pass

        At.port = port
        file.write_text(registration(At))
        with server.config.open("a") as config:
            config.write(f'[appservices]\nregistration_files = ["{file}"]\n')
        server.start()
        bridge = None
        try:
            aiko = server.register("aiko")
            room = aiko.create_room(preset="public_chat")
            bridge = Bridge(server, file, port)
            bridge.ask("joined", user="_test_wing", room=room, join=True)
            bridge.ask("sent", user="_test_wing", room=room, text="from the other network")
            self.assertEqual([e["content"]["body"] for e in aiko.history(room)], ["from the other network"])
            self.assertEqual(aiko.history(room)[0]["sender"], f"@_test_wing:{SERVER_NAME}")
            # The library keeps what its own users said to itself.
            aiko.send(room, "from Matrix")
            self.assertEqual(bridge.expect("text"), {"text": "from Matrix", "sender": aiko.user})

            bridge.stop()
            expected = [f"while it is away {number}" for number in range(12)]
            for text in expected[:6]:
                aiko.send(room, text)
            server.kill()
            server.start()
            for text in expected[6:]:
                aiko.send(room, text)
            bridge = Bridge(server, file, port)
            self.assertEqual([bridge.expect("text")["text"] for _ in expected], expected)
            aiko.send(room, "once")
            self.assertEqual(bridge.expect("text")["text"], "once")
        finally:
            if bridge is not None:
                bridge.stop()
            server.close()


if __name__ == "__main__":
    unittest.main()
