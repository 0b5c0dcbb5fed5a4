"""What the specification says of error answers beside their JSON schema (client-server API, "Standard error response"):
which codes there are, the HTTP status that goes with some of them, and what else their bodies hold."""
import re

# Codes that the client-server API does not name, and where they come from.
OTHER_CODES = {
    "M_CONSENT_NOT_GIVEN": "the terms of a server, as clients know it from other servers; it was in releases up to r0.6",
    "M_UNABLE_TO_AUTHORISE_JOIN": "server-server API, why nobody is let into a restricted room",
    "M_UNABLE_TO_GRANT_JOIN": "as above",
    "M_UNKNOWN_POS": "MSC4186, simplified sliding sync",
}
# "First the namespace in all caps": the specification's, the product's own, or that of a proposal.
CODE = re.compile(r"M_[A-Z_]+|ORG_KURAMORI_[A-Z_]+|ORG\.MATRIX\.MSC[0-9]+_[A-Z_]+")

# Statuses that any endpoint may answer: "Common error codes", "Rate limiting", "Legacy API" (401), and of HTTP itself
# (RFC 9110) what a server says when it fails (500) or is overloaded (503). Others only where they are described.
ANYWHERE = {400, 401, 403, 404, 405, 413, 429, 500, 503}
# RFC 9110 15.5.17 (a range that is not there); 15.5.15 and RFC 6585 (addresses and headers that are too long).
OF_HTTP = {414, 416, 431}

# Code → the statuses that the specification puts it with, in its text or in the examples of its endpoints. Of the others a
# client reads the code alone.
STATUSES = {
    "M_UNRECOGNIZED": {404, 405},           # "Common error codes"
    "M_MISSING_TOKEN": {401},               # "Using access tokens"
    "M_UNKNOWN_TOKEN": {401},
    "M_FORBIDDEN": {401, 403},              # 401 beside the stages of user-interactive authentication
    "M_NOT_FOUND": {404},
    "M_BAD_JSON": {400, 405},               # 405: account data of the server's own
    "M_NOT_JSON": {400},
    "M_MISSING_PARAM": {400},
    "M_INVALID_PARAM": {400},
    "M_INVALID_SIGNATURE": {400},
    "M_BAD_ALIAS": {400},
    "M_USER_IN_USE": {400},
    "M_THREEPID_IN_USE": {400},
    "M_UNSUPPORTED_ROOM_VERSION": {400},
    "M_APPSERVICE_LOGIN_UNSUPPORTED": {400},
    "M_LIMIT_EXCEEDED": {429},              # "Rate limiting"
    "M_USER_LOCKED": {401},                 # "Account locking"
    "M_USER_SUSPENDED": {403},              # "Account suspension"
    "M_WRONG_ROOM_KEYS_VERSION": {403},     # "Server-side key backups"
    "M_CANNOT_OVERWRITE_MEDIA": {409},      # "Content repository"
    "M_NOT_YET_UPLOADED": {504},
    "M_TOO_LARGE": {413, 502},              # 502: media of other servers
}
# Code → what its body must hold beside the code and the sentence.
MEMBERS = {
    "M_RESOURCE_LIMIT_EXCEEDED": ("admin_contact", str),
    "M_USER_LIMIT_EXCEEDED": ("info_uri", str),
    "M_INCOMPATIBLE_ROOM_VERSION": ("room_version", str),
    "M_WRONG_ROOM_KEYS_VERSION": ("current_version", str),
    "M_USER_LOCKED": ("soft_logout", bool),
    "M_CONSENT_NOT_GIVEN": ("consent_uri", str),
}


def complaints(status, described, headers, answer, codes):
    """`described`: the statuses of the operation, nothing when it is not known; `codes`: those of the specification. The answer
    is an object with a code and a sentence, which its schema saw to."""
    if described is not None and status not in ANYWHERE | OF_HTTP and str(status) not in described:
        yield "a status that is not described"
    code = answer["errcode"]
    if not CODE.fullmatch(code):
        yield f"{code} has no namespace"
    elif code.startswith("M_") and code not in codes and code not in OTHER_CODES:
        yield f"{code} is no code of the specification"
    if status not in STATUSES.get(code, {status}) | OF_HTTP:
        yield f"{code} belongs to {STATUSES[code]}"
    if status == 429 and "retry-after" not in headers:
        yield "no Retry-After"
    name, kind = MEMBERS.get(code, (None, object))
    if name is not None and not isinstance(answer.get(name), kind):
        yield f"{code} without {name}"
