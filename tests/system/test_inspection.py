"""Files are read, scanned and judged before anybody gets them: on the real binary, with its sandboxed programs and a real clamd."""
import gzip
import hashlib
import io
import json
import pathlib
import shutil
import struct
import subprocess
import tempfile
import time
import unittest
import zipfile
import zlib

from kuramori import ROOT, Server

# In two parts, so that no scanner takes this file for it.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
PICTURES = ROOT / "src/sandbox/recognition/tests/pictures"
POLICY = {
    "format": 1,
    "name": "Files",
    "dictionaries": [{"id": "marks", "terms": ["機密", "机密", "社外秘", "strictly confidential"]}],
    "rules": [
        {"id": "identity", "operations": ["file.inspect"], "when": {"finding": {"detector": "hk_identity_card"}}, "effect": "hold"},
        {"id": "marked", "operations": ["file.inspect"], "when": {"keyword": {"dictionary": "marks"}}, "effect": "refuse"},
    ],
}


class Scanner:
    """clamd with one signature of our own: the one test file of all scanners."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="kuramori-clamd-"))
        database = self.directory / "database"
        database.mkdir()
        (database / "test.hdb").write_text(f"{hashlib.md5(EICAR).hexdigest()}:{len(EICAR)}:Test.Eicar\n")
        self.socket = self.directory / "clamd.ctl"
        (self.directory / "clamd.conf").write_text(
            f"DatabaseDirectory {database}\nLocalSocket {self.socket}\nForeground yes\nLogFile {self.directory}/log\n"
            "MaxThreads 2\nSelfCheck 0\n"
        )
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["/usr/sbin/clamd", "--config-file", self.directory / "clamd.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while not self.socket.exists():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError("clamd does not start: " + (self.directory / "log").read_text())
            time.sleep(0.1)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)
        self.socket.unlink(missing_ok=True)

    def close(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


def zipped(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx(text):
    return zipped(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "word/document.xml": '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
            f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>",
        }
    )


def encrypted_zip(name, content):
    """Stored, with the traditional encryption's flag and a header of random octets: what nobody without the password reads."""
    data = bytes(range(12)) + bytes(b ^ 0x5A for b in content)
    head = struct.pack("<HHHHHIIIHH", 20, 1, 0, 0, 33, zlib.crc32(content), len(data), len(content), len(name), 0)
    local = b"PK\x03\x04" + head + name + data
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    return local + entry + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(local), 0)


class Inspection(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scanner = Scanner()
        cls.addClassCleanup(cls.scanner.close)
        policy = cls.scanner.directory / "policy.json"
        policy.write_text(json.dumps(POLICY))
        cls.server = Server(f'[policy]\nfile = "{policy}"\n[inspection]\nenabled = true\nclamd = "unix:{cls.scanner.socket}"\n').start()
        cls.addClassCleanup(cls.server.close)
        cls.aiko = cls.server.register("aiko")
        cls.bao = cls.server.register("bao")

    def upload(self, content, name="file", kind="application/octet-stream"):
        status, answer = self.server.request(
            "POST", f"/_matrix/media/v3/upload?filename={name}", token=self.aiko.token, raw=content, headers={"Content-Type": kind}
        )
        self.assertEqual(status, 200, answer)
        return answer["content_uri"]

    def files(self, state):
        _, out, _ = self.server.command("files", "list", "--state", state, "--json", check=0)
        return {file["uri"]: file for file in json.loads(out)["files"]}

    def verdict(self, uri, seconds=120):
        """What became of the file, once it was examined: (state, reason, rule)."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for state in ("released", "held", "removed"):
                if file := self.files(state).get(uri):
                    return state, file["reason"], file["rule"]
            time.sleep(0.2)
        self.fail("the file is not examined:\n" + self.server.log.read_text()[-3000:])

    def download(self, uri, timeout_ms=0):
        path = "/_matrix/client/v1/media/download/" + uri[len("mxc://") :]
        return self.server.request("GET", f"{path}?timeout_ms={timeout_ms}", token=self.bao.token)

    def test_each_kind_of_file_meets_its_verdict(self):
        virus = zipped({"deep/in.zip": zipped({"in.gz": gzip.compress(EICAR)})})
        bomb = zipped({"zeros": bytes(60 << 20)})
        chinese = "这是一份普通的会议记录，大家都可以看。下次会议在星期三下午举行。"
        cases = {
            "an ordinary letter": (docx("See you on Tuesday"), ("released", "clean", "")),
            "a letter with an identity card": (docx("HKID A123456(3)"), ("held", "policy", "identity")),
            "a scan that is marked": ((PICTURES / "traditional.png").read_bytes(), ("removed", "policy", "marked")),
            "an encrypted archive": (encrypted_zip(b"plan.txt", b"nobody reads this"), ("held", "encrypted", "")),
            "a bomb": (bomb, ("held", "unreadable", "")),
            "a virus in archives": (virus, ("removed", "malware", "")),
            "a text in GB18030": (chinese.encode("gb18030"), ("released", "clean", "")),
            "a marked text in GB18030": (("机密文件，" + chinese).encode("gb18030"), ("removed", "policy", "marked")),
            "a marked text in Shift_JIS": ("この文書は社外秘です。持ち出してはいけません。".encode("shift_jis"), ("removed", "policy", "marked")),
            "a marked text in Big5": ("本文件為機密資料，未經許可不得外傳。".encode("big5"), ("removed", "policy", "marked")),
            "a marked text in UTF-16": ("本文件为机密资料。".encode("utf-16"), ("removed", "policy", "marked")),
        }
        uris = {what: self.upload(content, "holiday.jpg", "image/jpeg") for what, (content, _) in cases.items()}
        for what, (content, expected) in cases.items():
            with self.subTest(what):
                self.assertEqual(self.verdict(uris[what]), expected)
                if expected[0] != "released":
                    status, answer = self.download(uris[what])
                    refusal = (504, "M_NOT_YET_UPLOADED") if expected[0] == "held" else (404, "M_NOT_FOUND")
                    self.assertEqual((status, answer["errcode"]), refusal)

    def test_an_ordinary_file_comes_back_as_it_went(self):
        uri = self.upload(b"an ordinary text", "notes.txt", "text/plain")
        self.assertEqual(self.download(uri, 30_000), (200, "an ordinary text"))

    def test_an_administrator_decides_about_held_files(self):
        released = self.upload(docx("first HKID A123456(3)"))
        removed = self.upload(docx("second HKID A123456(3)"))
        for uri in (released, removed):
            self.assertEqual(self.verdict(uri)[0], "held")
        self.server.command("files", "release", released, "--reason", "asked the sender", check=0)
        self.server.command("files", "remove", removed, "--reason", "not needed", check=0)
        self.assertEqual(self.verdict(released), ("released", "asked the sender", "identity"))
        self.assertEqual(self.verdict(removed)[0], "removed")
        self.assertEqual(self.server.request("HEAD", "/_matrix/client/v1/media/download/" + released[6:], token=self.bao.token)[0], 200)
        self.assertEqual(self.download(removed)[0], 404)
        self.server.command("files", "rescan", "--state", "released", check=0)
        deadline = time.monotonic() + 120
        while self.files("held").get(released) is None and time.monotonic() < deadline:
            time.sleep(0.5)
        self.assertEqual(self.verdict(released), ("held", "policy", "identity"))

    def test_without_its_scanner_nothing_is_given_out(self):
        self.scanner.stop()
        try:
            uri = self.upload(b"a text while the scanner is down", "notes.txt", "text/plain")
            time.sleep(3)
            status, answer = self.download(uri)
            self.assertEqual((status, answer["errcode"]), (504, "M_NOT_YET_UPLOADED"))
            self.assertNotIn(uri, self.files("released"))
        finally:
            self.scanner.start()
        # An upload wakes the inspection, which then examines what waits.
        self.upload(b"another text", "more.txt", "text/plain")
        self.assertEqual(self.verdict(uri), ("released", "clean", ""))

    def test_the_doctor_knows_the_scanner_and_the_programs(self):
        _, out, _ = self.server.command("doctor", "--json")
        found = {row["subject"]: row["health"] for row in json.loads(out)["findings"]}
        for subject in ("file inspection", "text recognition", "malware scanner"):
            self.assertEqual(found[subject], "ok", out)


if __name__ == "__main__":
    unittest.main()
