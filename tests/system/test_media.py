"""Files: uploaded, downloaded in parts, sealed on disk, durable, and gone when they were not acknowledged."""
import hashlib
import http.client
import json
import pathlib
import random
import socket
import stat
import time
import unittest

from kuramori import SERVER_NAME, Server

MARK = b"the annual report of the keeper of the storehouse "


def content(size, seed=1):
    block = random.Random(seed).randbytes(65_536)
    return (MARK + block * (size // len(block) + 1))[:size]


class MediaCase(unittest.TestCase):
    LIMIT = 64 * 1024 * 1024

    def setUp(self):
        self.server = Server(f"[media]\nupload_bytes_max = {self.LIMIT}\n").start()
        self.addCleanup(self.server.close)
        self.aiko = self.server.register("aiko")
        self.bao = self.server.register("bao")

    def ask(self, method, path, body=None, headers=None, token=None, chunked=False):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        all_headers = {"Authorization": f"Bearer {token or self.aiko.token}", **(headers or {})}
        try:
            connection.request(method, path, body, all_headers, encode_chunked=chunked)
            response = connection.getresponse()
            return response.status, dict((k.lower(), v) for k, v in response.getheaders()), response.read()
        finally:
            connection.close()

    def upload(self, data, kind="application/octet-stream", query="", **options):
        status, _, body = self.ask("POST", "/_matrix/media/v3/upload" + query, data, {"Content-Type": kind}, **options)
        self.assertEqual(status, 200, body)
        uri = json.loads(body)["content_uri"]
        self.assertTrue(uri.startswith(f"mxc://{SERVER_NAME}/"))
        return uri[len("mxc://") :]

    def download(self, place, headers=None, token=None):
        return self.ask("GET", "/_matrix/client/v1/media/download/" + place, None, headers, token)

    def files(self):
        return [f for f in (self.server.data / "media").rglob("*") if f.is_file()]


class Transfers(MediaCase):
    def test_a_file_comes_back_as_it_went_whole_and_in_parts(self):
        data = content(20_000_003)
        place = self.upload(data, "video/mp4", "?filename=film.mp4")
        status, headers, body = self.download(place, token=self.bao.token)
        self.assertEqual((status, hashlib.sha256(body).digest()), (200, hashlib.sha256(data).digest()))
        self.assertEqual(headers["content-type"], "video/mp4")
        self.assertEqual(headers["content-disposition"], 'inline; filename="film.mp4"')
        self.assertEqual(headers["accept-ranges"], "bytes")
        for first, last in [(0, 0), (65_535, 65_536), (1_000_000, 9_999_999), (20_000_002, 20_000_002)]:
            status, headers, body = self.download(place, {"Range": f"bytes={first}-{last}"})
            self.assertEqual(status, 206)
            self.assertEqual(headers["content-range"], f"bytes {first}-{last}/{len(data)}")
            self.assertEqual(body, data[first : last + 1])
        status, _, body = self.download(place, {"Range": "bytes=-10"})
        self.assertEqual((status, body), (206, data[-10:]))
        self.assertEqual(self.download(place, {"Range": f"bytes={len(data)}-"})[0], 416)
        status, headers, body = self.ask("HEAD", "/_matrix/client/v1/media/download/" + place)
        self.assertEqual((status, headers["content-length"], body), (200, str(len(data)), b""))

    def test_a_body_in_chunks_without_a_length(self):
        data = content(3_000_001)
        pieces = (data[i : i + 70_001] for i in range(0, len(data), 70_001))
        place = self.upload(pieces, chunked=True)
        self.assertEqual(self.download(place)[2], data)

    def test_limits(self):
        status, _, body = self.ask("GET", "/_matrix/client/v1/media/config")
        self.assertEqual((status, body), (200, b'{"m.upload.size":%d}' % self.LIMIT))
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as client:
            client.sendall(
                f"POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {self.aiko.token}\r\n"
                f"Content-Length: {self.LIMIT + 1}\r\n\r\n".encode()
            )
            self.assertIn(b" 413 ", client.recv(65_536).split(b"\r\n")[0])
        endless = (b"x" * 1_000_000 for _ in range(70))
        try:
            self.assertEqual(self.ask("POST", "/_matrix/media/v3/upload", endless, chunked=True)[0], 413)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server had said so, and did not wait for the rest
        self.assertEqual(self.files(), [])

    def test_a_large_upload_is_not_held_in_memory(self):
        def resident():
            for line in pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM"):
                    return int(line.split()[1]) * 1024
            raise AssertionError("no VmHWM")

        self.upload(content(1_000_000))
        before = resident()
        place = self.upload(content(self.LIMIT))
        self.assertEqual(len(self.download(place)[2]), self.LIMIT)
        self.assertLess(resident() - before, 16 * 1024 * 1024)

    def test_old_addresses_are_frozen(self):
        place = self.upload(b"x")
        status, answer = self.server.request("GET", "/_matrix/media/v3/download/" + place)
        self.assertEqual((status, answer["errcode"]), (404, "M_NOT_FOUND"))

    def test_upload_in_two_steps(self):
        status, created = self.server.request("POST", "/_matrix/media/v1/create", {}, self.aiko.token)
        self.assertEqual(status, 200)
        place = created["content_uri"][len("mxc://") :]
        status, _, body = self.download(place + "?timeout_ms=100")
        self.assertEqual(status, 504)
        self.assertIn(b"M_NOT_YET_UPLOADED", body)
        target = "/_matrix/media/v3/upload/" + place
        self.assertEqual(self.ask("PUT", target, b"x", token=self.bao.token)[0], 403)
        self.assertEqual(self.ask("PUT", target, b"content")[0], 200)
        self.assertEqual(self.ask("PUT", target, b"other")[0], 409)
        self.assertEqual(self.download(place)[2], b"content")


class Keeping(MediaCase):
    def test_files_are_sealed_and_survive_restarts(self):
        data = content(1_000_000)
        place = self.upload(data, query="?filename=" + "secret-plan.txt")
        self.assertEqual(self.server.stop(), 0)
        for path in self.server.data.rglob("*"):
            if path.is_file():
                stored = path.read_bytes()
                for secret in (MARK, data[100_000:100_032], b"secret-plan"):
                    self.assertNotIn(secret, stored, path)
        for path in self.files():
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.server.start()
        self.assertEqual(self.download(place)[2], data)
        self.server.kill()
        self.server.start()
        self.assertEqual(self.download(place)[2], data)

    def test_equal_files_of_one_person_are_stored_once(self):
        first, second = self.upload(b"the same"), self.upload(b"the same")
        self.assertNotEqual(first, second)
        self.assertEqual(len(self.files()), 1)
        self.upload(b"the same", token=self.bao.token)
        self.assertEqual(len(self.files()), 2)

    def test_an_upload_that_was_killed_leaves_nothing(self):
        kept = self.upload(b"kept")
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as client:
            client.sendall(
                f"POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {self.aiko.token}\r\n"
                "Content-Length: 10000000\r\n\r\n".encode()
                + content(5_000_000)
            )
            deadline = time.monotonic() + 30
            while len(self.files()) < 2 and time.monotonic() < deadline:
                time.sleep(0.02)
            self.assertEqual(len(self.files()), 2)
            self.server.kill()
        self.server.start()
        self.assertEqual(len(self.files()), 1)
        self.assertEqual(self.download(kept)[2], b"kept")

    def test_what_was_acknowledged_is_there_after_a_kill(self):
        acknowledged = []
        for number in range(20):
            data = content(100_000 + number, seed=number)
            acknowledged.append((self.upload(data), data))
        self.server.kill()
        (self.server.data / "media/ab").mkdir(mode=0o700, exist_ok=True)
        orphan = self.server.data / "media/ab/ab00112233445566"
        orphan.write_bytes(b"made durable and never acknowledged")
        self.server.start()
        for place, data in acknowledged:
            self.assertEqual(self.download(place)[2], data)
        deadline = time.monotonic() + 30
        while orphan.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertFalse(orphan.exists())

    def test_a_damaged_file_is_never_given_out_as_if_it_were_whole(self):
        data = content(300_000)
        place = self.upload(data)
        path = self.files()[0]
        with path.open("r+b") as file:
            file.seek(150_000)
            byte = file.read(1)
            file.seek(150_000)
            file.write(bytes([byte[0] ^ 1]))
        with self.assertRaises(http.client.IncompleteRead):
            self.download(place)
        self.assertEqual(self.download(place, {"Range": "bytes=0-65535"})[2], data[:65_536])


if __name__ == "__main__":
    unittest.main()
