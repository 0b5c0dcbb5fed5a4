"""Files in a bucket: the real binary over a real S3-compatible server (s3rver), which is stopped and started as well.

s3rver knows access keys but computes no signatures of version 4: those are checked against the examples of their
specification beside the module, and by the store that its tests run on.
"""
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from kuramori import SERVER_NAME, Server, free_port
from test_media import MARK, MediaCase, content

HERE = pathlib.Path(__file__).parent / "js"
ACCESS_KEY, SECRET_KEY, BUCKET = "S3RVER", "S3RVER", "kuramori-files"


class Bucket:
    """One directory and, while started, one s3rver on it."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="kuramori-s3-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        with (self.directory / "s3.log").open("ab") as log:
            self.process = subprocess.Popen(
                ["node", HERE / "node_modules/s3rver/bin/s3rver.js", "--directory", self.directory / "objects",
                 "--address", "127.0.0.1", "--port", str(self.port), "--configure-bucket", BUCKET],
                stdout=log, stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if "listening on" in (self.directory / "s3.log").read_text():
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError("no S3 server: " + (self.directory / "s3.log").read_text())

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None
            (self.directory / "s3.log").write_text("")

    def close(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def objects(self):
        return [p for p in (self.directory / "objects" / BUCKET).rglob("*._S3rver_object")]


class MediaInABucket(MediaCase):
    LIMIT = 128 * 1024 * 1024

    @classmethod
    def setUpClass(cls):
        if not (HERE / "node_modules" / "s3rver").exists():
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True, timeout=600)

    def setUp(self):
        self.bucket = Bucket().start()
        self.addCleanup(self.bucket.close)
        (self.bucket.directory / "access").write_text(ACCESS_KEY + "\n")
        (self.bucket.directory / "secret").write_text(SECRET_KEY + "\n")
        self.server = Server(
            f'[media]\nupload_bytes_max = {self.LIMIT}\nstore = "s3"\n[media.s3]\nendpoint = "{self.bucket.url}"\n'
            f'bucket = "{BUCKET}"\naccess_key_file = "{self.bucket.directory}/access"\n'
            f'secret_key_file = "{self.bucket.directory}/secret"\n'
        ).start()
        self.addCleanup(self.server.close)
        self.aiko = self.server.register("aiko")
        self.bao = self.server.register("bao")

    def test_small_and_large_files_come_back_whole_and_in_parts(self):
        for size in (0, 1, 70_000, 5_300_000, 20_000_003):
            data = content(size, seed=size)
            place = self.upload(data)
            status, headers, body = self.download(place, token=self.bao.token)
            self.assertEqual((status, hashlib.sha256(body).digest()), (200, hashlib.sha256(data).digest()), size)
        for first, last in [(0, 0), (65_535, 65_536), (5_000_000, 9_999_999), (20_000_002, 20_000_002)]:
            status, headers, body = self.download(place, {"Range": f"bytes={first}-{last}"})
            self.assertEqual((status, headers["content-range"]), (206, f"bytes {first}-{last}/{len(data)}"))
            self.assertEqual(body, data[first : last + 1])
        self.assertEqual(len(self.bucket.objects()), 5)
        self.assertEqual(self.files(), [])
        for path in self.bucket.objects():
            self.assertIn(SERVER_NAME, str(path))
            self.assertNotIn(MARK, path.read_bytes())

    def test_files_survive_restart_and_kill(self):
        kept = [(self.upload(content(size, seed=size)), size) for size in (10, 6_000_000)]
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        for place, size in kept:
            self.assertEqual(self.download(place)[2], content(size, seed=size))
        last = self.upload(b"just before the end")
        self.server.kill()
        # Made durable by a process that died before it acknowledged: nobody's.
        source = self.bucket.objects()[0]
        orphan = source.parent / "ab00112233445566._S3rver_object"
        shutil.copy(source, orphan)
        for kind in ("metadata.json", "object.md5"):
            shutil.copy(str(source)[: -len("object")] + kind, str(orphan)[: -len("object")] + kind)
        self.server.start()
        self.assertEqual(self.download(last)[2], b"just before the end")
        for place, size in kept:
            self.assertEqual(self.download(place)[2], content(size, seed=size))
        deadline = time.monotonic() + 30
        while orphan.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertFalse(orphan.exists())
        self.assertEqual(len(self.bucket.objects()), 3)

    def test_while_the_store_is_down_nothing_is_acknowledged_and_nothing_lost(self):
        place = self.upload(content(6_000_000))
        self.bucket.stop()
        status, _, body = self.ask("POST", "/_matrix/media/v3/upload", b"x" * 100_000)
        self.assertEqual(status, 503, body)
        self.assertIn(b"store of files", body)
        self.assertEqual(self.download(place)[0], 503)
        room = self.aiko.create_room()
        self.aiko.send(room, "messages go on")
        self.assertEqual(self.server.stop(), 0)
        self.server.start()  # without its store
        self.assertEqual(self.download(place)[0], 503)
        self.assertIn("s3_not_reached", self.server.log.read_text())
        self.bucket.start()
        self.assertEqual(self.download(place)[2], content(6_000_000))
        again = self.upload(b"y" * 100_000)
        self.assertEqual(self.download(again)[2], b"y" * 100_000)
        self.assertNotIn(SECRET_KEY + "\n", self.server.log.read_text())

    def test_wrong_keys_are_said_at_the_start(self):
        self.server.stop()
        (self.bucket.directory / "access").write_text("another\n")
        self.server.start(wait=False)
        self.assertNotEqual(self.server.process.wait(timeout=60), 0)
        self.server.process = None
        log = self.server.log.read_text()
        self.assertIn("InvalidAccessKeyId", log)
        self.assertNotIn(SECRET_KEY + "\n", log)

    def test_cost(self):
        """No assertion on time: prints what a transfer costs."""
        size = 100 * 1024 * 1024
        data = content(size)

        def cpu():
            fields = pathlib.Path(f"/proc/{self.server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

        def peak():
            for line in pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM"):
                    return int(line.split()[1]) * 1024

        self.upload(content(7_000_000, seed=9))
        before = peak()
        start, began = cpu(), time.monotonic()
        place = self.upload(data)
        up, up_s = cpu() - start, time.monotonic() - began
        start, began = cpu(), time.monotonic()
        self.assertEqual(hashlib.sha256(self.download(place)[2]).digest(), hashlib.sha256(data).digest())
        down, down_s = cpu() - start, time.monotonic() - began
        grown = peak() - before
        print(f"\n100 MiB to a bucket: {up:.2f} s CPU, {up_s:.1f} s; from it: {down:.2f} s CPU, {down_s:.1f} s; "
              f"{grown / 2**20:.1f} MiB more memory at the peak")
        self.assertLess(grown, 48 * 1024 * 1024)


if __name__ == "__main__":
    unittest.main()
