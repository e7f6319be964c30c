"""The chain of a policy as a picture: mermaid, Graphviz, or SVG where `dot` is installed (图)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from indexer.lineage import Link
from policy_match.domain.policy import Policy, PolicyLevel, PolicyStatus
from policy_match.errors import InputError, MissingExtra, ServiceError
from policy_match.wording import LEVELS, STATUSES

FORMS = (".mmd", ".dot", ".svg")
_WORDS = {
    "basis": "依据",
    "implements": "落实",
    "amends": "修改",
    "repeals": "废止",
    "mentions": "提及",
}
_FORWARD = {  # a tie from the other side is drawn as that side's own
    "basis_of": "basis",
    "implemented_by": "implements",
    "amended_by": "amends",
    "repealed_by": "repeals",
    "mentioned_by": "mentions",
}
_GONE = (PolicyStatus.REPEALED, PolicyStatus.EXPIRED)
_WIDTH = 18
_DOT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Node:
    """One document of the picture (图中的一份文件)."""

    name: str
    policy_id: str | None  # None: not in the set
    level: PolicyLevel | None
    lines: tuple[str, ...]
    gone: bool
    known: bool
    start: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Nodes and arrows of a chain, each once (脉络图)."""

    nodes: tuple[Node, ...]
    arrows: tuple[tuple[str, str, str], ...]


def chart_of(
    policy_id: str, links: Iterable[Link], policies: Mapping[str, Policy], *, as_of: date
) -> Chart:
    """
    The picture's nodes and arrows (脉络图).

    Args:
        policy_id: the policy in the middle.
        links: its lineage.
        policies: those that links resolve to, by id; what is not there is drawn dashed.
        as_of: the day whose status is shown.
    """
    names: dict[str, str] = {}
    nodes: list[Node] = []

    def node(key: str, title: str, number: str | None) -> str:
        if key not in names:
            names[key] = f"n{len(names)}"
            nodes.append(
                _node(names[key], policies.get(key), title, number, as_of, key == policy_id)
            )
        return names[key]

    start = policies[policy_id]
    node(policy_id, start.title, start.doc_no)
    arrows: dict[tuple[str, str, str], None] = {}
    for link in links:
        key = link.resolved or f"{link.doc_no}|{link.of}"
        other = node(key, link.of or link.doc_no or "", link.doc_no)
        own_policy = policies.get(link.policy_id, start)
        own = node(link.policy_id, own_policy.title, own_policy.doc_no)
        word = _FORWARD.get(link.relation)
        arrow = (other, own, _WORDS[word]) if word else (own, other, _WORDS[link.relation])
        arrows[arrow] = None
    return Chart(tuple(nodes), tuple(arrows))


def _node(
    name: str, policy: Policy | None, title: str, number: str | None, as_of: date, start: bool
) -> Node:
    lines = list(_wrapped(policy.title if policy else title))
    shown_number = (policy.doc_no if policy else None) or number
    if shown_number:
        lines.append(shown_number)
    if policy is None:
        lines.append("未收录")
        return Node(name, None, None, tuple(lines), False, False, start)
    status = policy.status_on(as_of)
    level = f"{LEVELS[policy.level]} · " if policy.level else ""
    lines.append(f"{level}{STATUSES[status]}")
    return Node(
        name, policy.id, policy.level, tuple(lines), status in _GONE, known=True, start=start
    )


def _wrapped(title: str) -> Iterable[str]:
    shown = title if len(title) <= 3 * _WIDTH else title[: 3 * _WIDTH - 1] + "…"
    return (shown[n : n + _WIDTH] for n in range(0, len(shown), _WIDTH))


def to_mermaid(chart: Chart) -> str:
    """
    The chart as a mermaid flowchart.

    Every sign of a title that could end the label or be markup is written as an entity.
    """
    lines = ["flowchart BT"]
    for one in chart.nodes:
        label = "<br/>".join(_mermaid_text(line) for line in one.lines)
        lines.append(f'  {one.name}["{label}"]')
    lines += [f"  {a} -->|{word}| {b}" for a, b, word in chart.arrows]
    lines += [
        "  classDef start stroke-width:3px",
        "  classDef gone fill:#f6d5d5,stroke:#a33",
        "  classDef absent stroke-dasharray:4",
    ]
    for one in chart.nodes:
        kinds = [("start", one.start), ("gone", one.gone), ("absent", not one.known)]
        lines += [f"  class {one.name} {kind}" for kind, holds in kinds if holds]
    return "\n".join(lines) + "\n"


def _mermaid_text(text: str) -> str:
    return "".join(f"#{ord(sign)};" if sign in '"#;<>&`|[]{}\\' else sign for sign in text)


def to_dot(chart: Chart) -> str:
    """The chart in Graphviz's language."""
    lines = [
        "digraph lineage {",
        "  rankdir=BT;",
        '  node [shape=box, style="rounded,filled", fillcolor=white, fontname="Noto Sans CJK SC"];',
        '  edge [fontname="Noto Sans CJK SC"];',
    ]
    for one in chart.nodes:
        label = "\\n".join(_dot_text(line) for line in one.lines)
        more = ', fillcolor="#f6d5d5"' if one.gone else ""
        more += "" if one.known else ', style="rounded,dashed"'
        more += ", penwidth=3" if one.start else ""
        lines.append(f'  {one.name} [label="{label}"{more}];')
    lines += [f'  {a} -> {b} [label="{word}"];' for a, b, word in chart.arrows]
    return "\n".join([*lines, "}"]) + "\n"


def _dot_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def write_picture(chart: Chart, path: Path) -> None:
    """
    Write the chart in the form that the file's name asks for (写图).

    Raises:
        InputError: the name ends in none of .mmd, .dot and .svg, or can't be written.
        MissingExtra: .svg, and Graphviz's `dot` is not installed.
        ServiceError: `dot` failed.
    """
    form = path.suffix.lower()
    if form not in FORMS:
        raise InputError(
            f"不认识的图片格式“{path.suffix or path.name}”",
            advice=f"文件名以 {'、'.join(FORMS)} 结尾",
        )
    text = to_mermaid(chart) if form == ".mmd" else to_dot(chart)
    try:
        if form == ".svg":
            path.write_bytes(_svg(text))
        else:
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"写不了：{error.strerror}", where=str(path), advice="换一个可写的文件夹"
        ) from None


def _svg(dot: str) -> bytes:
    program = shutil.which("dot")
    if program is None:
        raise MissingExtra(
            "没有安装 Graphviz 的 dot，画不了 .svg",
            advice="用 apt-get install graphviz 安装，或改写 .mmd、.dot",
        )
    try:
        done = subprocess.run(  # noqa: S603 - a program found on the path, text on stdin only
            [program, "-Tsvg"],
            input=dot.encode(),
            capture_output=True,
            timeout=_DOT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ServiceError(f"dot 没有画成：{error}", advice="改写 .dot 再自行转换") from None
    return done.stdout
