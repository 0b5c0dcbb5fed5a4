"""Tools of the tests with bad input: odd values, requests as bytes, and what every refusal must look like."""
import copy
import http.client
import json
import socket

import specification
from kuramori import Server, quote

PREFIX = "/_matrix/client/v3"
ROOM = "!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"  # of the form of one, and none
EVENT = "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


class Verbatim(int):
    """A number that json.dumps writes as it stands here, whatever it is."""

    def __new__(cls, text):
        number = super().__new__(cls, 0)
        number.text = text
        return number

    def __repr__(self):
        return self.text


HUGE_NUMBERS = [Verbatim(t) for t in ("1e400", "-1e400", "9007199254740992", "18446744073709551616", "1.5", "1E999999999")]


def encode(value):
    """JSON text; unlike json.dumps it writes a Verbatim as its text."""
    if isinstance(value, Verbatim):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{encode(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(encode, value)) + "]"
    return json.dumps(value)


def kind(value):
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


SAMPLES = ["text", "", "\x00", True, 7, -1, [], [1], {}, {"a": 1}]


def places(value, path=()):
    """The paths of everything inside a JSON value, but not of the value itself."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield path + (key,)
        yield from places(child, path + (key,))


def replaced(value, path, by):
    changed = copy.deepcopy(value)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = by
    return changed


def at(value, path):
    for key in path:
        value = value[key]
    return value


def wrong_types(body):
    """(description, body) with one value of another JSON type, for every place."""
    for path in places(body):
        for sample in SAMPLES:
            if kind(sample) != kind(at(body, path)):
                yield f"{'.'.join(map(str, path))} = {sample!r}", replaced(body, path, sample)


def odd_values(body):
    """(description, body) with one value of the right JSON type and a strange size or form."""
    for path in places(body):
        was = at(body, path)
        odd = {"str": ["", "\x00", "\ud800", "x" * 70_000, "\U0001f4a3" * 300], "number": HUGE_NUMBERS + [-(2**63)]}
        for sample in odd.get(kind(was), []) + [None]:
            name = sample.text if isinstance(sample, Verbatim) else repr(sample)[:20]
            yield f"{'.'.join(map(str, path))} = {name}", replaced(body, path, sample)


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text
        try:
            self.json = json.loads(text)
        except ValueError:
            self.json = None

    @property
    def errcode(self):
        return self.json.get("errcode") if isinstance(self.json, dict) else None

    def __str__(self):
        return f"{self.status} {self.text[:300]!r}"


class Hostile:
    """Mixed into a TestCase: one server for the class; it must still serve after every test, and its record verify."""

    LISTENER = ""  # lines for the [listener] table

    @classmethod
    def setUpClass(cls):
        # Without the proxy, which would not pass on bytes that are no HTTP; ask() checks for itself.
        cls.server = Server(listener=cls.LISTENER, checked=False).start()
        cls.connection = None
        cls.prepare()

    @classmethod
    def prepare(cls):
        cls.aiko = cls.server.register("aiko")
        cls.wing = cls.server.register("wing")
        cls.room = cls.aiko.create_room(preset="private_chat", name="Ours")

    @classmethod
    def tearDownClass(cls):
        try:
            cls.server.command("audit", "verify", check=0)
            assert cls.server.stop() == 0, cls.server.log.read_text()
            cls.server.command("audit", "verify", check=0)
        finally:
            cls.server.close()

    def tearDown(self):
        self.assertIsNone(self.server.process.poll(), self.server.log.read_text()[-3000:])
        self.assertEqual(self.server.request("GET", "/readyz")[0], 200)
        self.aiko.send(self.room, f"after {self.id()}")

    def ask(self, method, path, body=None, token=None, headers=None):
        """One request over a connection that stays open; `body` is text, bytes or something for encode."""
        if body is not None and not isinstance(body, (str, bytes)):
            body = encode(body)
        if isinstance(body, str):
            body = body.encode()
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        target = path if path.startswith("/_") or path.startswith("/.") else PREFIX + path
        for attempt in (1, 2):
            if self.connection is None:
                type(self).connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
            try:
                self.connection.request(method, target, body, headers)
                response = self.connection.getresponse()
                answer = Answer(response.status, response.headers, response.read().decode())
                if response.will_close:
                    self.disconnect()
                self.check(method, target, answer)
                return answer
            except (ConnectionError, http.client.HTTPException):  # it may have been closed while it was idle
                self.disconnect()
                if attempt == 2:
                    raise

    def check(self, method, target, answer):
        """Whatever was asked, the answer is as specified."""
        headers = {name.lower(): value for name, value in answer.headers.items()}
        found = specification.check(method, target, answer.status, headers, answer.text.encode(), contents=False)
        self.assertEqual(found, [])

    @classmethod
    def disconnect(cls):
        if cls.connection is not None:
            cls.connection.close()
        cls.connection = None

    def assert_refusal(self, answer, what="", status=None, errcode=None):
        self.assertTrue(400 <= answer.status < 500, f"{what}: {answer}")
        self.assertIsInstance(answer.json, dict, f"{what}: {answer}")
        if answer.status != 401 or "flows" not in answer.json:
            self.assertRegex(answer.json.get("errcode") or "", r"^(M_[A-Z0-9_]+|org\.kuramori\.[a-z_]+)$", f"{what}: {answer}")
            self.assertTrue(answer.json.get("error"), f"{what}: {answer}")
        if status is not None:
            self.assertEqual(answer.status, status, f"{what}: {answer}")
        if errcode is not None:
            self.assertEqual(answer.errcode, errcode, f"{what}: {answer}")

    def assert_answered(self, answer, what=""):
        """Done or refused, but never a failure of the server's."""
        self.assertLess(answer.status, 500, f"{what}: {answer}")
        self.assertIsNotNone(answer.json, f"{what}: {answer}")
        if answer.status >= 400:
            self.assert_refusal(answer, what)

    def wire(self, data, answers=1, timeout=30):
        """Sends bytes as they are; the answers, fewer when the server closes the connection before."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=timeout) as connection:
            try:
                connection.sendall(data)
            except ConnectionError:
                pass  # refused while we were still sending
            return list(read_answers(connection, answers))

    def path_in_room(self, rest):
        return f"/rooms/{quote(self.room)}{rest}"


def read_answers(connection, count):
    stream = connection.makefile("rb")
    for _ in range(count):
        status = stream.readline().decode("latin-1")
        if not status:
            return
        headers = http.client.parse_headers(stream)
        body = stream.read(int(headers.get("Content-Length", 0)))
        yield Answer(int(status.split()[1]), headers, body.decode())
