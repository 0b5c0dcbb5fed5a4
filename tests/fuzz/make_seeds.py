#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets: small files of each kind that a target reads. Usage: make_seeds.py [FOLDER]

The same seeds every time; they are kept in tests/fuzz/seeds, one folder for each target.
"""
import bz2
import gzip
import io
import json
import lzma
import pathlib
import struct
import sys
import tarfile
import zipfile

TEXT = "Card 4111 1111 1111 1111, HKID A123456(3), 身份证 11010519491231002X, 極秘 社外秘\n"
DATE = (2026, 1, 1, 0, 0, 0)


def zipped(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, DATE), content, method)
    return out.getvalue()


def tarred(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def office(kind, part, content):
    types = f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/{part}" ContentType="{kind}"/></Types>'
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="' + part + '"/></Relationships>'
    )
    return zipped({"[Content_Types].xml": types, "_rels/.rels": relations, part: content})


def word():
    return office(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        "word/document.xml",
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>'
        + TEXT + "</w:t></w:r></w:p></w:body></w:document>",
    )


def sheet():
    return office(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        "xl/worksheets/sheet1.xml",
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr">'
        "<is><t>" + TEXT + "</t></is></c></row></sheetData></worksheet>",
    )


def slides():
    return office(
        "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
        "ppt/slides/slide1.xml",
        '<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:p><a:r><a:t>' + TEXT + "</a:t></a:r></a:p></p:sld>",
    )


def open_document():
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
            'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text><text:p>'
            + TEXT + "</text:p></office:text></office:body></office:document-content>",
        },
        zipfile.ZIP_STORED,
    )


def pdf():
    body = b"BT /F1 12 Tf 72 720 Td (Card 4111 1111 1111 1111) Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(body), body),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, len(objects) + 1, len(out),
    )


def compound_file(name, stream):
    """MS-CFB, version 3: one sector of the allocation table, one of the directory, and one stream."""
    stream = stream.ljust(4096, b"\0")
    sectors = len(stream) // 512
    table = [0xFFFFFFFD, 0xFFFFFFFE] + [3 + i for i in range(sectors - 1)] + [0xFFFFFFFE]
    table += [0xFFFFFFFF] * (128 - len(table))

    def entry(text, kind, child, start, size):
        encoded = text.encode("utf-16-le")
        return (encoded.ljust(64, b"\0") + struct.pack("<HBBIII", len(encoded) + 2 if text else 0, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
                + bytes(36) + struct.pack("<IQ", start, size))

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry(name, 2, 0xFFFFFFFF, 2, len(stream)) + entry("", 0, 0xFFFFFFFF, 0, 0) * 2
    header = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return header + struct.pack("<128I", *table) + directory + stream


MAIL = (
    b"From: a@example.org\r\nTo: b@example.org\r\nSubject: =?UTF-8?B?5qW156eY?=\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\nhello\r\n--x\r\n'
    b"Content-Type: application/octet-stream; name=a.txt\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--x--\r\n"
)
RTF = b"{\\rtf1\\ansi\\ansicpg936 Card 4111 \\b 1111\\b0  1111 1111 \\'b0\\'d1\\u26495?{\\*\\generator x}\\par}"
HTML = "<html><head><meta charset=utf-8><title>極秘</title></head><body><p>4111&nbsp;1111 <b>1111</b> 1111</p><!-- x --></body></html>"
POLICIES = [
    {"format": 1, "name": "a", "rules": []},
    {
        "format": 1, "name": "b", "split_messages": False, "unmatched": "refuse", "dictionaries": [{"id": "d", "terms": ["極秘", "secret"]}],
        "detectors": [{"id": "x", "pattern": "E-?[0-9]{4}"}, {"id": "t", "exact_data": {"table": "t", "columns": ["a", "b"], "near": 50}},
                      {"id": "f", "fingerprints": {"set": "f", "share": 0.5}}],
        "rules": [{"id": "r", "operations": ["room.*"], "effect": "mask", "when": {"all": [
            {"finding": {"detector": "x", "min_confidence": "low"}}, {"not": {"role": ["guest"]}}, {"network": ["10.0.0.0/8"]}]}}],
    },
    {
        "format": 1, "name": "c", "counters": [{"id": "k", "within_minutes": 5, "operations": ["room.send"]}],
        "rules": [{"id": "r", "operations": ["*"], "effect": "hold", "obligations": [{"label": "secret"}, {"chain": ["manager"]}],
                   "when": {"any": [{"counter": {"id": "k", "more_than": 2}}, {"label": {"at_least": "confidential"}}]}}],
        "layers": [{"unit": "sales", "rules": [{"id": "l", "operations": ["room.send"], "effect": "warn"}]}],
    },
]


def backup_entry(kind, payload):
    return struct.pack(">BQ", kind, len(payload)) + payload


def backup_row():
    table = {"name": "things", "key_columns": 1, "columns": [{"name": "n", "type": "integer", "nullable": False}, {"name": "t", "type": "text", "nullable": True}]}
    return backup_entry(2, json.dumps(table).encode()) + backup_entry(3, struct.pack(">BqBI", 1, -7, 2, 3) + b"abc") + backup_entry(3, struct.pack(">BqB", 1, 8, 0))


def backup_file():
    return backup_entry(4, struct.pack(">Q", 5) + b"q1q1") + b"01234"


def backup_entries(middle=b""):
    origin = {"server": "a.example", "version": "1", "created_ms": 1, "migration": 2, "stream_position": 3, "record_entry": -1}
    has_row, has_file = middle[:1] == b"\2", middle[:1] == b"\4"
    end = {"rows": {"things": 2} if has_row else {}, "files": int(has_file), "file_octets": 5 * has_file, "left_out": {"messages": 1}}
    return backup_entry(1, json.dumps(origin).encode()) + middle + backup_entry(5, json.dumps(end).encode())


def seeds():
    document_files = {"a.txt": TEXT.encode(), "b/c.csv": b"name,phone\nA,1\n"}
    archives = {
        "zip": zipped({n: c.decode() for n, c in document_files.items()}), "tar": tarred(document_files),
        "nested": zipped({"inner.zip": zipped({"a.txt": TEXT})}),
    }
    compressed = {"gz": gzip.compress(tarred(document_files), mtime=0), "xz": lzma.compress(TEXT.encode()), "bz2": bz2.compress(TEXT.encode())}
    papers = {"docx": word(), "xlsx": sheet(), "pptx": slides(), "odt": open_document(), "cfb": compound_file("WordDocument", TEXT.encode("utf-16-le")), "rtf": RTF}
    encodings = {name: TEXT.encode(name, "replace") for name in ("utf-8", "utf-16", "gb18030", "big5", "shift_jis", "euc_jp", "iso2022_jp")}
    yield "fuzz_documents", {**archives, **compressed, **papers, "pdf": pdf(), "eml": MAIL, "html": HTML.encode(), "txt": TEXT.encode()}
    yield "fuzz_office", {name: bytes([number]) + content for number, (name, content) in enumerate(papers.items())}
    yield "fuzz_pdf", {"one": pdf()}
    shown = {"pdf": pdf(), "txt": TEXT.encode() * 20, "docx": papers["docx"], "zip": archives["zip"], "eml": MAIL}
    yield "fuzz_page", {name: b"\1" + content for name, content in shown.items()}
    yield "fuzz_text_pages", {name: content for name, content in encodings.items() if name in ("utf-8", "utf-16", "gb18030")}
    yield "fuzz_archive", {**{n: b"\0" + c for n, c in archives.items()}, **{n: b"\1" + c for n, c in compressed.items()}}
    yield "fuzz_compound_file", {"word": papers["cfb"], "workbook": compound_file("Workbook", bytes.fromhex("0908100000060500") + TEXT.encode("utf-16-le"))}
    yield "fuzz_markup", {"html": HTML.encode(), "rtf": RTF, **encodings}
    yield "fuzz_mime", {"mail": MAIL, "field": b"=?gb18030?Q?=B0=D1?= =?shift_jis?B?i4A=?="}
    yield "fuzz_policy", {str(i): json.dumps(p, ensure_ascii=False).encode() for i, p in enumerate(POLICIES)}
    yield "fuzz_inspection", {"text": TEXT.encode(), "html": HTML.encode(), "wide": "４１１１１１１１　１１１１１１１１ Ａ１２３４５６（３）".encode(),
                              "hidden": "4111\u200b1111\u20601111 1111".encode(), "han": "四一一一一一一一一一一一一一一一".encode()}
    yield "fuzz_company_data", {"csv": 'name,phone\n陳大文,91234567\n"Smith, John",+852 6123 4567\n陳大文 91234567'.encode(),
                                "tabs": b"name\tphone\nMaria Garcia\t51234567\n", "bad": b'name;phone\n"open;1\n',
                                "long": ("The board resolved to acquire all shares of Aster Holdings in the autumn. " * 4).encode()}
    yield "fuzz_scan_answer", {"ok": b"stream: OK", "found": b"stream: Win.Test.EICAR_HDB-1 FOUND", "size": b"INSTREAM size limit exceeded. ERROR"}
    yield "fuzz_approvals", {
        "reaction": b'{"m.relates_to":{"rel_type":"m.annotation","event_id":"$a","key":"\xe2\x9c\x85"}}',
        "reply": '{"msgtype":"m.text","body":"> x\\n\\nrefuse: 理由","m.relates_to":{"m.in_reply_to":{"event_id":"$a"}}}'.encode(),
        "detail": b'{"operation":"room.send","rules":["a"],"findings":{"payment_card":1},"room":"!a:b"}',
    }
    yield "fuzz_link_requests", {
        "entry": b'{"pattern":"*.evil.example","match":"domain","action":"block","reason":"phishing","expires":"2099-01-01"}',
        "path": b'{"pattern":"https://evil.example/pay","match":"path"}', "allow": b'{"pattern":"192.0.2.1","action":"allow"}',
        "source": b'{"location":"https://lists.example/x","format":"hosts","interval_s":86400}',
    }
    yield "fuzz_link_lists", {"hosts": b"\0# list\n0.0.0.0 evil.example\n", "csv": b"\1pattern,match,reason\nevil.example,domain,x\n", "domains": b"\2evil.example\n*.bad.example\n"}
    yield "fuzz_links", {"plain": b"see https://evil.example/a?b=c and ev\xd1\x96l.example", "html": b'<a href="https://a.example">https://b.example</a> hxxp://x[.]y'}

    yield "fuzz_backup", {"empty": backup_entries(), "row": backup_entries(backup_row()), "file": backup_entries(backup_file())}


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent / "seeds"
    for target, files in seeds():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / target / name).write_bytes(content)


if __name__ == "__main__":
    main()
