"""Another server asks this one to sign events, on the real binary: a peer in Python that publishes its keys over TLS."""
import base64
import hashlib
import http.server
import json
import pathlib
import ssl
import subprocess
import tempfile
import threading
import unittest

from kuramori import SERVER_NAME, Server, free_port, quote

KEY_ID = "ed25519:peer1"
POLICY = {
    "format": 1,
    "name": "Policy server",
    "dictionaries": [{"id": "spam", "terms": ["casino"]}],
    "rules": [
        {
            "id": "no-spam", "description": "d", "operations": ["policy_server.sign"], "effect": "refuse",
            "when": {"keyword": {"dictionary": "spam"}},
        }
    ],
}


def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def b64(octets):
    return base64.b64encode(octets).decode().rstrip("=")


def unb64(text):
    return base64.b64decode(text + "=" * (-len(text) % 4))


class Signing:
    """Ed25519 by the openssl program, so that nothing has to be installed."""

    PREFIX = bytes.fromhex("302a300506032b6570032100")

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.key = self.directory / "peer.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key], check=True, capture_output=True)
        der = subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
        self.public = der[-32:]

    def sign(self, octets):
        message = self.directory / "message"
        message.write_bytes(octets)
        done = subprocess.run(
            ["openssl", "pkeyutl", "-sign", "-inkey", self.key, "-rawin", "-in", message], check=True, capture_output=True
        )
        return b64(done.stdout)

    def verify(self, public, octets, signature):
        key, message, sig = (self.directory / name for name in ("other.der", "message", "signature"))
        key.write_bytes(self.PREFIX + public)
        message.write_bytes(octets)
        sig.write_bytes(signature)
        done = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", key, "-rawin", "-in", message, "-sigfile", sig],
            capture_output=True,
        )
        return done.returncode == 0


class Peer:
    """Publishes its keys under https://127.0.0.1:PORT."""

    def __init__(self, directory):
        self.signing = Signing(directory)
        self.port = free_port()
        self.name = f"127.0.0.1:{self.port}"
        self.fetches = 0
        certificate = pathlib.Path(directory) / "certificate.pem"
        key = pathlib.Path(directory) / "tls.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
             "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
            check=True, capture_output=True,
        )
        self.certificate = certificate
        document = {
            "server_name": self.name,
            "valid_until_ts": 4_000_000_000_000,
            "verify_keys": {KEY_ID: {"key": b64(self.signing.public)}},
            "old_verify_keys": {},
        }
        document["signatures"] = {self.name: {KEY_ID: self.signing.sign(canonical(document))}}
        body = json.dumps(document).encode()
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                peer.fetches += 1
                good = self.path == "/_matrix/key/v2/server"
                self.send_response(200 if good else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body) if good else 0))
                self.end_headers()
                if good:
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def event(self, room, body, **more):
        pdu = {
            "type": "m.room.message",
            "room_id": room,
            "sender": f"@eve:{self.name}",
            "origin_server_ts": 1_700_000_000_000,
            "depth": 7,
            "prev_events": ["$prev"],
            "auth_events": ["$auth"],
            "content": {"msgtype": "m.text", "body": body},
            **more,
        }
        pdu["hashes"] = {"sha256": b64(hashlib.sha256(canonical(pdu)).digest())}
        return pdu

    def redacted(self, pdu):
        """Room version 11, of a message: nothing of its content stays."""
        kept = {
            key: value
            for key, value in pdu.items()
            if key in ("type", "room_id", "sender", "state_key", "hashes", "depth", "prev_events", "auth_events", "origin_server_ts")
        }
        kept["content"] = {}
        return kept

    def authorization(self, uri, content, destination=SERVER_NAME):
        request = {"method": "POST", "uri": uri, "origin": self.name, "destination": destination, "content": content}
        signature = self.signing.sign(canonical(request))
        return f'X-Matrix origin="{self.name}",destination="{destination}",key="{KEY_ID}",sig="{signature}"'


class PolicyServer(unittest.TestCase):
    URI = "/_matrix/policy/v1/sign"
    ROOM = "!plans:elsewhere.example"

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="kuramori-policy-server-")
        cls.addClassCleanup(cls.directory.cleanup)
        cls.peer = Peer(cls.directory.name)
        cls.addClassCleanup(cls.peer.close)
        policy = pathlib.Path(cls.directory.name) / "policy.json"
        policy.write_text(json.dumps(POLICY))
        cls.server = Server(
            f'[policy]\nfile = "{policy}"\n[outgoing]\nca_file = "{cls.peer.certificate}"\n'
            f'[policy_server]\nenabled = true\nservers = ["{cls.peer.name}"]\nrooms = ["{cls.ROOM} 11"]\n'
        ).start()
        cls.addClassCleanup(cls.server.close)
        cls.aiko = cls.server.register("aiko")

    def ask(self, pdu, headers=None):
        headers = headers or {"Authorization": self.peer.authorization(self.URI, pdu)}
        return self.server.request("POST", self.URI, pdu, headers=headers)

    def public_key(self):
        status, answer = self.server.request("GET", "/.well-known/matrix/policy_server")
        self.assertEqual(status, 200, answer)
        return unb64(answer["public_keys"]["ed25519"])

    def assert_signed(self, status, answer, pdu):
        self.assertEqual(status, 200, answer)
        self.assertEqual(list(answer), [SERVER_NAME])
        self.assertEqual(list(answer[SERVER_NAME]), ["ed25519:policy_server"])
        signature = unb64(answer[SERVER_NAME]["ed25519:policy_server"])
        self.assertTrue(self.peer.signing.verify(self.public_key(), canonical(self.peer.redacted(pdu)), signature))

    def test_it_signs_what_its_policy_permits(self):
        pdu = self.peer.event(self.ROOM, "good evening")
        self.assert_signed(*self.ask(pdu), pdu)
        before = self.peer.fetches
        other = self.peer.event(self.ROOM, "and good night")
        self.assert_signed(*self.ask(other), other)
        self.assertEqual(self.peer.fetches, before, "keys are kept")

    def test_it_refuses_the_rest_with_the_rule(self):
        status, answer = self.ask(self.peer.event(self.ROOM, "visit the casino"))
        self.assertEqual((status, answer["errcode"]), (400, "M_FORBIDDEN"), answer)
        self.assertEqual(answer["org.kuramori.refusal"]["rule"], "no-spam")
        self.assertEqual(sorted(answer["org.kuramori.refusal"]["explanation"]), ["en", "ja", "zh-Hans", "zh-Hant"])

    def test_requests_must_be_signed_for_it(self):
        pdu = self.peer.event(self.ROOM, "good evening")
        for headers in (
            {"Authorization": "Bearer nonsense"},
            {"Authorization": self.peer.authorization(self.URI, pdu, "another.example")},
            {"Authorization": self.peer.authorization("/other", pdu)},
            {"Authorization": self.peer.authorization(self.URI, {})},
            {"Authorization": 'X-Matrix origin="stranger.example",key="ed25519:a",sig="AAAA"'},
        ):
            status, answer = self.ask(pdu, headers)
            expected = 403 if "stranger" in headers["Authorization"] else 401
            self.assertEqual(status, expected, (headers, answer))

    def test_rooms_and_events_that_are_not_its_own(self):
        status, answer = self.ask(self.peer.event("!other:elsewhere.example", "hi"))
        self.assertEqual((status, answer["errcode"]), (404, "M_NOT_FOUND"), answer)
        changed = self.peer.event(self.ROOM, "good evening")
        changed["content"]["body"] = "good night"
        status, answer = self.ask(changed)
        self.assertEqual((status, answer["errcode"]), (400, "M_BAD_JSON"), answer)
        status, answer = self.ask(self.peer.event(self.ROOM, "x", type="m.room.policy", state_key=""))
        self.assertEqual((status, answer["errcode"]), (400, "M_BAD_JSON"), answer)

    def test_a_room_here_that_names_it_is_protected(self):
        key = b64(self.public_key())
        room = self.aiko.create_room(
            room_version="11",
            initial_state=[
                {"type": "m.room.policy", "state_key": "", "content": {"via": SERVER_NAME, "public_keys": {"ed25519": key}}}
            ],
        )
        self.aiko.send(room, "hello")
        pdu = self.peer.event(room, "hello, too")
        self.assert_signed(*self.ask(pdu), pdu)

    def test_the_key_stays_after_a_restart_and_decisions_are_in_the_record(self):
        before = self.public_key()
        self.server.stop()
        self.server.start()
        self.assertEqual(self.public_key(), before)
        pdu = self.peer.event(self.ROOM, "after the restart")
        self.assert_signed(*self.ask(pdu), pdu)


class NoPolicyServer(unittest.TestCase):
    def test_it_is_none_unless_it_is_told_so(self):
        server = Server().start()
        self.addCleanup(server.close)
        status, answer = server.request("POST", PolicyServer.URI, {})
        self.assertEqual((status, answer["errcode"]), (404, "M_UNRECOGNIZED"), answer)
        self.assertEqual(server.request("GET", "/.well-known/matrix/policy_server")[0], 404)


if __name__ == "__main__":
    unittest.main()
