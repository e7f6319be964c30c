"""Policies for the tests of the desk: written here, read by no program."""

from __future__ import annotations

from datetime import date
from typing import Any

from policy_match.domain.criterion import parse_criterion
from policy_match.domain.policy import (
    Block,
    Measure,
    Policy,
    PolicyLevel,
    Publicity,
    Source,
)

LINES = (
    "测试区支持企业发展若干措施",
    "第一条 对注册资本500万元以上的制造业企业，给予最高50万元补助。",
    "第二条 从业人员20人以上且具有健全财务制度的企业，可申请贷款贴息。",
)


def leaf(text: str, quote: str, **data: Any) -> dict[str, Any]:
    start = text.index(quote)
    return {
        **data,
        "quote": quote,
        "at": [start, start + len(quote)],
        "how": "t",
        "confidence": 0.9,
    }


def policy_of(lines: tuple[str, ...] = LINES, *, capital: int = 5_000_000) -> Policy:
    """A policy with a measure for each line but the first."""
    text, blocks, start = "\n".join(lines), [], 0
    for n, line in enumerate(lines):
        kind = "title" if n == 0 else "article"
        blocks.append(Block(n=n, kind=kind, text=line, at=(start, start + len(line))))
        start += len(line) + 1
    return Policy(
        id="p-test",
        title=lines[0],
        doc_no="测政〔2026〕1号",
        issuers=("测试区人民政府",),
        level=PolicyLevel.DISTRICT,
        region="530115",
        issued_on=date(2026, 1, 5),
        publicity=Publicity.OPEN,
        source=Source(file="test.docx", sha256="0" * 64),
        blocks=tuple(blocks),
        measures=tuple(
            _measure(n, block, text, capital) for n, block in enumerate(blocks[1:], start=1)
        ),
    )


def _measure(n: int, block: Block, text: str, capital: int) -> Measure:
    return Measure(
        id=f"p-test/{n}",
        title=block.text.split("，")[0][:30],
        quote=block.text,
        at=block.at,
        criteria=parse_criterion(_rule(block.text, text, capital)),
    )


def _rule(line: str, text: str, capital: int) -> dict[str, Any]:
    parts = []
    if "注册资本" in line:
        quote = line[line.index("注册资本") : line.index("以上") + 2]
        parts.append(leaf(text, quote, fact="registered_capital", op=">=", value=capital))
        parts.append(leaf(text, "制造业企业", fact="industry", op="in", value=["C"]))
    if "从业人员" in line:
        parts.append(leaf(text, "从业人员20人以上", fact="employees", op=">=", value=20))
        parts.append(leaf(text, "具有健全财务制度", attest="具有健全财务制度"))
    return {"all": parts}
