"""What a waiting request keeps in the server's memory: a frame of a coroutine that grew holds it for as long as it waits."""
import json
import pathlib
import resource
import socket
import time
import unittest

from kuramori import Server

CONNECTIONS, BEFORE = 2_000, 500
PEOPLE = 20
KIB_OF_SYNC = 10  # what is promised
KIB_OF_SLIDING_SYNC = 24  # with what the connection remembers between two requests
SLIDING = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync?set_presence=offline"
LISTS = {"lists": {"all": {"ranges": [[0, 9]], "timeline_limit": 1, "required_state": []}}}


class WaitingTest(unittest.TestCase):
    def setUp(self):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 3 * CONNECTIONS), hard))
        # Past the proxy: it would hold two sockets for each of them, and there is no answer to check.
        self.server = Server(listener="connections_max = 10000\nconnections_per_address_max = 10000\n", checked=False).start()
        self.addCleanup(self.server.close)
        self.people = [self.server.register(f"waiting{i}") for i in range(PEOPLE)]
        self.people[0].create_room()

    def resident_kib(self):
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def wait_on(self, request, count):
        """So many connections that wait for an answer to what `request` makes for a person."""
        waiting = []
        for i in range(count):
            connection = socket.create_connection(("127.0.0.1", self.server.port))
            self.addCleanup(connection.close)
            connection.sendall(request(self.people[i % PEOPLE]))
            waiting.append(connection)
        time.sleep(1)
        for connection in waiting:
            connection.setblocking(False)
            with self.assertRaises(BlockingIOError, msg="it was answered instead"):
                connection.recv(1)
        return self.resident_kib()

    def check(self, request, at_most):
        before = self.wait_on(request, BEFORE)  # what the first ones need is kept once
        after = self.wait_on(request, CONNECTIONS)
        each = (after - before) / CONNECTIONS
        self.assertLessEqual(each, at_most)

    def test_sync(self):
        since = {person.user: person.sync(set_presence="offline")["next_batch"] for person in self.people}
        self.check(
            lambda person: (
                f"GET /_matrix/client/v3/sync?timeout=300000&set_presence=offline&since={since[person.user]} HTTP/1.1\r\n"
                f"Host: x\r\nAuthorization: Bearer {person.token}\r\n\r\n"
            ).encode(),
            KIB_OF_SYNC,
        )

    def test_sliding_sync(self):
        def request(person):
            # A connection of the protocol serves one request at a time.
            self.connections += 1
            body = {**LISTS, "conn_id": str(self.connections)}
            status, answer = self.server.request("POST", SLIDING, body, person.token)
            self.assertEqual(status, 200, answer)
            text = json.dumps(body)
            return (
                f"POST {SLIDING}&timeout=300000&pos={answer['pos']} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {person.token}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n{text}"
            ).encode()

        self.connections = 0
        self.check(request, KIB_OF_SLIDING_SYNC)


if __name__ == "__main__":
    unittest.main()
