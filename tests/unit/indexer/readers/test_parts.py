"""The small parts of the readers."""

from __future__ import annotations

import pytest
from lxml import html

from indexer.readers.glyphs import restore
from indexer.readers.html_main import find_main
from indexer.readers.html_meta import meta_rows
from indexer.readers.html_tables import grid_of
from indexer.readers.html_tree import parse_html, prune
from indexer.readers.numerals import counting, format_number
from indexer.readers.pdf_flow import Margins, join, paragraphs_of
from indexer.readers.pdf_page import Line
from indexer.readers.tables import expand


@pytest.mark.parametrize(
    ("style", "values"),
    [
        ("decimal", {1: "1", 12: "12"}),
        ("decimalZero", {3: "03"}),
        ("chineseCounting", {1: "一", 10: "十", 12: "十二", 20: "二十", 99: "九十九"}),
        ("chineseCountingThousand", {10: "十", 101: "一百零一", 110: "一百一十", 1001: "一千零一"}),
        ("chineseLegalSimplified", {12: "壹拾贰"}),
        ("ideographTraditional", {1: "甲", 10: "癸", 11: "甲"}),
        ("ideographZodiac", {12: "亥"}),
        ("japaneseCounting", {11: "十一"}),
        ("decimalEnclosedCircle", {1: "①", 20: "⑳", 21: "㉑", 36: "㊱", 51: "51"}),
        ("decimalEnclosedParen", {2: "⑵"}),
        ("decimalFullWidth", {10: "１０"}),
        ("upperLetter", {1: "A", 26: "Z", 27: "AA", 28: "BB"}),
        ("lowerRoman", {4: "iv", 1999: "mcmxcix"}),
        ("noSuchFormat", {7: "7"}),
    ],
)
def test_number_formats_of_word(style: str, values: dict[int, str]) -> None:
    assert {n: format_number(style, n) for n in values} == values


def test_large_counts() -> None:
    assert [counting(n) for n in (0, 10_000, 12_345, 100_001)] == [
        "零",
        "一万",
        "一万二千三百四十五",
        "一十万零一",
    ]


def test_radicals_become_characters() -> None:
    assert restore("⼀、⽀持⻓期⻋辆⻔槛") == "一、支持长期车辆门槛"


def _page(body: str) -> html.HtmlElement:
    root = parse_html(f"<html><body>{body}</body></html>", "a.html")
    prune(root)
    return root


def test_the_text_is_found_without_any_known_name() -> None:
    text = "为支持中小企业健康发展，根据有关规定，结合本地实际，制定本办法，请认真执行。"
    links = "".join(
        f"<li><a href='/{n}'>栏目名称比较长的导航链接文字第{n}个</a></li>" for n in range(30)
    )
    root = _page(
        f"<div><ul>{links}</ul></div><div><div id=x><p>{text}</p><p>{text}</p></div></div>"
        f"<div class='footer'><p>{text}</p></div>"
    )
    assert find_main(root).get("id") == "x"


def test_spans_of_a_table_are_filled() -> None:
    table = html.fromstring(
        "<table><tr><td rowspan=3>a</td><td colspan=2>b</td></tr>"
        "<tr><td rowspan=2>c</td><td>d</td></tr><tr><td>e</td></tr></table>"
    )
    rows = [expand(row) for row in grid_of(table, lambda cell: cell.text_content())]
    assert rows == [("a", "b", "b"), ("a", "c", "d"), ("a", "c", "e")]


@pytest.mark.parametrize(
    "markup",
    [
        "<table><tr><th>索引号</th><td>X-1</td><th>文号</th><td>某办〔2024〕1号</td></tr>"
        "<tr><th>成文日期</th><td>2024年1月2日</td></tr></table>",
        "<ul><li><b>索引号：</b>X-1</li><li><b>文　号：</b>某办〔2024〕1号</li>"
        "<li><b>成文日期：</b>2024年1月2日</li></ul>",
        "<div><p>索引号：X-1 文 号：某办〔2024〕1号 成文日期：2024年1月2日</p></div>",
        "<dl><dt>索引号</dt><dd>X-1</dd><dt>文号</dt><dd>某办〔2024〕1号</dd>"
        "<dt>成文日期</dt><dd>2024年1月2日</dd></dl>",
    ],
    ids=["table", "list", "line", "definitions"],
)
def test_a_meta_table_is_read_in_any_markup(markup: str) -> None:
    pairs, _ = meta_rows(_page(markup))
    assert pairs == {"索引号": "X-1", "文号": "某办〔2024〕1号", "成文日期": "2024年1月2日"}


def test_a_column_heading_is_no_meta_label() -> None:
    table = "<table><tr><td>分类</td><td>标准</td></tr><tr><td>一类</td><td>一万</td></tr></table>"
    assert meta_rows(_page(table)) == ({}, frozenset())


def _line(text: str, x0: float, y: float, x1: float) -> Line:
    return Line(text, x0, y, x1, y + 12, 12)


def test_full_lines_are_joined_and_short_ones_end_a_paragraph() -> None:
    lines = [
        _line("第一条 为了支持企业发展，制定", 124, 700, 500),
        _line("本办法。", 100, 680, 148),
        _line("第二条 另起一段，没有缩进的一行", 100, 660, 500),
        _line("（一）条目另起；", 100, 640, 196),
    ]
    found = [p.text for p in paragraphs_of(lines, margins=Margins(100, 500))]
    assert found == [
        "第一条 为了支持企业发展，制定本办法。",
        "第二条 另起一段，没有缩进的一行（一）条目另起；",
    ]


def test_only_latin_words_are_joined_with_a_blank() -> None:
    assert join(["支持", "企业"]) == "支持企业"
    assert join(["open", "source"]) == "open source"
    assert join(["共 12", "34 家"]) == "共 1234 家"
