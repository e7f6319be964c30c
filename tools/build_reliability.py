"""
Write the counts of a soak into docs/explanation/reliability.md (可靠性数字).

    SOAK_REPORT=build/soak.jsonl make soak

runs the seeds and then this. Each line of the report is one seed on one set-up, as
`tests/admin/push/faults.py` judged it by the database and by what the mail server had taken over.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent / "docs" / "explanation" / "reliability.md"
BEGIN, END = "<!-- soak -->", "<!-- /soak -->"
HEAD = (
    "| 装置 | 种子 | 企业/种子 | 杀死后台进程 | 杀死 Redis | 推送 | 恰好一次 "
    "| 结果不明（其中已送达） | 丢失 | 重复 |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def main() -> None:
    """Replace the table between the marks."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    options.add_argument("report", type=Path)
    given = options.parse_args()
    lines = given.report.read_text(encoding="utf-8").splitlines()
    table = table_of([json.loads(line) for line in lines])
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
    print(table)


def table_of(rows: list[dict[str, Any]]) -> str:
    """One line a set-up: the sums over its seeds."""
    by_setup: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_setup[row["setup"], row["enterprises"]].append(row)
    return "\n".join(
        [HEAD, *(_line(name, count, some) for (name, count), some in sorted(by_setup.items()))]
    )


def _line(name: str, count: int, rows: list[dict[str, Any]]) -> str:
    def total(key: str) -> int:
        return sum(int(row[key]) for row in rows)

    cells = [
        name,
        len(rows),
        count,
        total("kills"),
        total("redis_kills"),
        total("enterprises"),
        total("sent"),
        f"{total('uncertain')}（{total('uncertain_taken')}）",
        total("lost"),
        total("doubled"),
    ]
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    main()
