"""Requests made from the specification's schemas: mostly right ones, some spoiled in one place. Everything comes from one
seed, so that a run repeats itself."""
import functools
import json
import random
import string
import urllib.parse

import specification

ODD_VALUES = [
    None, True, False, 0, -1, 2**31, 2**53, 2**63, 2**64, -(2**63) - 1, 1.5, 1e308, "", " ", "\u0000", "a" * 300, "あ" * 5000,
    "\u202e‮", "💥" * 50, "../../etc/passwd", "' OR 1=1 --", "@:", "!", "$", "#", [], {}, [[]], [None], {"": ""}, {"a": {"b": {"c": []}}},
    -0.0, 5e-324, 10**40, "y" * 70_000, "\ud800", "\udc00\ud800", "e\u0301" * 40, "\ufeff", "\U0010ffff", "İ", "\r\nSet-Cookie: a=b", "mxc://x/..",
    [None] * 300, {str(number): number for number in range(300)}, functools.reduce(lambda inner, _: {"a": [inner]}, range(45), 1),
    functools.reduce(lambda inner, _: [inner], range(400), 1),
]
ODD_SEGMENTS = ["%00", "%ff", "%C0%AF", "%2F", "%2e%2e", "%", "%zz", "é", "%F0%9F%92%A5", "a" * 400, "@a:b", "!x:y", "$z", "~", ";", "%20"]
ODD_BODIES = [b"", b"{", b"[]", b"null", b"1", b'"a"', b"\xff\xfe", b'{"a":"\xed\xa0\x80"}', b'{"a":"\\ud800"}', b'{"a":1,"a":2}',
              b'{"a":' * 150 + b"1" + b"}" * 150, b"[" * 5000, b'{"a":1e999}', b'{"a":-0}', b'{"a":01}', b"{} {}", b'{"\\u0000":1}',
              b"\xef\xbb\xbf{}", b'{"a":"\xc3\x28"}', b'{"a":NaN}', b"a=b&c=d", b'{"' + b"k" * 70_000 + b'":1}', b'{"a":"' + b"z" * 200_000 + b'"}']
CONTENT_TYPES = [None, "", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "multipart/form-data",
                 "\xff", "a" * 3000]
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
DEPTH_MAX = 6


class Generator:
    def __init__(self, seed, pools):
        """`pools`: words in the name of a parameter or property → values that exist on the server."""
        self.random = random.Random(seed)
        self.pools = pools

    def chance(self, share):
        return self.random.random() < share

    def pooled(self, name):
        key = name.lower().replace("_", "")
        for word, values in self.pools.items():
            if word in key and values:
                return self.random.choice(values)
        return None

    def word(self):
        return "".join(self.random.choices(string.ascii_lowercase + "._-", k=self.random.randint(1, 12)))

    def text(self, name, schema):
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        value = self.pooled(name) or self.pooled(schema.get("format", ""))
        if value is not None and self.chance(0.9):
            return value
        return {"uri": "https://example.org/x", "byte": "AAAA"}.get(schema.get("format"), self.word())

    def value(self, schema, name="", depth=0):
        if "$ref" in schema:
            schema = specification.load()["definitions"][schema["$ref"].rsplit("/", 1)[1]] | {k: v for k, v in schema.items() if k != "$ref"}
        for several in ("oneOf", "anyOf"):
            if several in schema:
                return self.value(self.random.choice(schema[several]), name, depth)
        if "allOf" in schema:
            parts = [self.value(part, name, depth) for part in schema["allOf"]]
            if all(isinstance(part, dict) for part in parts):
                own = self.value({k: v for k, v in schema.items() if k != "allOf"} | {"type": "object"}, name, depth)
                return {k: v for part in [*parts, own] for k, v in part.items()}
            return parts[0]
        if "const" in schema:
            return schema["const"]
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = self.random.choice(kind)
        if kind == "object":
            return self.object(schema, depth)
        if kind == "array":
            count = 0 if depth >= DEPTH_MAX else self.random.randint(0, 3)
            return [self.value(schema.get("items", {}), name, depth + 1) for _ in range(count)]
        if kind in ("integer", "number"):
            return self.random.choice([0, 1, 2, 10, 50, 100, 1_700_000_000_000])
        if kind == "boolean":
            return self.chance(0.5)
        return None if kind == "null" else self.text(name, schema)

    def object(self, schema, depth):
        out = {}
        required = schema.get("required", [])
        for name, property_schema in schema.get("properties", {}).items():
            if name in required or (depth < DEPTH_MAX and self.chance(0.4)):
                out[name] = self.value(property_schema, name, depth + 1)
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict) and depth < DEPTH_MAX:
            for _ in range(self.random.randint(0, 2)):
                out[self.pooled("userid") if self.chance(0.5) else self.word()] = self.value(extra, "", depth + 1)
        return out

    def spoil(self, value):
        """The same with one place changed."""
        if isinstance(value, dict) and value and self.chance(0.85):
            name = self.random.choice(sorted(value))
            out = dict(value)
            if self.chance(0.2):
                del out[name]
            elif self.chance(0.1):
                out[self.word()] = self.random.choice(ODD_VALUES)
            else:
                out[name] = self.spoil(value[name])
            return out
        if isinstance(value, list) and value and self.chance(0.85):
            at = self.random.randrange(len(value))
            return [self.spoil(item) if i == at else item for i, item in enumerate(value)]
        return self.random.choice(ODD_VALUES)

    def target(self, operation):
        path = operation.path
        query = []
        for parameter in operation.described["parameters"]:
            name, schema = parameter["name"], parameter["schema"]
            if parameter["in"] == "path":
                segment = urllib.parse.quote(str(self.text(name, schema)), safe="")
                if self.chance(0.06):
                    segment = self.random.choice(["", segment]) + self.random.choice(ODD_SEGMENTS)
                path = path.replace("{" + name + "}", segment)
            elif parameter["in"] == "query" and (parameter["required"] or self.chance(0.4)):
                value = self.value(schema, name)
                if "timeout" in name:
                    value = self.random.choice([0, 1, 20, -1, "x"])
                elif self.chance(0.1):
                    value = self.random.choice(ODD_VALUES)
                values = value if isinstance(value, list) else [value]
                query += [(name, v if isinstance(v, str) else json.dumps(v)) for v in values]
        if self.chance(0.03):
            query.append((self.word(), self.word()))
        # Line ends of HTTP itself are not what is tested here.
        path = "".join(c if 0x20 < ord(c) < 0x7F else urllib.parse.quote(c) for c in path)
        return path + ("?" + urllib.parse.urlencode(query, errors="replace") if query else "")

    def body(self, operation):
        """(bytes or nothing, content type)"""
        kinds = operation.described["body"]
        if not kinds:
            return (None, None) if self.chance(0.95) else (b"{}", "application/json")
        if "application/json" not in kinds:
            return self.random.randbytes(self.random.choice([0, 1, 100, 10_000])), "image/png"
        if self.chance(0.08):
            return self.random.choice(ODD_BODIES), "application/json"
        value = self.value(kinds["application/json"])
        if self.chance(0.35):
            value = self.spoil(value)
        data = json.dumps(value).encode()
        if self.chance(0.03):  # an octet that breaks the text, or its encoding
            at = self.random.randrange(len(data))
            data = data[:at] + self.random.choice([b"\xff", b"\xc0\x80", b"\x00", b'"', b""]) + data[at + 1:]
        return data, self.random.choice(CONTENT_TYPES) if self.chance(0.05) else "application/json"

    def method(self, operation):
        return operation.method if self.chance(0.97) else self.random.choice(METHODS)
