"""
Compile the Chinese of the command-line library's own messages into a gettext catalogue.

    python tools/build_messages.py

Reads tools/click_messages.json (msgid → Chinese) and writes the .mo that the command line binds.
The .mo format is that of GNU gettext: a header, two tables of (length, offset), the strings.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "tools" / "click_messages.json"
TARGET = ROOT / "policy_match/data/locale/zh_CN/LC_MESSAGES/policy-match.mo"
HEADER = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=1; plural=0;\n"


def compile_catalogue(messages: dict[str, str]) -> bytes:
    """The bytes of a .mo file; a msgid may hold singular and plural with a NUL between."""
    pairs = sorted({"": HEADER, **messages}.items(), key=lambda pair: pair[0].encode())
    start = 28 + 16 * len(pairs)
    originals, translations, strings = [], [], b""
    for side, table in ((0, originals), (1, translations)):
        for pair in pairs:
            data = pair[side].encode()
            table.append((len(data), start + len(strings)))
            strings += data + b"\0"
    tables = b"".join(struct.pack("<II", *row) for row in (*originals, *translations))
    count = len(pairs)
    head = struct.pack("<IIIIIII", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0)
    return head + tables + strings


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(compile_catalogue(json.loads(SOURCE.read_text("utf-8"))))
