#!/usr/bin/python3
"""Makes the pictures of the tests again: one line in each language, as a scanner would give it. Needs Pillow and Noto CJK."""
import pathlib

from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
# The faces of the collection: Japanese, simplified, traditional.
LINES = {
    "english": ("Strictly confidential: not for release", 0),
    "japanese": ("この文書は社外秘です", 0),
    "simplified": ("本文件为机密资料", 2),
    "traditional": ("本文件為機密資料", 3),
}

for name, (text, face) in LINES.items():
    font = ImageFont.truetype(FONT, 44, index=face)
    picture = Image.new("L", (60 + int(font.getlength(text)), 120), 255)
    ImageDraw.Draw(picture).text((30, 30), text, font=font, fill=0)
    picture.save(pathlib.Path(__file__).parent / "pictures" / f"{name}.png", optimize=True)
