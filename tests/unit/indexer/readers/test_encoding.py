"""Which encoding a text is in."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.readers import read_document
from indexer.readers.encoding import decode
from indexer.readers.html_tree import decode_html
from policy_match.errors import DocumentError

TEXT = "第一条　为支持中小企业（以下简称企业）健康发展，制定本办法。\r\n一、申报条件\r\n"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
)
def test_text_comes_back_whatever_its_encoding(encoding: str) -> None:
    assert decode(TEXT.encode(encoding), where="a.txt") == TEXT


def test_big5_is_told_from_gb18030() -> None:
    text = "為支持中小企業健康發展，制定本辦法。申請人應當符合下列條件，並於期限內提出申請。"
    assert decode(text.encode("big5"), where="a.txt") == text


def test_plain_ascii() -> None:
    assert decode(b"plain text\n", where="a.txt") == "plain text\n"


def test_a_character_cut_at_the_end_costs_only_itself() -> None:
    assert decode("政策文件".encode()[:-1], where="a.txt") == "政策文"


def test_a_wrong_byte_order_mark_is_an_error() -> None:
    with pytest.raises(DocumentError, match="标明是 UTF-8，但第 4 字节处"):
        decode(b"\xef\xbb\xbfabc\xff\xfe", where="a.txt")


def test_lines_are_blocks_and_blank_lines_only_separate(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT + "\r\n \r\n　　二、材料\n", encoding="utf-8", newline="")
    lines = [block.text for block in read_document(path).blocks]
    assert lines == [TEXT.split("\r\n")[0], "一、申报条件", "二、材料"]


def test_a_page_without_declaration_is_recognised() -> None:
    page = f"<html><body><p>{TEXT}</p></body></html>"
    assert decode_html(page.encode("gb18030"), "a.html") == (page, None)


def test_a_page_that_declares_the_wrong_charset_is_read_all_the_same() -> None:
    page = f'<html><head><meta charset="utf-8"></head><p>{TEXT}</p></html>'
    assert decode_html(page.encode("gb18030"), "a.html") == (page, None)


def test_a_few_bad_bytes_in_a_page_are_reported() -> None:
    page = f'<html><head><meta charset="utf-8"></head><p>{TEXT * 20}</p></html>'.encode()
    text, warning = decode_html(page.replace("条件".encode(), b"\xe6\x9d\xff", 1), "a.html")
    assert "�" in text
    assert "处字节不符合网页声明的编码 utf-8" in (warning or "")
