"""Draft rules from a file: one in a .json, one a line in a .jsonl (读取规则文件)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from policy_match.domain.facts import FactRegistry
from policy_match.enterprises import load_json, read_text
from policy_match.errors import InputError, RuleError
from policy_match.facade import DraftRule, parse_draft

_ONE_A_LINE = "多条规则请写进 .jsonl，每行一条"


def read_rules(
    path: Path, *, registry: FactRegistry | None = None
) -> Iterator[DraftRule | InputError]:
    """
    Read draft rules in the file's order; one that is refused comes as its error.

    Blank lines don't count.

    Raises:
        InputError: the file can't be read, or has another ending.
    """
    ending = path.suffix.lower()
    if ending not in (".json", ".jsonl"):
        raise RuleError(
            f"不认识的规则文件格式“{ending or '无扩展名'}”",
            where=str(path),
            advice="规则写在 .json（一条）或 .jsonl（每行一条）里",
        )
    text = read_text(path)
    lines = [text] if ending == ".json" else [line for line in text.split("\n") if line.strip()]
    for n, line in enumerate(lines, 1):
        where = str(path) if ending == ".json" else f"{path} 第 {n} 条"
        try:
            data = load_json(line, where)
            if isinstance(data, list):
                yield RuleError("这是一个列表，应为一条规则", where=where, advice=_ONE_A_LINE)
                continue
            yield parse_draft(data, registry=registry)
        except RuleError as error:
            yield error.at(where)
        except InputError as error:
            yield error
