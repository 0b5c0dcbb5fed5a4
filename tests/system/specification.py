"""Compares answers of the server with the specification: tests/vectors/specification.json (OpenAPI and event schemas of
the client-server API). What is wrong comes back as sentences; deviations that are meant stand in DEVIATIONS."""
import functools
import json
import pathlib
import re
import urllib.parse

import jsonschema

import error_answers
import formats

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests/vectors/specification.json"
SHOWN = 300  # characters of an answer in a complaint

# Operation → what a complaint may say, and why that is meant.
DEVIATIONS = {
    "GET /_matrix/client/v3/rooms/{roomId}/joined_members": (
        "/display_name: None is not of type 'string'", "matrix-nio insists on the name, null where a profile is empty"),
    "GET /_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}": (
        "is valid under each of", "with ?format=event: the schema wants content or event, and an event is any content, too"),
    "PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}": (
        r"^at \(whole\): 'event_id' is a required property in {\"delay_id\": \"[^\"]+\"}$", "a delayed event has no identifier yet (MSC4140)"),
    "PUT /_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}": (
        r"^at \(whole\): 'event_id' is a required property in {\"delay_id\": \"[^\"]+\"}$", "a delayed event has no identifier yet (MSC4140)"),
    "GET /_matrix/client/v3/room_keys/version": (
        "^at algorithm: .* is not one of ", "what a client named its backup is told as it was; newer ones have other algorithms"),
    "GET /_matrix/client/v3/voip/turnServer": (
        r"required property in \{\}$", "where no relay is configured, clients expect an empty object, as other servers answer"),
}
# Content of these is made or checked by the server, whatever a client sends.
SERVERS_OWN = {
    "m.room.create", "m.room.member", "m.room.power_levels", "m.room.join_rules", "m.room.history_visibility",
    "m.room.guest_access", "m.room.canonical_alias", "m.room.tombstone", "m.receipt", "m.typing", "m.presence", "m.push_rules",
}
LISTS_OF_STATE = {"state", "invite_state", "knock_state", "required_state", "children_state"}
OF_HTTP = {206, 304}  # ranges and caches are HTTP's own
ERROR = {
    "type": "object", "required": ["errcode", "error"],
    "properties": {"errcode": {"type": "string"}, "error": {"type": "string", "minLength": 1}},
}
# A challenge of user-interactive authentication; endpoints that may give one do not all list it.
CHALLENGE = {"$ref": "#/definitions/api.client-server.definitions.auth_response"}
EVENT = {"$ref": "#/definitions/api.client-server.definitions.client_event_without_room_id"}
PREFIXES = ("/_matrix/client/", "/_matrix/media/", "/.well-known/matrix/")
# Client-server API, "Web Browser Clients".
CORS = {"access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers"}
REDIRECTS = {302, 303, 307, 308}


@functools.cache
def load():
    return json.loads(VECTORS.read_text())


@functools.cache
def resolver():
    return jsonschema.RefResolver(base_uri="", referrer={"definitions": load()["definitions"]})


class Operation:
    def __init__(self, described):
        self.method, self.path = described["method"], described["path"].strip()
        self.name = f"{self.method} {self.path}"
        self.described = described
        # A parameter is one segment, its escapes included; the last of a path may be empty (a state key).
        pattern = re.sub(r"\\\{[^}]*\\\}", "([^/]+)", re.escape(self.path.rstrip("/")))
        self.matches = re.compile(re.sub(r"\(\[\^/\]\+\)$", "([^/]*)", pattern) + "/?").fullmatch
        self.literal_segments = sum("{" not in part for part in self.path.split("/"))
        self.parameters = re.findall(r"\{([^}]*)\}", self.path)

    def media(self, status):
        """Content type → schema of answers with this status; KeyError where it is not described."""
        responses = self.described["responses"]
        return responses[str(status)] if str(status) in responses else responses[f"{str(status)[0]}XX"]

    def schema(self, status):
        """The schema of a JSON answer with this status; None where there is none; KeyError where it is not described."""
        return self.media(status).get("application/json")


def either(first, second):
    """Two descriptions of one request, as the specification has of the two ways to invite: answers may be as either says."""
    responses = dict(first["responses"])
    for status, media in second["responses"].items():
        ours = responses.get(status, media)
        responses[status] = {
            kind: schema if ours.get(kind, schema) == schema else {"anyOf": [ours[kind], schema]} for kind, schema in media.items()
        }
    return first | {"responses": responses}


@functools.cache
def operations():
    by_request = {}
    for described in load()["operations"]:
        # The specification tells such pairs apart by a blank at the end.
        request = described["method"], described["path"].strip()
        by_request[request] = either(by_request[request], described) if request in by_request else described
    found = [Operation(described) for described in by_request.values()]
    # The most literal path first: /devices/{id} must not take what is meant for a longer word.
    return sorted(found, key=lambda operation: -operation.literal_segments)


@functools.lru_cache(maxsize=20_000)
def find(method, path):
    # r0 is what v3 was called before.
    path = re.sub(r"^/_matrix/(client|media)/r0/", r"/_matrix/\1/v3/", path)
    return next((o for o in operations() if o.method == method and o.matches(path)), None)


@functools.cache
def validator(schema_text):
    schema = json.loads(schema_text)
    return jsonschema.Draft202012Validator(schema, resolver=resolver(), format_checker=formats.CHECKER)


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


def check_content(kind, content, contents):
    if kind in load()["events"] and (contents or kind in SERVERS_OWN):
        for complaint in violations_of(load()["events"][kind], content):
            yield f"content of {kind} {complaint}"


def check_events(answer, contents):
    for event in events_in(answer):
        unsigned = event.get("unsigned", {})
        # Nothing is left of what a backup leaves out, and of the root of an ignored person's thread: no redaction says so.
        is_emptied = not event["content"] and event["type"] not in SERVERS_OWN
        if "redacted_because" not in unsigned and not is_emptied:
            yield from check_content(event["type"], event["content"], contents)
        # What a redacted event held before is as short.
        if isinstance(unsigned.get("prev_content"), dict) and unsigned["prev_content"]:
            yield from check_content(event["type"], unsigned["prev_content"], contents)


def check_lists_of_state(operation, answer):
    """What stands in a list of state is a state event (client-server API, "State event fields")."""
    for event in state_in(answer, operation.path.endswith("/rooms/{roomId}/state")):
        if isinstance(event, dict) and not isinstance(event.get("state_key"), str):
            yield f"a state event without state_key: {json.dumps(event, ensure_ascii=False)[:SHOWN]}"


def state_in(value, is_state=False):
    """Every event that stands in a list named state, whether the list is the member itself or its `events`."""
    if isinstance(value, list):
        for item in value:
            if is_state:
                yield item
            else:
                yield from state_in(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name != "content":
                yield from state_in(item, name in LISTS_OF_STATE or (is_state and name == "events"))


def check_state(operation, target, answer, contents):
    """One piece of state: its type stands in the path. Empty: it may be of a redacted event."""
    split = urllib.parse.urlsplit(target)
    is_content = operation.method == "GET" and operation.path.endswith("/state/{eventType}/{stateKey}")
    if is_content and "format=event" not in split.query and answer:
        values = operation.matches(re.sub(r"^/_matrix/client/r0/", "/_matrix/client/v3/", split.path)).groups()
        kind = urllib.parse.unquote(values[operation.parameters.index("eventType")])
        yield from check_content(kind, answer, contents)


def check(method, target, status, headers, body, contents=True, cors=True):
    """Sentences on what is wrong with one answer; empty when nothing is. `headers`: names in lower case. `body`: None where only
    the head is known. `contents`: events of every type of the specification are looked into; else, where people write nonsense
    into theirs as they may, those of the server's own. `cors`: not where the answer has not been through the HTTP server, which
    adds those headers."""
    path = urllib.parse.urlsplit(target).path
    if not path.startswith(PREFIXES) or method == "HEAD":
        return []
    operation = find(method, path)
    complaints = []
    if cors and (headers.get("access-control-allow-origin") != "*" or not CORS <= set(headers)):
        complaints.append("no Access-Control-Allow-Origin: * with methods and headers")
    if method != "OPTIONS":
        complaints += check_head(operation, status, headers)
        complaints += check_body(operation, target, status, headers, body, contents)
    name = operation.name if operation else f"{method} {path}"
    if name in DEVIATIONS:
        complaints = [complaint for complaint in complaints if not re.search(DEVIATIONS[name][0], complaint)]
    return [f"{name} → {status}: {complaint}" for complaint in complaints]


def check_head(operation, status, headers):
    if status in REDIRECTS and not headers.get("location"):
        yield "a redirection without Location"
    if operation is None or status >= 400:
        return
    for name in operation.described["headers"].get(str(status), []):
        if not headers.get(name.lower()):
            yield f"no {name}"
    if status == 200 and "Content-Disposition" in operation.described["headers"].get("200", []):
        # "Content repository": a MUST of the endpoints, and two SHOULDs of the module.
        if headers.get("content-disposition", "").split(";")[0] not in ("inline", "attachment"):
            yield f"Content-Disposition: {headers.get('content-disposition')}"
        if "sandbox" not in headers.get("content-security-policy", ""):
            yield "no Content-Security-Policy"
        if headers.get("cross-origin-resource-policy") != "cross-origin":
            yield "no Cross-Origin-Resource-Policy"


def kind_of(headers):
    return headers.get("content-type", "").split(";")[0].strip().lower()


def check_body(operation, target, status, headers, body, contents):
    if status >= 400:
        yield from check_error(operation, status, headers, body)
        return
    if operation is None:
        yield from check_unknown(status, headers, body, contents)
        return
    try:
        media = operation.media(status)
    except KeyError:
        if status not in OF_HTTP:
            yield "a status that is not described"
        return
    if "application/json" not in media:
        # application/octet-stream stands for whatever was uploaded.
        if media and "application/octet-stream" not in media and kind_of(headers) not in media:
            yield f"a content type that is not described ({headers.get('content-type')})"
        return
    answer, complaint = parse(headers, body)
    if complaint:
        yield complaint
        return
    for complaint in violations_of(media["application/json"], answer):
        yield f"{complaint} in {json.dumps(answer, ensure_ascii=False)[:SHOWN]}"
    if status == 200:
        yield from check_events(answer, contents)
        yield from check_lists_of_state(operation, answer)
        yield from check_state(operation, target, answer, contents)


def check_unknown(status, headers, body, contents):
    """Of what the specification does not describe yet, such as sliding sync: that it is JSON, and its events."""
    if status != 200 or kind_of(headers) != "application/json":
        return
    answer, complaint = parse(headers, body)
    if complaint:
        yield complaint
        return
    for event in events_in(answer):
        if "event_id" in event and "delay_id" not in event:  # lists of delayed events have their own form (MSC4140)
            yield from violations_of(EVENT, event)
    yield from check_events(answer, contents)


def parse(headers, body):
    """The JSON of an answer, or what is wrong with it."""
    if kind_of(headers) != "application/json":
        return None, f"not JSON ({headers.get('content-type')})"
    try:
        return json.loads(body), None
    except ValueError:
        return None, f"not JSON: {body[:SHOWN]!r}"


def check_error(operation, status, headers, body):
    """"Any errors which occur at the Matrix API level MUST return a standard error response." """
    answer, complaint = parse(headers, body)
    if complaint:
        yield "an error that is " + complaint
        return
    responses = operation.described["responses"] if operation else None
    described = (responses or {}).get(str(status), {}).get("application/json")
    # User-interactive authentication describes its stages, and has a code and a sentence only when one failed.
    is_challenge = status == 401 and isinstance(answer, dict) and "flows" in answer
    found = list(violations_of(CHALLENGE if is_challenge else ERROR, answer))
    if is_challenge and "errcode" in answer:
        found += violations_of(ERROR, answer)
    if described is not None and not is_challenge and CHALLENGE != described:
        found += violations_of(described, answer)
    yield from dict.fromkeys(found)
    if not found and "errcode" in answer:
        yield from error_answers.complaints(status, responses, headers, answer, load()["error_codes"])
