"""
Draws the charts and the table of docs/explanation/performance.md from a run of the benchmark.

    policy-match bench roster --json > rows.jsonl
    python tools/build_performance.py rows.jsonl
"""

from __future__ import annotations

import json
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/explanation/performance.md"
IMAGES = ROOT / "docs/images"
START, END = "<!-- figures: tools/build_performance.py -->", "<!-- end of figures -->"
ENGINES = {
    "DuckDB 每条一查": "DuckDB, a query a rule",
    "DuckDB 百条一扫": "DuckDB, 100 rules a scan",
    "Polars 每条一查": "Polars, a query a rule",
    "Polars 百条一查": "Polars, 100 rules a query",
    "逐家走树": "walk of the trees",
}


def main(path: Path) -> None:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    plt.rcParams.update({"svg.hashsalt": "policy-match", "font.size": 10})
    draw_engines(rows)
    draw_leaves(rows)
    page = PAGE.read_text("utf-8")
    head, rest = page.split(START)
    tail = rest.split(END)[1]
    PAGE.write_text(f"{head}{START}\n{table(rows)}\n{END}{tail}", "utf-8")


def draw_engines(rows: list[dict[str, Any]]) -> None:
    found = {ENGINES[r["yardstick_name"]]: r for r in rows if r["yardstick_name"] in ENGINES}
    ours = next(iter(found.values()))["ours"]
    names = ["roster", *found]
    values = [ours, *(row["yardstick"] for row in found.values())]
    figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
    bars = axes.barh(names, values, color=["#c23b22", *["#8a8a8a"] * len(found)])
    axes.bar_label(bars, [f"{value:.3g}" for value in values], padding=3)
    axes.set(xscale="log", xlabel="G decisions/s, processor time of two cores")
    axes.set_xlim(right=max(values) * 6)
    axes.invert_yaxis()
    save(figure, "roster-engines.svg")


def draw_leaves(rows: list[dict[str, Any]]) -> None:
    found = {}
    for row in rows:
        distinct = re.search(r"(\d+) 个不同条件$", row["name"])
        if distinct:
            found[int(distinct.group(1))] = row
    counts = sorted(found)
    figure, axes = plt.subplots(figsize=(7, 2.8), layout="constrained")
    axes.plot(counts, [found[n]["ours"] for n in counts], "o-", color="#c23b22", label="roster")
    plain = [found[n]["yardstick"] for n in counts]
    axes.plot(counts, plain, "s--", color="#8a8a8a", label="whole bitsets, rule by rule")
    axes.set(xscale="log", xlabel="distinct leaves", ylabel="G decisions/s", ylim=(0, None))
    axes.set_xticks(counts, [f"{n:,}" for n in counts])
    axes.legend()
    save(figure, "roster-leaves.svg")


def save(figure: Any, name: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    figure.savefig(IMAGES / name, metadata={"Date": None})
    plt.close(figure)


def table(rows: list[dict[str, Any]]) -> str:
    lines = [
        f"Taken {date.today():%Y-%m-%d}.",
        "",
        "| 项目 | 我们 | 参照 | 单位 | 比值 | 目标 | 达到 |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row['name'].removeprefix('roster：')} | {row['ours']:.3g} | "
            f"{row['yardstick']:.3g}（{row['yardstick_name']}） | {row['unit']} | "
            f"{row['ratio']:.3g} | {row['bar']} | {'是' if row['ok'] else '否'} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
