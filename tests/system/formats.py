"""The string formats of the specification's schemas (data/string-formats.yaml), as its appendices define them."""
import re
import urllib.parse

import jsonschema

CHECKER = jsonschema.FormatChecker(formats=())

# Appendices, "Server name": a DNS name or an address, and a port.
SERVER_NAME = r"(?:[0-9A-Za-z.-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
IDENTIFIER_BYTES_MAX = 255  # "Common Identifier Format"


def of_strings(name):
    """Of other types a format says nothing (JSON Schema, "Validation")."""
    def add(is_right):
        CHECKER.checks(name)(lambda value: not isinstance(value, str) or is_right(value))
        return is_right
    return add


def short(value):
    return len(value.encode(errors="surrogatepass")) <= IDENTIFIER_BYTES_MAX


@of_strings("mx-server-name")
def is_server_name(value):
    return re.fullmatch(SERVER_NAME, value) is not None


@of_strings("mx-user-id")
def is_user(value):
    """"Historical user IDs" have any letters before the colon."""
    return short(value) and re.fullmatch(rf"@[^:\0]*:{SERVER_NAME}", value) is not None


@of_strings("mx-room-id")
def is_room(value):
    """Since room version 12 an identifier has no server name."""
    return short(value) and re.fullmatch(rf"!(?:[A-Za-z0-9_-]{{43}}|[^:\0]+:{SERVER_NAME})", value) is not None


@of_strings("mx-room-alias")
def is_alias(value):
    return short(value) and re.fullmatch(rf"#[^:\0]*:{SERVER_NAME}", value) is not None


@of_strings("mx-event-id")
def is_event(value):
    """Room versions 1 and 2 aside, the hash of the event in base 64."""
    return re.fullmatch(r"\$[A-Za-z0-9_+/-]{43}", value) is not None


@of_strings("mx-mxc-uri")
def is_mxc(value):
    """Client-server API, "Matrix Content (mxc://) URIs"."""
    return re.fullmatch(rf"mxc://{SERVER_NAME}/[A-Za-z0-9_-]+", value) is not None


@of_strings("mx-unpadded-base64")
def is_unpadded_base64(value):
    return re.fullmatch(r"[A-Za-z0-9+/]*", value) is not None and len(value) % 4 != 1


@of_strings("uri")
def is_uri(value):
    try:
        return bool(urllib.parse.urlsplit(value).scheme) and value.isascii() and " " not in value
    except ValueError:
        return False


@of_strings("email")
def is_email(value):
    return re.fullmatch(r"[^@\s]+@[^@\s]+", value) is not None


@CHECKER.checks("int64")
def is_int64(value):
    return not isinstance(value, int) or -(2**63) <= value < 2**63
