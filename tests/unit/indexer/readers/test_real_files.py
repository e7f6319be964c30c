"""Real files, where they are at hand: everything reads, quickly, and to known figures."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from indexer.document import BlockKind
from indexer.readers import read_document

DATA = Path(__file__).parents[5] / "shared" / "data"
PAGES = DATA / "policies_fulltext" / "html_originals_guangzhou_tianhe"
WORD = DATA / "policies_fulltext" / "docx_fixtures"
BOOKLET = DATA / "policies_structured"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATA.exists(), reason=f"real data is not at {DATA}"),
]


def _bare(text: str) -> str:
    return re.sub(r"[\s|]+", "", text)


def test_pages_give_their_text_and_not_the_site_around_it() -> None:
    """For 37 of the pages the text is known; its long lines are found in what we read."""
    known = [
        json.loads(line)
        for line in (DATA / "policies_fulltext" / "policies.jsonl").read_text("utf-8").splitlines()
        if '"shizelengleng"' in line
    ]
    texts = [
        [b for line in record["text"].split("\n") if len(b := _bare(line)) >= 8] for record in known
    ]
    shares, addresses = [], 0
    for path in PAGES.glob("*.html"):
        document = read_document(path)
        read = _bare(document.text)
        assert "网站地图" not in read
        assert "function(" not in read
        addresses += document.url is not None
        best = max(sum(len(s) for s in t if s in read) / max(sum(map(len, t)), 1) for t in texts)
        shares.append(best)
    found = [share for share in shares if share > 0.5]
    assert len(shares) == 47
    assert addresses >= 40
    assert len(found) >= 37
    assert sum(found) / len(found) > 0.97


def test_word_files_read_whole() -> None:
    sizes = {path.stem[-2:]: len(read_document(path).text) for path in WORD.glob("*.docx")}
    assert len(sizes) == 6
    assert min(sizes.values()) > 17_000


def test_the_booklet_of_331_pages_reads_fast_and_its_tables_are_whole() -> None:
    start = time.monotonic()
    document = read_document(next(BOOKLET.glob("*.pdf")))
    assert time.monotonic() - start < 60
    tables = {b.table for b in document.blocks if b.kind is BlockKind.TABLE_ROW}
    cells = {_bare(cell) for b in document.blocks for cell in b.cells or ()}
    cards = json.loads((BOOKLET / "beijing_145_cards.json").read_text("utf-8"))
    assert len(tables) == len(cards) == 145
    for field in ("发文字号", "发布日期", "服务内容", "时间频度", "联络方式"):
        missing = [card["id"] for card in cards if _bare(card[field] or "") not in cells | {""}]
        assert missing == []
