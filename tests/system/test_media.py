"""Files: uploaded, downloaded in parts, sealed on disk, durable, and gone when they were not acknowledged."""
import hashlib
import http.client
import json
import pathlib
import random
import socket
import stat
import struct
import time
import unittest
import zlib

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
        with socket.create_connection(("127.0.0.1", self.server.own_port), timeout=30) as client:
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


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, declared=None, colour=(200, 40, 40)):
    """A picture with a mark (as text, too) that must be gone from its thumbnails."""
    row = b"\0" + bytes(colour) * width
    head = struct.pack(">IIBBBBB", *(declared or (width, height)), 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"tEXt", b"Comment\0" + MARK)
        + chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b"")
    )


def gif(width, height, frames):
    """Frames of one colour each, in the smallest code that a GIF may have."""
    def bits(codes, size):
        number, length = 0, 0
        for code in codes:
            number |= code << length
            length += size
        return number.to_bytes((length + 7) // 8, "little")

    out = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes((250, 0, 0, 0, 0, 250))
    out += b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    for frame in range(frames):
        out += b"\x21\xf9\x04\0" + struct.pack("<H", 10) + b"\0\0"
        out += b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02"
        codes = []
        for _ in range(width * height):
            codes += [4, frame % 2]  # clear, pixel: the code size never grows
        data = bits(codes + [5], 3)
        for at in range(0, len(data), 255):
            out += bytes((len(data[at : at + 255]),)) + data[at : at + 255]
        out += b"\0"
    return out + b"\x3b"


def size_of(picture):
    if picture.startswith(b"\x89PNG"):
        return struct.unpack(">II", picture[16:24])
    at = 2  # JPEG: up to the frame header
    while True:
        marker, length = picture[at + 1], struct.unpack(">H", picture[at + 2 : at + 4])[0]
        if 0xC0 <= marker <= 0xC2:
            height, width = struct.unpack(">HH", picture[at + 5 : at + 9])
            return width, height
        at += 2 + length


class Thumbnails(MediaCase):
    def thumbnail(self, place, query, token=None, headers=None):
        return self.ask("GET", f"/_matrix/client/v1/media/thumbnail/{place}?{query}", None, headers, token)

    def test_sizes(self):
        place = self.upload(png(1200, 800), "text/html", "?filename=page.html")  # whatever it claims to be
        for query, size in [
            ("width=32&height=32&method=crop", (32, 32)),
            ("width=90&height=20&method=crop", (96, 96)),
            ("width=320&height=240&method=scale", (320, 213)),
            ("width=321&height=240", (640, 427)),
            ("width=800&height=600&method=scale&animated=true", (800, 533)),
        ]:
            status, headers, body = self.thumbnail(place, query, token=self.bao.token)
            self.assertEqual((status, headers["content-type"]), (200, "image/jpeg"), body[:200])
            self.assertEqual(size_of(body), size, query)
            self.assertEqual(headers["content-disposition"], 'inline; filename="thumbnail.jpeg"')
            self.assertTrue(headers["content-security-policy"].startswith("sandbox; default-src 'none'"))
            self.assertNotIn(MARK, body)
            self.assertEqual(self.thumbnail(place, query)[2], body)
            self.assertEqual(self.thumbnail(place, query, headers={"If-None-Match": headers["etag"]})[0], 304)
        self.assertEqual(len(self.files()), 6)
        for query in ("width=801&height=10", "width=2000&height=2000&method=crop"):
            self.assertEqual(self.thumbnail(place, query)[2], png(1200, 800))  # nobody gets less than was asked for

    def test_small_pictures_are_served_as_they_are(self):
        small = png(20, 10)
        place = self.upload(small, "application/pdf")
        status, headers, body = self.thumbnail(place, "width=32&height=32&method=crop")
        self.assertEqual((status, headers["content-type"], body), (200, "image/png", small))
        self.assertEqual(len(self.files()), 1)

    def test_moving_pictures(self):
        place = self.upload(gif(120, 100, 3), "image/gif")
        status, headers, body = self.thumbnail(place, "width=96&height=96&method=crop&animated=true")
        self.assertEqual((status, headers["content-type"]), (200, "image/webp"), body[:200])
        self.assertEqual(body.count(b"ANMF"), 3)
        for query in ("width=96&height=96&method=crop", "width=96&height=96&method=crop&animated=false"):
            status, headers, body = self.thumbnail(place, query)
            self.assertEqual((status, headers["content-type"]), (200, "image/jpeg"))
        # Small enough, but it moves: not unless it was asked for.
        self.assertEqual(self.thumbnail(place, "width=320&height=240")[1]["content-type"], "image/jpeg")
        self.assertEqual(self.thumbnail(place, "width=320&height=240&animated=true")[2], gif(120, 100, 3))

    def test_what_is_no_picture(self):
        cases = [
            (b"no picture", 400, "M_UNKNOWN"),
            (png(100, 100)[:20], 400, "M_UNKNOWN"),
            (png(10, 10, declared=(60_000, 60_000)), 413, "M_TOO_LARGE"),
        ]
        for data, expected, code in cases:
            place = self.upload(data, "image/png")
            for _ in range(2):
                status, _, body = self.thumbnail(place, "width=32&height=32")
                self.assertEqual((status, json.loads(body)["errcode"]), (expected, code))
        place = self.upload(png(10, 10))
        for query in ("", "width=32", "width=0&height=1", "width=-1&height=1", "width=a&height=1", "width=1&height=1&method=x"):
            self.assertEqual(self.thumbnail(place, query)[0], 400, query)
        self.assertEqual(self.thumbnail("example.org/nothing", "width=1&height=1")[0], 404)
        status, answer = self.server.request("GET", f"/_matrix/media/v3/thumbnail/{place}?width=1&height=1")
        self.assertEqual((status, answer["errcode"]), (404, "M_NOT_FOUND"))

    def test_cut_off_and_broken_pictures_harm_nobody(self):
        whole = bytearray(png(400, 300))
        for number in range(4):
            broken = bytes(whole[: len(whole) * (number + 1) // 5])
            place = self.upload(broken)
            self.assertIn(self.thumbnail(place, "width=32&height=32&method=crop")[0], (200, 400))
        self.assertEqual(self.server.request("GET", "/healthz")[0], 200)

    def test_sealed_and_gone_with_the_person(self):
        place = self.upload(png(1200, 800))
        picture = self.thumbnail(place, "width=96&height=96&method=crop")[2]
        self.assertEqual(len(self.files()), 2)
        for path in self.server.data.rglob("*"):
            if path.is_file():
                self.assertNotIn(picture[-64:], path.read_bytes(), path)
        self.server.kill()
        self.server.start()
        self.assertEqual(self.thumbnail(place, "width=96&height=96&method=crop", token=self.bao.token)[2], picture)
        self.server.command("user", "deactivate", "aiko", check=0)
        self.assertEqual(len(self.files()), 2)
        self.server.command("user", "erase", "aiko", "--yes", check=0)
        self.assertEqual(self.files(), [])
        self.assertEqual(self.thumbnail(place, "width=96&height=96", token=self.bao.token)[0], 404)
        self.assertEqual(self.download(place, token=self.bao.token)[0], 404)
        self.assertEqual(self.server.command("user", "erase", "aiko", "--yes")[0], 1)

    def test_erasing_without_a_server(self):
        self.upload(png(1200, 800))
        self.server.command("user", "deactivate", "aiko", check=0)
        self.assertEqual(self.server.stop(), 0)
        self.server.command("user", "erase", "aiko", "--yes", check=0)
        self.assertEqual(self.files(), [])


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
        with socket.create_connection(("127.0.0.1", self.server.own_port), timeout=30) as client:
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
