#!/usr/bin/python3
"""Makes a folder of ordinary office files for kuramori-bench-inspection: make_documents.py FOLDER"""
import base64
import io
import pathlib
import sys
import zipfile

SENTENCE = "The committee met on Tuesday and agreed that the plan for the coming quarter should be shared with all departments. "
CHINESE = "年度计划的草稿在提交给董事会之前，还需要设计团队再看一遍。"
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx(paragraphs):
    body = "".join(f"<w:p><w:r><w:t>{SENTENCE * 4}{CHINESE}{i}</w:t></w:r></w:p>" for i in range(paragraphs))
    return zipped({"[Content_Types].xml": TYPES, "word/document.xml": f'<w:document xmlns:w="w"><w:body>{body}</w:body></w:document>'})


def xlsx(rows):
    cells = "".join("<row>" + "".join(f"<c><v>{i * 7 + j}.5</v></c>" for j in range(12)) + "</row>" for i in range(rows))
    return zipped(
        {
            "[Content_Types].xml": TYPES,
            "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="Budget" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{cells}</sheetData></worksheet>",
        }
    )


def pptx(slides):
    members = {"[Content_Types].xml": TYPES}
    for i in range(1, slides + 1):
        members[f"ppt/slides/slide{i}.xml"] = f'<p:sld xmlns:a="a" xmlns:p="p"><a:p><a:r><a:t>{SENTENCE * 3}</a:t></a:r></a:p></p:sld>'
    return zipped(members)


def pdf(pages):
    objects, kids = [], []
    for i in range(pages):
        lines = "".join(f"({SENTENCE[:90]}{n}) Tj 0 -14 Td " for n in range(45))
        content = f"BT /F1 10 Tf 40 800 Td {lines} ET"
        objects.append(
            f"{4 + 2 * i} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {5 + 2 * i} 0 R/Resources<</Font<</F1 3 0 R>>>>>>endobj\n"
            f"{5 + 2 * i} 0 obj<</Length {len(content)}>>stream\n{content}\nendstream endobj\n"
        )
        kids.append(f"{4 + 2 * i} 0 R")
    return (
        f"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[{' '.join(kids)}]/Count {pages}>>endobj\n"
        "3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n" + "".join(objects) + "trailer<</Root 1 0 R>>\n"
    ).encode()


def mail(attachment):
    return (
        "From: aiko@example.org\nTo: bao@example.org\nSubject: The plan\nDate: Tue, 1 Jul 2025 10:00:00 +0900\nMIME-Version: 1.0\n"
        f"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n{SENTENCE * 10}\n--b\nContent-Type: application/octet-stream\n"
        "Content-Disposition: attachment; filename=plan.docx\nContent-Transfer-Encoding: base64\n\n"
    ).encode() + base64.encodebytes(attachment) + b"\n--b--\n"


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
letter = docx(60)
for name, content in {
    "letter.docx": letter,
    "report.docx": docx(600),
    "budget.xlsx": xlsx(2000),
    "talk.pptx": pptx(25),
    "paper.pdf": pdf(12),
    "mail.eml": mail(letter),
    "notes.txt": (CHINESE * 400).encode("gb18030"),
    "folder.zip": zipped({"a.docx": letter, "b.pdf": pdf(2), "c.txt": SENTENCE * 100}),
}.items():
    (folder / name).write_bytes(content)
