"""The tree of headings, spans and clause paths."""

import time

import pytest

from indexer.document import BlockKind, RawBlock
from indexer.headings import heading_of, headings_of
from indexer.outline import outline, paths


def blocks(*lines: str) -> list[RawBlock]:
    return [RawBlock(BlockKind.PARAGRAPH, line) for line in lines]


def tree(lines: list[str]) -> list[tuple[int, str | None, str]]:
    return [(s.depth, s.number, s.title) for s in outline(blocks(*lines)).walk()][1:]


@pytest.mark.parametrize(
    "line",
    [
        "1.5亿元以上的项目",
        "2024年1月1日起施行",
        "一、二、三等奖各若干名",
        "第三条第二款规定的企业",
        "B2B电商企业",
        "3.5%的贴息",
        "依据文件里说",
        "",
    ],
)
def test_prose_is_no_heading(line: str) -> None:
    assert heading_of(line) is None


def test_two_levels_on_one_line() -> None:
    numbers = [h.number for h in headings_of("第一章 总则 第一条\u2002 为规范管理，制定本办法。")]
    assert numbers == ["第一章", "第一条"]
    assert [h.number for h in headings_of("服务内容：1．改造目标")] == ["服务内容：", "1．"]


def test_tree_of_a_regulation() -> None:
    """Articles hang under chapters, items under articles; a new chapter closes all of them."""
    found = tree(
        [
            "第一章 总则",
            "第一条 为规范管理，制定本办法。",
            "第二章 条件",
            "第二条 申请企业应当符合下列条件：",
            "（一）依法注册；",
            "1.在本区注册；",
            "（二）守法经营。",
            "第三条 本办法自印发之日起施行。",
        ]
    )
    assert [(depth, number) for depth, number, _ in found] == [
        (1, "第一章"),
        (2, "第一条"),
        (1, "第二章"),
        (2, "第二条"),
        (3, "（一）"),
        (4, "1."),
        (3, "（二）"),
        (2, "第三条"),
    ]


def test_labels_hold_numbers_and_follow_each_other() -> None:
    """A card's labels are siblings; inside a numbered part they hang below it."""
    found = tree(["服务内容：1．改造", "（1）企业", "条件要求：", "1．合法", "办理流程：网上申报"])
    assert [(depth, number) for depth, number, _ in found] == [
        (1, "服务内容："),
        (2, "1．"),
        (3, "（1）"),
        (1, "条件要求："),
        (2, "1．"),
        (1, "办理流程："),
    ]
    inside = tree(["一、技术改造", "申报条件：", "1.合法", "二、贷款贴息", "申报条件："])
    assert [depth for depth, _, _ in inside] == [1, 2, 3, 1, 2]


def test_inline_title_ends_at_the_first_stop() -> None:
    found = tree(
        ["（一）支持对象。在本区注册并纳税、具有独立法人资格且合法经营的中小企业，" + "长" * 40]
    )
    assert found == [(1, "（一）", "支持对象")]


def test_attachments_close_everything_and_lists_do_not_open() -> None:
    found = tree(
        [
            "一、要求",
            "附件：1.申报表",
            "2.汇总表",
            "附件1",
            "申报表",
            "一、填写说明",
            "附件2：汇总表",
        ]
    )
    opened = [(depth, number) for depth, number, _ in found]
    assert (1, "附件1") in opened
    assert (2, "一、") in opened
    assert opened[-1] == (1, "附件2")


def test_contents_are_left_out() -> None:
    lines = ["目 录", "第一章 总则", "第二章 附则", "第一章 总则", "第一条 甲。", "第二章 附则"]
    assert [number for _, number, _ in tree(lines)] == ["第一章", "第一条", "第二章"]
    dotted = ["一、总体要求..............1", "一、总体要求", "正文"]
    assert len(tree(dotted)) == 1


def test_spans_nest_and_cover() -> None:
    """A section's span starts at its number and holds the spans of its children."""
    lines = ["前言", "一、甲", "（一）乙：丙", "正文", "二、丁"]
    made = blocks(*lines)
    text = "\n".join(lines)
    root = outline(made)
    assert root.body == [0]
    first, second = root.children
    assert text[slice(*first.span)] == "一、甲\n（一）乙：丙\n正文"
    assert text[slice(*first.children[0].span)] == "（一）乙：丙\n正文"
    assert text[slice(*second.span)] == "二、丁"
    assert first.blocks == [1, 2, 3]
    for section in root.walk():
        for child in section.children:
            assert section.span[0] <= child.span[0] <= child.span[1] <= section.span[1]


def test_clause_paths() -> None:
    lines = [
        "第三条 条件：",
        "（二）守法；",
        "附件1 申报指南",
        "一、对象",
        "（一）企业",
        "申报条件：合法",
    ]
    assert paths(outline(blocks(*lines))) == {
        0: "第三条",
        1: "第三条第二项",
        2: "附件1",
        3: "附件1 一、",
        4: "附件1 一、（一）",
        5: "附件1 一、（一）申报条件",
    }


@pytest.mark.parametrize("unit", ["1.", "（一）", "一、", "第", "附件1", "申报条件：", " ", "…"])
def test_hostile_lines_take_linear_time(unit: str) -> None:
    started = time.process_time()
    outline(blocks(unit * 300_000, *([unit] * 20_000)))
    assert time.process_time() - started < 15
