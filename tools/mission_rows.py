"""
Which mechanisms of the plan have a test that proves them (机制与测试的对应).

    python tools/mission_rows.py

A test that proves a mechanism carries `# mission N` (the plan's numbering) inside it or on its
first line. Only what the product has by now is owed; the rest is listed as not yet there.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MARK = re.compile(r"mission ((?:\d+)(?:, ?\d+)*)")
ROWS = {
    1: "政策知识库：四级、版本、时效、废止、脉络",
    2: "政策找企业：双向匹配、理由、推送、打开与有用",
    3: "推送渠道与走访用的纸面说明",
    4: "推送中的工作通报",
    5: "申报跟踪到兑现",
    6: "三个听取：方式、主题",
    7: "一把手走流程",
    8: "分类三维度与三张清单",
    9: "诉求：紧急程度、目标、责任单位、时限、批示",
    10: "闭环：阶梯、督办、回访、回头看",
    11: "转送并告知去向",
    12: "重点问题清单",
    13: "企业接待日与工作日历",
    14: "政企同心谈的邀请名单",
    15: "营商会客厅",
    16: "两个工作日内的书面报告",
    17: "挂钩联系与项目节点",
    18: "企业专员、项目管家：名单与走访",
    19: "政策咨询；规则草案测算",
    20: "民营企业评价部门",
    21: "12345 等工单的导入导出",
    22: "一站式企业门户",
    23: "培训",
    24: "亲清清单与涉企检查依据",
    25: "依据已失效的政策清理",
    26: "月报与总体情况",
    27: "季度统计表与工作报告",
    28: "考核记分",
    29: "宣传记录",
    30: "机构、角色与数据范围",
}
OWED = frozenset({1, 2, 3, 19, 25, 30})  # whole or in the part that the product has by now


@dataclass(frozen=True, slots=True)
class Proof:
    """One test that says it proves a mechanism (一条证明)."""

    row: int
    test: str  # path::name


def proofs(root: Path = ROOT) -> list[Proof]:
    """All marks in the tests, in order."""
    return [
        proof for path in sorted((root / "tests").rglob("test_*.py")) for proof in _of(path, root)
    ]


def _of(path: Path, root: Path) -> Iterator[Proof]:
    text = path.read_text("utf-8")
    if "mission " not in text:
        return
    spans = [
        (node.lineno, node.end_lineno or node.lineno, node.name)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        found = MARK.search(token.string) if token.type == tokenize.COMMENT else None
        if found is None:
            continue
        line = token.start[0]
        name = next((name for start, end, name in spans if start <= line <= end), "")
        where = f"{path.relative_to(root)}::{name}" if name else f"{path.relative_to(root)}:{line}"
        yield from (Proof(int(number), where) for number in found[1].split(","))


def main() -> None:
    """Print the table."""
    by_row: dict[int, list[str]] = {row: [] for row in ROWS}
    for proof in proofs():
        by_row.setdefault(proof.row, []).append(proof.test)
    for row, name in ROWS.items():
        state = f"{len(by_row[row])} 个测试" if by_row[row] else "缺" if row in OWED else "尚未有"
        print(f"{row:>2}  {name}：{state}")
        for test in by_row[row]:
            print(f"      {test}")


if __name__ == "__main__":
    main()
