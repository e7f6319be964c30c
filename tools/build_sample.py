"""
Builds the bundled sample (样例) from its sources: policy files, enterprises, expected facts.

    python tools/build_sample.py            write everything
    python tools/build_sample.py --check    write nothing; exit 1 if a file would change

Needs python-docx, reportlab, python-stdnum and PyYAML (development only). The same sources give
the same bytes: no clock, fixed zip dates, a seeded generator.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from sample.enterprises import make_enterprises  # noqa: E402 - tools is on the path only now
from sample.source import Source, read_source  # noqa: E402 - tools is on the path only now
from sample.write_docx import write_docx  # noqa: E402 - tools is on the path only now
from sample.write_html import write_html  # noqa: E402 - tools is on the path only now
from sample.write_pdf import write_pdf  # noqa: E402 - tools is on the path only now
from sample.write_txt import write_txt  # noqa: E402 - tools is on the path only now

SOURCES = ROOT / "tools/sample/policies"
SAMPLE = ROOT / "policy_match/data/sample"
EXPECTED = ROOT / "tests/golden/sample_expected.yaml"
WRITERS = {".docx": write_docx, ".html": write_html, ".pdf": write_pdf, ".txt": write_txt}
AS_OF = "2026-11-24"
PUBLICITY = {"依申请": "on_request", "不予公开": "closed"}
EXPECTED_NOTE = f"""\
# Written by tools/build_sample.py from tools/sample/policies: what a reading of each file gives.
# effective_on is null where the text names no day; expires_on is the last valid day; status is as
# of {AS_OF}; measures counts what can be applied for or enjoyed separately.
"""


def build() -> Iterator[tuple[Path, bytes]]:
    """Every file of the sample with its content."""
    sources = [read_source(path) for path in sorted(SOURCES.glob("*.md"))]
    for source in sources:
        yield SAMPLE / "policies" / source.file, WRITERS[Path(source.file).suffix](source)
    lines = [json.dumps(one, ensure_ascii=False) for one in make_enterprises()]
    yield SAMPLE / "enterprises.jsonl", ("\n".join(lines) + "\n").encode()
    yield EXPECTED, _expected(sources)


def _same(path: Path, content: bytes) -> bool:
    """Whether a file holds that content; of a docx only the parts count, not their compression."""
    if not path.is_file():
        return False
    old = path.read_bytes()
    return old == content or (path.suffix == ".docx" and _parts(old) == _parts(content))


def _parts(docx: bytes) -> list[tuple[str, bytes]]:
    with ZipFile(BytesIO(docx)) as package:
        return [(name, package.read(name)) for name in package.namelist()]


def _expected(sources: list[Source]) -> bytes:
    facts = {
        source.file: {
            "title": source.title,
            "doc_no": source.doc_no,
            **source.head["expect"],
            "publicity": _publicity(source.head.get("publicity")),
        }
        for source in sorted(sources, key=lambda one: one.file)
    }
    text = yaml.safe_dump(facts, allow_unicode=True, sort_keys=False, width=200)
    return (EXPECTED_NOTE + text).encode()


def _publicity(text: str | None) -> str:
    if text is None:
        return "unknown"
    return next((value for mark, value in PUBLICITY.items() if mark in text), "open")


def main() -> int:
    """Write or check the sample."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = []
    built = dict(build())
    for path, content in built.items():
        if _same(path, content):
            continue
        stale.append(path)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    for path in sorted(set((SAMPLE / "policies").glob("*.*")) - set(built)):
        stale.append(path)
        if not check:
            path.unlink()
    for path in stale:
        print(("需重新生成：" if check else "已写入：") + str(path.relative_to(ROOT)))
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
