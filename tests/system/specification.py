"""Compares answers of the server with the specification: tests/vectors/specification.json (OpenAPI and event schemas of
the client-server API). What is wrong comes back as sentences; deviations that are meant stand in DEVIATIONS."""
import functools
import json
import pathlib
import re
import urllib.parse

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests/vectors/specification.json"
SHOWN = 300  # characters of an answer in a complaint

# Operation → what a complaint may say, and why that is meant.
DEVIATIONS = {
    "GET /_matrix/client/v3/events": (".", "an old form of sync, which the specification itself calls deprecated"),
    "GET /_matrix/client/v3/rooms/{roomId}/joined_members": (
        "/display_name: None is not of type 'string'", "matrix-nio insists on the name, null where a profile is empty"),
    "GET /_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}": (
        "is valid under each of", "with ?format=event: the schema wants content or event, and an event is any content, too"),
    "GET /_matrix/client/v3/room_keys/version": (
        "^at algorithm: .* is not one of ", "what a client named its backup is told as it was; newer ones have other algorithms"),
    "GET /_matrix/client/v3/voip/turnServer": (
        r"required property in \{\}$", "where no relay is configured, clients expect an empty object, as other servers answer"),
}
# Content of these is made or checked by the server; of others it is whatever a client sent.
SERVERS_OWN = {
    "m.room.create", "m.room.member", "m.room.power_levels", "m.room.join_rules", "m.room.history_visibility",
    "m.room.guest_access", "m.room.canonical_alias", "m.room.tombstone", "m.receipt", "m.typing", "m.presence", "m.push_rules",
}
OF_HTTP = {206, 304}  # ranges and caches are HTTP's own
ERROR = {
    "type": "object", "required": ["errcode", "error"],
    "properties": {"errcode": {"type": "string", "pattern": "^(M_|KURAMORI_|ORG_|IO_)"}, "error": {"type": "string", "minLength": 1}},
}


@functools.cache
def load():
    return json.loads(VECTORS.read_text())


@functools.cache
def resolver():
    return jsonschema.RefResolver(base_uri="", referrer={"definitions": load()["definitions"]})


class Operation:
    def __init__(self, described):
        self.method, self.path = described["method"], described["path"]
        self.name = f"{self.method} {self.path}"
        self.described = described
        # A parameter is one segment, its escapes included; the last of a path may be empty (a state key).
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(self.path.rstrip("/")))
        self.matches = re.compile(re.sub(r"\[\^/\]\+$", "[^/]*", pattern) + "/?").fullmatch
        self.literal_segments = sum("{" not in part for part in self.path.split("/"))

    def schema(self, status):
        """The schema of a JSON answer with this status; None where there is none; KeyError where it is not described."""
        responses = self.described["responses"]
        media = responses[str(status)] if str(status) in responses else responses[f"{str(status)[0]}XX"]
        return media.get("application/json")


@functools.cache
def operations():
    found = [Operation(described) for described in load()["operations"]]
    # The most literal path first: /devices/{id} must not take what is meant for a longer word.
    return sorted(found, key=lambda operation: -operation.literal_segments)


@functools.lru_cache(maxsize=20_000)
def find(method, path):
    return next((o for o in operations() if o.method == method and o.matches(path)), None)


@functools.cache
def validator(schema_text):
    schema = json.loads(schema_text)
    return jsonschema.Draft202012Validator(schema, resolver=resolver())


def violations_of(schema, value, most=3):
    for number, error in enumerate(validator(json.dumps(schema)).iter_errors(value)):
        if number == most:
            return
        where = "/".join(map(str, error.absolute_path)) or "(whole)"
        # What is wrong with a long value stands at the end.
        message = error.message if len(error.message) <= SHOWN else f"{error.message[:SHOWN // 2]} … {error.message[-SHOWN // 2:]}"
        yield f"at {where}: {message}"


def events_in(value):
    """Every event in an answer, wherever it stands. What people wrote (`content`) is not looked into."""
    if isinstance(value, list):
        for item in value:
            yield from events_in(item)
    elif isinstance(value, dict):
        if isinstance(value.get("type"), str) and isinstance(value.get("content"), dict) and "event" not in value:
            yield value
        for name, item in value.items():
            if name != "content":
                yield from events_in(item)


def check_events(answer):
    schemas = load()["events"]
    for event in events_in(answer):
        kind = event["type"]
        redacted = "redacted_because" in event.get("unsigned", {})
        if kind in SERVERS_OWN and kind in schemas and not redacted:
            for complaint in violations_of(schemas[kind], event["content"]):
                yield f"content of {kind} {complaint}"


def check(method, target, status, headers, body, contents=True):
    """Sentences on what is wrong with one answer; empty when nothing is. `headers`: names in lower case. `contents`: events of
    the server's own types are looked into; not where people write nonsense into them, as they may."""
    path = urllib.parse.urlsplit(target).path
    if not path.startswith("/_matrix/client/") or method in ("OPTIONS", "HEAD"):
        return []
    operation = find(method, path)
    complaints = [] if headers.get("access-control-allow-origin") == "*" else ["no Access-Control-Allow-Origin"]
    if operation is not None:
        complaints += check_known(operation, status, headers, body, contents)
    name = operation.name if operation else f"{method} {path}"
    if name in DEVIATIONS:
        complaints = [complaint for complaint in complaints if not re.search(DEVIATIONS[name][0], complaint)]
    return [f"{name} → {status}: {complaint}" for complaint in complaints]


def check_known(operation, status, headers, body, contents):
    is_json = headers.get("content-type", "").split(";")[0] == "application/json"
    answer = None
    if is_json:
        try:
            answer = json.loads(body)
        except ValueError:
            yield f"not JSON: {body[:SHOWN]!r}"
            return
    if status >= 400:
        if not is_json:
            yield f"an error that is not JSON ({headers.get('content-type')})"
            return
        # User-interactive authentication describes its stages instead of an error (unless one stage failed).
        if not (status == 401 and isinstance(answer, dict) and "flows" in answer):
            yield from violations_of(ERROR, answer)
            return
    try:
        schema = operation.schema(status)
    except KeyError:
        if status < 400 and status not in OF_HTTP:
            yield "a status that is not described"
        return
    if schema is None:
        return
    if not is_json:
        yield f"not JSON ({headers.get('content-type')})"
        return
    for complaint in violations_of(schema, answer):
        yield f"{complaint} in {json.dumps(answer, ensure_ascii=False)[:SHOWN]}"
    if status == 200 and contents:
        yield from check_events(answer)
