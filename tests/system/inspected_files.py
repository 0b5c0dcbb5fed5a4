"""Files that are inspected before anybody gets them, as people meet them: who uploads, who downloads or looks, who decides.
What the tests of held files, of viewing and of the drills share."""
import contextlib
import http.client
import json
import struct
import time
import zlib

from kuramori import Server, quote

PNG = b"\x89PNG\r\n\x1a\n"


def grey_png(side):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes([180]) * side for _ in range(side))
    return PNG + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def inspecting_server(policy=None, inspection=""):
    """A server, not started yet, that inspects every file, under `policy` or the default one."""
    server = Server(f"[inspection]\nenabled = true\n{inspection}")
    if policy is not None:
        path = server.directory / "policy.json"
        path.write_text(json.dumps(policy))
        with server.config.open("a") as config:
            config.write(f'[policy]\nfile = "{path}"\n')
    return server


class InspectedFiles:
    """For a test case with `server`, and the people `aiko`, who uploads, and `boss`, who decides."""

    def wait_for(self, found, seconds=120):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if result := found():
                return result
            time.sleep(0.2)
        raise AssertionError("it does not come: " + self.server.log.read_text()[-4000:])

    def upload(self, content, name="report.docx", kind="application/octet-stream"):
        status, answer = self.server.request(
            "POST", f"/_matrix/media/v3/upload?filename={quote(name)}", token=self.aiko.token, raw=content, headers={"Content-Type": kind}
        )
        self.assertEqual(status, 200, answer)
        return answer["content_uri"]

    def get(self, path, person=None, method="GET", language="en"):
        """(status, headers, octets)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=120)
        headers = {"Accept-Language": language}
        if person:
            headers["Authorization"] = f"Bearer {person.token}"
        connection.request(method, path, headers=headers)
        with contextlib.closing(connection):
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()

    def download(self, uri, person, timeout_ms=0):
        return self.get(f"/_matrix/client/v1/media/download/{uri[6:]}?timeout_ms={timeout_ms}", person)[0]

    def view(self, uri, person, rest=""):
        status, _, body = self.get(f"/_kuramori/v1/media/{uri[6:]}/view{rest}", person)
        return status, body

    def request_for(self, uri):
        """The open request for the file, as whoever decides sees it."""
        def find():
            listed = self.server.request("GET", "/_kuramori/v1/approvals", token=self.boss.token)[1]["approvals"]
            return next((entry for entry in listed if entry.get("file", {}).get("uri") == uri), None)
        return self.wait_for(find)

    def told(self, person, request):
        """What the person was told about the request: (room, event, text)."""
        texts = []
        for room in person.api("GET", "/joined_rooms")["joined_rooms"]:
            for event in person.history(room):
                if event["content"].get("org.kuramori.approval", {}).get("request") == request:
                    texts.append((room, event["event_id"], event["content"]["body"]))
        return texts

    def decide(self, request, decision, reason="as agreed"):
        return self.server.request("POST", f"/_kuramori/v1/approvals/{request}/decision", {"decision": decision, "reason": reason}, self.boss.token)

    def state(self, request):
        return self.server.request("GET", f"/_kuramori/v1/requests/{request}", token=self.aiko.token)[1]["state"]

    def listed(self, state):
        """The files of that state, as an administrator sees them, by address."""
        _, out, _ = self.server.command("files", "list", "--state", state, "--json", check=0)
        return {file["uri"]: file for file in json.loads(out)["files"]}
