"""Starts the real server for a test: a directory of its own, a free port, a small password cost."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

from checking_proxy import CheckingProxy

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("KURAMORI_BINARY", ROOT / "build/release/bin/kuramori"))
SERVER_NAME = "test.kuramori.local"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One data directory and, while started, one process on it. `checked`: clients reach it through a proxy that holds every
    answer against the specification, and close() fails when one was wrong. What no proxy passes on as it came, such as half a
    request, goes to `own_port` past it."""

    def __init__(self, extra_config="", registration=True, listener="", checked=True):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="kuramori-system-"))
        self.data = self.directory / "data"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = self.directory / "kuramori.toml"
        self.log = self.directory / "server.log"
        self.process = None
        self.own_port = free_port() if checked else self.port
        self.proxy = CheckingProxy(self.port, self.own_port) if checked else None
        self.config.write_text(
            f'[server]\nname = "{SERVER_NAME}"\ndata_dir = "{self.data}"\npublic_base_url = "{self.url}"\n'
            f"[listener]\nport = {self.own_port}\n{listener}"
            f"[registration]\nenabled = {str(registration).lower()}\n"
            "[passwords]\nmemory_kib = 64\npasses = 1\nminimum_length = 4\n"
            '[log]\nlevel = "info"\n'
            f"{extra_config if '[rate_limits]' in extra_config else '[rate_limits]' + chr(10) + 'enabled = false' + chr(10) + extra_config}"
        )

    def start(self, wait=True, preexec=None):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [BINARY, "serve", "--config", self.config], stdout=log, stderr=subprocess.STDOUT, preexec_fn=preexec
            )
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.log.read_text()}")
            try:
                if self.request("GET", "/readyz")[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.05)
        raise AssertionError("the server was not ready in time:\n" + self.log.read_text())

    def stop(self):
        """A graceful stop; its exit code."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        self.process = None
        return code

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
        if self.proxy is not None:
            self.proxy.close()
            if report := self.proxy.report():
                raise AssertionError(f"answers that are not as specified, of {self.proxy.checked}:\n{report}")

    def command(self, *arguments, check=None, input_text=None):
        """Runs `kuramori ARGUMENTS`; (exit code, output, errors)."""
        done = subprocess.run(
            [BINARY, *arguments, "--config", self.config], capture_output=True, text=True, input=input_text, timeout=300
        )
        if check is not None and done.returncode != check:
            raise AssertionError(f"{arguments} ended with {done.returncode}, not {check}:\n{done.stdout}{done.stderr}")
        return done.returncode, done.stdout, done.stderr

    def request(self, method, path, body=None, token=None, timeout=60, raw=None, headers=None):
        """(status, JSON or text)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        all_headers = dict(headers or {})
        if token:
            all_headers["Authorization"] = f"Bearer {token}"
        data = raw
        if body is not None:
            data = json.dumps(body)
            all_headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, data, all_headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        try:
            return response.status, json.loads(text)
        except ValueError:
            return response.status, text

    def api(self, method, path, body=None, token=None, expect=200, **query):
        """A client-server API call that must answer `expect`; the JSON."""
        target = "/_matrix/client/v3" + path
        if query:
            target += "?" + urllib.parse.urlencode(query)
        status, answer = self.request(method, target, body, token)
        if status != expect:
            raise AssertionError(f"{method} {path}: {status} instead of {expect}: {answer}")
        return answer

    def register(self, name, password="correct horse"):
        answer = self.api(
            "POST", "/register", {"username": name, "password": password, "auth": {"type": "m.login.dummy"}}
        )
        return Person(self, answer["user_id"], answer["access_token"], answer["device_id"])

    def login(self, name, password="correct horse"):
        answer = self.api(
            "POST",
            "/login",
            {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": name}, "password": password},
        )
        return Person(self, answer["user_id"], answer["access_token"], answer["device_id"])


class Person:
    def __init__(self, server, user, token, device):
        self.server, self.user, self.token, self.device = server, user, token, device
        self.transactions = 0

    def api(self, method, path, body=None, expect=200, **query):
        return self.server.api(method, path, body, self.token, expect, **query)

    def create_room(self, **options):
        return self.api("POST", "/createRoom", options)["room_id"]

    def send(self, room, text, transaction=None, expect=200):
        self.transactions += 1
        transaction = transaction or f"{self.device}-{self.transactions}-{time.monotonic_ns()}"
        answer = self.api(
            "PUT", f"/rooms/{quote(room)}/send/m.room.message/{transaction}", {"msgtype": "m.text", "body": text}, expect
        )
        return answer.get("event_id", answer)

    def react(self, room, event, key="👍"):
        content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": key}}
        self.api("PUT", f"/rooms/{quote(room)}/send/m.reaction/r{time.monotonic_ns()}", content)

    def sync(self, since=None, timeout=0, **query):
        if since is not None:
            query["since"] = since
        return self.api("GET", "/sync", timeout=timeout, **query)

    def history(self, room):
        """Every message event of the room that the person may see, oldest first, by paging."""
        events, token = [], None
        while True:
            query = {"dir": "b", "limit": 100}
            if token:
                query["from"] = token
            page = self.api("GET", f"/rooms/{quote(room)}/messages", **query)
            events += page["chunk"]
            token = page.get("end")
            if not token:
                return [e for e in reversed(events) if e["type"] == "m.room.message"]


def quote(text):
    return urllib.parse.quote(text, safe="")
