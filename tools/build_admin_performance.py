"""
Writes the table of docs/explanation/admin-performance.md from runs of the benchmarks.

    policy-match bench admin import --json > rows.jsonl
    python tools/build_admin_performance.py rows.jsonl
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from build_performance import END, table

PAGE = Path(__file__).resolve().parents[1] / "docs/explanation/admin-performance.md"
START = "<!-- figures: tools/build_admin_performance.py -->"


def main(path: Path) -> None:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    head, rest = PAGE.read_text("utf-8").split(START)
    tail = rest.split(END)[1]
    PAGE.write_text(f"{head}{START}\n{table(rows)}\n{END}{tail}", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
