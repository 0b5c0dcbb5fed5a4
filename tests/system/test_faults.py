"""Faults around the real binary: full and read-only disks, damage, bad keys, too much load, and stopping in the middle of it."""
import http.client
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from hostile import read_answers
from kuramori import Server, quote

LARGE = "x" * 40_000


class Mount:
    """A small file system of its own, where the system lets us have one."""

    def __init__(self, size):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="kuramori-disk-"))
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", self.path], capture_output=True, text=True)
        if done.returncode != 0:
            self.path.rmdir()
            raise unittest.SkipTest(f"no file system of one's own here: {done.stderr.strip()}")

    def remount(self, option):
        subprocess.run(["mount", "-o", f"remount,{option}", self.path], check=True)

    def fill(self):
        with (self.path / "filler").open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"\0" * 4096)
            except OSError:
                pass

    def free(self):
        (self.path / "filler").unlink()

    def close(self):
        subprocess.run(["umount", "-l", self.path], check=True)
        self.path.rmdir()


class Faults(unittest.TestCase):
    def serve(self, data=None, preexec=None, **options):
        server = Server(**options)
        self.addCleanup(server.close)
        if data is not None:
            server.config.write_text(server.config.read_text().replace(str(server.data), str(data)))
            server.data = data
        server.start(preexec=preexec)
        return server

    def put(self, person, room, text, transaction):
        path = f"/_matrix/client/v3/rooms/{quote(room)}/send/m.room.message/{transaction}"
        return person.server.request("PUT", path, {"msgtype": "m.text", "body": text}, person.token, timeout=30)

    def assert_failure(self, status, answer, *statuses):
        self.assertIn(status, statuses, answer)
        self.assertIsInstance(answer, dict)
        self.assertTrue(answer["errcode"].startswith("M_") and answer["error"], answer)

    def assert_kept(self, person, room, acknowledged, refused=()):
        texts = [event["content"]["body"] for event in person.history(room)]
        self.assertEqual(len(texts), len(set(texts)), "a message is there twice")
        self.assertLessEqual(set(acknowledged), set(texts), "an acknowledged message is gone")
        self.assertFalse(set(refused) & set(texts), "a message that failed is there")

    def refuses_to_start(self, server, *words):
        code, out, err = server.command("serve")
        self.assertNotEqual(code, 0, out)
        self.assertTrue(any(word.lower() in err.lower() for word in words), f"none of {words} in: {err}")
        self.assertNotIn("terminate called", err)


class FullDisk(Faults):
    def sends_fail_and_come_back(self, server, fill, free):
        aiko = server.register("aiko")
        room = aiko.create_room(preset="private_chat")
        kept, refused = [], []
        for i in range(20):
            aiko.send(room, f"before {i}")
            kept.append(f"before {i}")
        fill()
        for i in range(1000):
            text = f"full {i} {LARGE}"
            status, answer = self.put(aiko, room, text, f"full{i}")
            if status == 200:
                kept.append(text)
                self.assertEqual(refused, [], "once full, a disk stays so")
                continue
            self.assert_failure(status, answer, 503)
            self.assertRegex(answer["error"], "(?i)disk")
            refused.append(text)
            if len(refused) == 5:
                break
        self.assertEqual(len(refused), 5, "the disk was never full")
        self.assertEqual(server.request("GET", "/healthz")[0], 200)
        for method, path, body in [("POST", "/createRoom", {}), ("GET", f"/rooms/{quote(room)}/messages?dir=b", None), ("GET", "/sync", None),
                                   ("PUT", f"/profile/{quote(aiko.user)}/displayname", {"displayname": LARGE[:200]})]:
            status, answer = server.request(method, "/_matrix/client/v3" + path, body, aiko.token, timeout=30)
            if status != 200:
                self.assert_failure(status, answer, 503)
        free()
        for i in range(100):
            status, answer = self.put(aiko, room, f"after {i}", f"after{i}")
            if status == 200:
                break
            self.assert_failure(status, answer, 503)
            time.sleep(0.1)
        kept.append(f"after {i}")
        self.assertEqual(status, 200, "the server has not recovered")
        # What failed was not stored: the same transaction may be tried again, and then is.
        status, answer = self.put(aiko, room, "again", "full-again")
        self.assertEqual(status, 200, answer)
        self.assert_kept(aiko, room, kept, refused)
        server.command("audit", "verify", check=0)
        self.assertEqual(server.stop(), 0)
        server.start()
        self.assert_kept(aiko, room, kept, refused)
        server.command("audit", "verify", check=0)

    def test_a_file_system_without_space(self):
        disk = Mount("12m")
        self.addCleanup(disk.close)
        server = self.serve(data=disk.path / "data")
        self.sends_fail_and_come_back(server, disk.fill, disk.free)
        server.stop()
        disk.fill()
        self.starts_or_says_why(server)
        disk.free()
        server.start()
        server.close()

    def starts_or_says_why(self, server):
        """With the little space that its files have left, it may still start; but then it must serve."""
        written = len(server.log.read_text())
        server.start(wait=False)
        deadline = time.monotonic() + 30
        while server.process.poll() is None:
            self.assertLess(time.monotonic(), deadline, "neither ready nor ended")
            time.sleep(0.05)
            try:
                if server.request("GET", "/readyz")[0] == 200:
                    return self.assertEqual(server.stop(), 0)
            except OSError:
                continue
        self.assertGreater(server.process.returncode, 0)
        self.assertRegex(server.log.read_text()[written:], "(?i)disk|space")
        server.process = None

    def test_files_that_may_not_grow(self):
        """The same without a file system of one's own: the system refuses to let a file grow."""
        def limited():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (24 << 20, resource.RLIM_INFINITY))

        server = self.serve(preexec=limited)
        process = server.process.pid

        def limit(size):
            resource.prlimit(process, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

        largest = max(f.stat().st_size for f in server.data.iterdir() if f.is_file())
        self.sends_fail_and_come_back(server, lambda: limit(largest), lambda: limit(resource.RLIM_INFINITY))


class Storage(Faults):
    def test_a_read_only_disk_is_refused(self):
        disk = Mount("32m")
        self.addCleanup(disk.close)
        server = self.serve(data=disk.path / "data")
        aiko = server.register("aiko")
        room = aiko.create_room()
        aiko.send(room, "kept")
        self.assertEqual(server.stop(), 0)
        disk.remount("ro")
        self.refuses_to_start(server, "read-only", "writable", "cannot be written")
        server.command("doctor", check=1)
        disk.remount("rw")
        server.start()
        self.assert_kept(aiko, room, ["kept"])
        server.close()

    def test_an_unusable_data_dir_is_refused(self):
        server = Server()
        self.addCleanup(server.close)
        server.data.write_text("a file, not a folder")
        self.refuses_to_start(server, str(server.data))

    def test_damaged_pages_while_serving(self):
        server = self.serve()
        aiko = server.register("aiko")
        room = aiko.create_room(preset="private_chat")
        texts = [f"kept {i} {LARGE[:2000]}" for i in range(200)]
        for text in texts:
            aiko.send(room, text)
        self.assertEqual(server.stop(), 0)
        whole = server.directory / "whole"
        shutil.copytree(server.data, whole, ignore=lambda _, names: [n for n in names if n.endswith(".sock")])
        server.start()
        size = (server.data / "kuramori.db").stat().st_size
        with (server.data / "kuramori.db").open("r+b") as database:
            for page in range(8, size // 4096):
                database.seek(page * 4096 + 100)
                database.write(os.urandom(64))
        failures = 0
        for method, path, body in [
            ("GET", f"/rooms/{quote(room)}/messages?dir=b&limit=100", None), ("GET", "/sync?full_state=true", None),
            ("GET", f"/rooms/{quote(room)}/state", None), ("POST", "/createRoom", {}), ("GET", "/account/whoami", None),
            ("PUT", f"/rooms/{quote(room)}/send/m.room.message/damaged", {"body": "x"}), ("GET", "/publicRooms", None),
            ("POST", "/login", {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "aiko"}, "password": "correct horse"}),
        ] * 2:
            status, answer = server.request(method, "/_matrix/client/v3" + path, body, aiko.token, timeout=30)
            self.assertIsInstance(answer, dict, path)
            if status != 200:
                failures += 1
                self.assert_failure(status, answer, 500, 503)
            elif "chunk" in answer and "/messages" in path:
                self.assertLessEqual({e["content"]["body"] for e in answer["chunk"] if e["type"] == "m.room.message"}, set(texts + ["x"]))
        self.assertGreater(failures, 0, "the damage was not noticed")
        self.assertIsNone(server.process.poll(), server.log.read_text()[-3000:])
        self.assertEqual(server.request("GET", "/healthz")[0], 200)
        server.kill()
        code, out, err = server.command("audit", "verify")
        self.assertNotEqual(code, 0, out + err)
        shutil.rmtree(server.data)
        shutil.copytree(whole, server.data)
        server.start()
        self.assert_kept(aiko, room, texts)
        server.command("audit", "verify", check=0)

    def test_a_garbled_root_key_is_refused(self):
        server = self.serve()
        aiko = server.register("aiko")
        room = aiko.create_room()
        aiko.send(room, "kept")
        server.stop()
        key = server.data / "root.key"
        original = key.read_bytes()
        other = Server()
        self.addCleanup(other.close)
        other.command("init", check=0)
        flipped = bytearray(original)
        flipped[len(flipped) // 2] ^= 1
        for what, content in {"empty": b"", "half": original[: len(original) // 2], "long": original * 2, "noise": os.urandom(len(original)),
                              "flipped": bytes(flipped), "of another organisation": (other.data / "root.key").read_bytes()}.items():
            with self.subTest(what):
                key.write_bytes(content)
                self.refuses_to_start(server, "key")
                self.assertEqual(key.read_bytes(), content)
        key.write_bytes(original)
        server.start()
        self.assert_kept(aiko, room, ["kept"])
        server.command("audit", "verify", check=0)


class Stopping(Faults):
    def test_a_stop_under_load_loses_nothing(self):
        server = self.serve()
        aiko = server.register("aiko")
        room = aiko.create_room(preset="private_chat")
        for round_number in range(3):
            kept, wrong = [], []

            def write(label):
                for n in range(100_000):
                    text = f"{round_number}-{label}-{n}"
                    try:
                        status, answer = self.put(aiko, room, text, text)
                    except (OSError, http.client.HTTPException):
                        return
                    if status == 200:
                        kept.append(text)
                    elif status != 503:
                        wrong.append((status, answer))
                        return

            writers = [threading.Thread(target=write, args=(i,)) for i in range(6)]
            for writer in writers:
                writer.start()
            time.sleep(0.5 + round_number / 5)
            self.assertEqual(server.stop(), 0, server.log.read_text()[-3000:])
            for writer in writers:
                writer.join()
            self.assertEqual(wrong, [])
            self.assertGreater(len(kept), 10, "there was hardly any load")
            server.command("audit", "verify", check=0)
            server.start()
            self.assert_kept(aiko, room, kept)

    def test_a_stop_answers_a_thousand_parked_syncs(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        server = self.serve()
        aiko = server.register("aiko")
        since = aiko.sync(set_presence="offline")["next_batch"]
        request = (f"GET /_matrix/client/v3/sync?since={since}&set_presence=offline&timeout=120000 HTTP/1.1\r\nHost: h\r\n"
                   f"Authorization: Bearer {aiko.token}\r\n\r\n").encode()
        waiting = []
        for _ in range(1000):
            connection = socket.create_connection(("127.0.0.1", server.own_port), timeout=30)
            self.addCleanup(connection.close)
            connection.sendall(request)
            waiting.append(connection)
        deadline = time.monotonic() + 30
        while " 1000" not in self.parked(server):
            self.assertLess(time.monotonic(), deadline, self.parked(server))
            time.sleep(0.1)
        begun = time.monotonic()
        self.assertEqual(server.stop(), 0, server.log.read_text()[-3000:])
        self.assertLess(time.monotonic() - begun, 10)
        for connection in waiting:
            answers = list(read_answers(connection, 2))
            self.assertEqual([a.status for a in answers], [200])
            self.assertEqual(answers[0].json["next_batch"], since)

    def parked(self, server):
        return "\n".join(line for line in server.request("GET", "/metrics")[1].splitlines() if "parked" in line and line[0] != "#")

    def stops_by(self, server, *signals):
        for each in signals:
            server.process.send_signal(each)
        self.assertEqual(server.process.wait(60), 0, server.log.read_text()[-3000:])
        server.process = None
        server.command("audit", "verify", check=0)

    def test_signals(self):
        server = self.serve()
        server.process.send_signal(signal.SIGPIPE)
        self.assertEqual(server.request("GET", "/readyz")[0], 200)
        self.stops_by(server, signal.SIGTERM, signal.SIGTERM)
        for each in (signal.SIGHUP, signal.SIGINT):
            server.start()
            self.stops_by(server, each)
            self.assertIn(f"signal={each.name}", server.log.read_text())
        server.start(preexec=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))  # what nohup does
        server.process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        self.assertEqual(server.request("GET", "/readyz")[0], 200)
        self.stops_by(server, signal.SIGTERM)


class Load(Faults):
    def test_too_many_at_once_are_told_when_to_come_back(self):
        server = self.serve(listener="requests_in_progress_max = 1\n")
        aiko = server.register("aiko")
        room = aiko.create_room(preset="private_chat")
        kept, refused, wrong = [], [], []

        def write(label):
            for n in range(50):
                text = f"{label}-{n}"
                status, answer = self.put(aiko, room, text, text)
                if status == 200:
                    kept.append(text)
                elif status == 429 and answer["errcode"] == "M_LIMIT_EXCEEDED" and answer["retry_after_ms"] > 0 and answer["error"]:
                    refused.append(text)
                else:
                    wrong.append((status, answer))

        writers = [threading.Thread(target=write, args=(i,)) for i in range(16)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        self.assertEqual(wrong, [])
        self.assertGreater(len(kept), 0)
        self.assertGreater(len(refused), 0)
        self.assert_kept(aiko, room, kept, refused)
        server.command("audit", "verify", check=0)

    def test_rates_are_limited(self):
        server = self.serve(extra_config="[rate_limits]\nenabled = true\n[rate_limits.message]\nper_second = 2\nburst = 5\n")
        aiko, wing = server.register("aiko"), server.register("wing")
        room = aiko.create_room(preset="private_chat", invite=[wing.user])
        wing.api("POST", f"/join/{quote(room)}", {})
        answers = [self.put(aiko, room, f"{i}", f"{i}") for i in range(12)]
        limited = [answer for status, answer in answers if status == 429]
        self.assertEqual([status for status, _ in answers[:5]], [200] * 5)
        self.assertGreaterEqual(len(limited), 3, answers)
        for answer in limited:
            self.assertEqual(answer["errcode"], "M_LIMIT_EXCEEDED")
            self.assertTrue(0 < answer["retry_after_ms"] <= 500, answer)
        wing.send(room, "the limit is each person's own")
        time.sleep(limited[-1]["retry_after_ms"] / 1000 + 0.05)
        aiko.send(room, "after the wait")
        self.assert_kept(aiko, room, ["after the wait"], [str(i) for i, (status, _) in enumerate(answers) if status == 429])

    def test_guessing_passwords_is_limited(self):
        server = self.serve(extra_config="[rate_limits]\nenabled = true\n")
        server.register("aiko")
        body = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "aiko"}, "password": "guess"}
        statuses = [server.request("POST", "/_matrix/client/v3/login", body)[0] for _ in range(20)]
        self.assertEqual(set(statuses), {403, 429})
        self.assertLessEqual(statuses.count(403), 12)


if __name__ == "__main__":
    unittest.main()
