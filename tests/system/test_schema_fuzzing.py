"""Requests made from the specification's schemas, right and spoiled, at every endpoint, against the build with
sanitizers: no answer is 5xx, none is malformed, nothing crashes or leaks, and the record is whole afterwards.

KURAMORI_FUZZ_SEED repeats a run; KURAMORI_LONG_TESTS makes it longer.
"""
import http.client
import os
import unittest

import kuramori
import specification
from kuramori import ROOT, SERVER_NAME, Server
from request_generator import Generator

ROUNDS = 40 if os.environ.get("KURAMORI_LONG_TESTS") else 4  # of all operations
SEED = int(os.environ.get("KURAMORI_FUZZ_SEED", "20261128"))
# They end the session that calls them.
ENDS_SESSIONS = {"logout", "account_deactivation", "password_management", "device_management", "refresh"}
# 504 M_NOT_YET_UPLOADED is what the specification wants for media that was announced and has not come.
SPECIFIED_5XX = {504}
# Of the sanitizers, whose reports are in the server's log.
ALARMS = ("AddressSanitizer", "LeakSanitizer", "runtime error:", "terminate called", "assertion")


class SchemaFuzzing(unittest.TestCase):
    def setUp(self):
        self.binary = kuramori.BINARY
        sanitized = ROOT / "build/debug/bin/kuramori"
        if "KURAMORI_BINARY" not in os.environ:
            self.assertTrue(sanitized.exists(), "build the debug preset first: scripts/build debug kuramori")
            kuramori.BINARY = sanitized
        # ask() checks for itself, and tells what was asked.
        self.server = Server("[media]\nurl_previews = false\n", checked=False).start()
        self.people = [self.server.register(name) for name in ("aiko", "wing", "mei")]
        self.spare = 0

    def tearDown(self):
        kuramori.BINARY = self.binary
        self.server.close()

    def pools(self):
        """Things that exist: a parameter whose name holds the word takes one of them."""
        aiko, wing, _ = self.people
        rooms = [aiko.create_room(preset="public_chat", room_alias_name=f"room{i}", invite=[wing.user]) for i in range(3)]
        for room in rooms[:2]:
            wing.api("POST", f"/rooms/{kuramori.quote(room)}/join", {})
        events = [aiko.send(room, f"hello {i}") for room in rooms for i in range(3)]
        media = self.upload(aiko)
        filters = [aiko.api("POST", f"/user/{kuramori.quote(aiko.user)}/filter", {})["filter_id"]]
        return {
            "roomidoralias": rooms + [f"#room0:{SERVER_NAME}"],
            "roomalias": [f"#room{i}:{SERVER_NAME}" for i in range(4)],
            "roomid": rooms, "mxroomid": rooms,
            "eventid": events, "mxeventid": events,
            "userid": [person.user for person in self.people], "mxuserid": [person.user for person in self.people],
            "deviceid": [person.device for person in self.people],
            "filterid": filters, "filter": filters + ["{}"],
            "since": [aiko.sync()["next_batch"]], "from": [aiko.sync()["next_batch"]], "to": [aiko.sync()["next_batch"]],
            "dir": ["b", "f"],
            "servername": [SERVER_NAME], "mediaid": [media], "mxcuri": [f"mxc://{SERVER_NAME}/{media}"],
            "eventtype": ["m.room.message", "m.room.name", "m.room.topic", "m.room.member", "m.reaction", "org.example.a"],
            "statekey": ["", aiko.user], "reltype": ["m.thread", "m.annotation"], "relationtype": ["m.thread"],
            "receipttype": ["m.read", "m.read.private", "m.fully_read"], "kind": ["override", "content", "room"],
            "scope": ["global"], "version": ["1"], "txnid": [f"t{i}" for i in range(50)], "type": ["m.direct", "m.room.message"],
            "keyname": ["displayname", "avatar_url", "org.example.x"], "tag": ["m.favourite", "u.work"],
            "username": ["aiko", "new1", "new2"], "password": ["correct horse"],
        }

    def upload(self, person):
        status, answer = self.server.request("POST", "/_matrix/media/v3/upload", token=person.token, raw=b"some octets")
        self.assertEqual(status, 200, answer)
        return answer["content_uri"].rsplit("/", 1)[1]

    def session(self, operation, generator):
        if operation.described["module"] in ENDS_SESSIONS:
            self.spare += 1
            return self.server.register(f"spare{self.spare}").token
        if generator.chance(0.05):
            return generator.random.choice([None, "", "nonsense", "km_" + "a" * 40])
        return generator.random.choice(self.people).token

    def ask(self, operation, generator):
        """A complaint, or nothing."""
        target = generator.target(operation)
        body, kind = generator.body(operation)
        method = generator.method(operation)
        headers = {"Content-Type": kind} if kind is not None else {}
        if token := self.session(operation, generator):
            headers["Authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        request = f"{method} {target} {body!r} as {kind!r}"
        try:
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            return f"{request}: no answer: {error!r}"
        finally:
            connection.close()
        if response.status >= 500 and response.status not in SPECIFIED_5XX:
            return f"{request}: {response.status} {answer[:300]!r}"
        received = {name.lower(): value for name, value in response.getheaders()}
        wrong = list(specification.check(method, target, response.status, received, answer, contents=False))
        return f"{request}: {wrong}" if wrong else None

    def test_no_request_upsets_the_server(self):
        generator = Generator(SEED, self.pools())
        complaints = []
        for _ in range(ROUNDS):
            for operation in specification.operations():
                for _ in range(5):
                    if complaint := self.ask(operation, generator):
                        complaints.append(complaint[:1500])
                self.assertIsNone(self.server.process.poll(), "the server ended:\n" + self.server.log.read_text()[-5000:])
        status, _ = self.server.request("GET", "/_matrix/client/versions")
        self.assertEqual(status, 200)
        self.assertEqual(self.server.stop(), 0, self.server.log.read_text()[-5000:])
        log = self.server.log.read_text(errors="replace")
        self.assertFalse([line for line in log.splitlines() if any(alarm in line for alarm in ALARMS)], log[-5000:])
        self.server.command("audit", "verify", check=0)
        shown = "\n".join(complaints[:40])
        self.assertFalse(complaints, f"seed {SEED}: {len(complaints)} answers are wrong:\n{shown}")


if __name__ == "__main__":
    unittest.main()
