"""Policies whose basis is gone, and the chain as a picture."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from indexer.bases import lost_bases
from indexer.lineage import derive_events, lineage
from indexer.picture import Chart, chart_of, to_dot, to_mermaid, write_picture
from policy_match.domain.policy import (
    Event,
    EventKind,
    Policy,
    PolicyLevel,
    PolicyStatus,
    Reference,
    Relation,
)
from policy_match.errors import InputError, MissingExtra

DAY = date(2026, 11, 24)


def policy(
    name: str,
    *refs: tuple[Relation, str],
    on: date = date(2020, 1, 1),
    ends: date | None = None,
    title: str | None = None,
) -> Policy:
    events = [Event(kind=EventKind.ISSUED, on=on)]
    events += [Event(kind=EventKind.EXPIRES, on=ends)] if ends else []
    return Policy(
        id=f"p-{name}",
        title=title or name,
        doc_no=f"{name}〔2020〕1号",
        level=PolicyLevel.CITY,
        issued_on=on,
        events=tuple(events),
        references=tuple(Reference(doc_no=f"{to}〔2020〕1号", relation=kind) for kind, to in refs),
    )


def test_a_policy_on_a_repealed_basis_is_found() -> None:
    # mission 25
    law = policy("法")
    local = policy("细", (Relation.BASIS, "法"))
    repeal = policy("废", (Relation.REPEALS, "法"), on=date(2025, 3, 1))
    known = derive_events([law, local, repeal])
    (found,) = lost_bases(known, as_of=DAY)
    assert (found.policy.id, found.basis.id, found.status) == (
        "p-细",
        "p-法",
        PolicyStatus.REPEALED,
    )
    assert (found.since, found.by) == (date(2025, 3, 1), "废〔2020〕1号")
    assert lost_bases(known, as_of=date(2025, 2, 28)) == ()


def test_an_expired_basis_counts_and_so_does_a_basis_of_a_basis() -> None:
    plan = policy("规", ends=date(2025, 12, 31))
    opinion = policy("意", (Relation.IMPLEMENTS, "规"))
    rules = policy("细", (Relation.BASIS, "意"))
    found = lost_bases([plan, opinion, rules], as_of=DAY)
    assert [(one.policy.id, one.basis.id, one.through) for one in found] == [
        ("p-意", "p-规", ()),
        ("p-细", "p-规", ("p-意",)),
    ]
    assert {one.status for one in found} == {PolicyStatus.EXPIRED}


def test_what_is_itself_gone_or_only_mentions_is_left_out() -> None:
    plan = policy("规", ends=date(2025, 12, 31))
    gone = policy("旧", (Relation.BASIS, "规"), ends=date(2025, 6, 30))
    passing = policy("提", (Relation.MENTIONS, "规"))
    later = policy("后", (Relation.BASIS, "规"), on=date(2027, 1, 1))
    assert lost_bases([plan, gone, passing, later], as_of=DAY) == ()


def test_bases_that_go_in_a_circle_end() -> None:
    one = policy("甲", (Relation.BASIS, "乙"))
    other = policy("乙", (Relation.BASIS, "甲"))
    assert lost_bases([one, other], as_of=DAY) == ()


HOSTILE = '支持"甲";<script>|乙]办法'


@pytest.fixture
def chart() -> Chart:
    known = derive_events(
        [
            policy("法", ends=date(2025, 1, 1)),
            policy("细", (Relation.BASIS, "法"), (Relation.MENTIONS, "外"), title=HOSTILE),
            policy("则", (Relation.IMPLEMENTS, "细")),
        ]
    )
    by_id = {one.id: one for one in known}
    return chart_of("p-细", lineage("p-细", known, as_of=DAY), by_id, as_of=DAY)


def test_every_document_is_drawn_once_with_its_ties(chart: Chart) -> None:
    assert len(chart.nodes) == 4
    assert sorted(word for _, _, word in chart.arrows) == ["依据", "提及", "落实"]
    assert [one.gone for one in chart.nodes].count(True) == 1
    assert [one.known for one in chart.nodes].count(False) == 1


def test_mermaid_keeps_titles_from_being_markup(chart: Chart) -> None:
    text = to_mermaid(chart)
    assert text.startswith("flowchart BT\n")
    assert "<script>" not in text
    for line in text.splitlines():
        if '["' in line:
            assert line.count('"') == 2
    assert "class n0 start" in text


def test_dot_is_written_and_an_svg_where_dot_is(chart: Chart, tmp_path: Path) -> None:
    write_picture(chart, tmp_path / "脉络.dot")
    assert (tmp_path / "脉络.dot").read_text("utf-8") == to_dot(chart)
    if shutil.which("dot") is None:
        pytest.skip("Graphviz is not installed (apt-get install graphviz)")
    write_picture(chart, tmp_path / "脉络.svg")
    root = ElementTree.fromstring((tmp_path / "脉络.svg").read_bytes())
    assert root.tag.endswith("svg")
    assert any(HOSTILE[:3] in (text or "") for text in root.itertext())


def test_without_dot_an_svg_is_refused_with_advice(
    chart: Chart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingExtra, match="graphviz"):
        write_picture(chart, tmp_path / "脉络.svg")


def test_another_form_and_an_absent_folder_are_refused(chart: Chart, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.mmd"):
        write_picture(chart, tmp_path / "脉络.png")
    with pytest.raises(InputError, match="写不了"):
        write_picture(chart, tmp_path / "无" / "脉络.mmd")
