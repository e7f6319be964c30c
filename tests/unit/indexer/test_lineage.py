"""Resolving references, chains of levels, repeal as of a day."""

from __future__ import annotations

from datetime import date

from indexer.lineage import Library, derive_events, lineage
from policy_match.domain.policy import Event, EventKind, Policy, PolicyStatus, Reference, Relation


def policy(
    name: str, number: str | None = None, *refs: Reference, on: date | None = None, **more: object
) -> Policy:
    events = (Event(kind=EventKind.ISSUED, on=on),) if on else ()
    return Policy(
        id=f"p-{name}", title=more.pop("title", name), doc_no=number, references=refs,
        issued_on=on, events=events, **more,
    )  # fmt: skip


def ref(relation: Relation, number: str | None = None, title: str | None = None) -> Reference:
    return Reference(relation=relation, doc_no=number, title=title)


def test_by_number_by_title_and_by_what_a_notice_issues() -> None:
    notice = policy(
        "a", "昆政发〔2025〕921号", title="昆明市人民政府关于印发《昆明市产业办法（试行）》的通知",
        issuers=("昆明市人民政府",),
    )  # fmt: skip
    citing = policy("b", "晋政发〔2025〕1号")
    library = Library([notice, citing])
    for reference in (
        ref(Relation.BASIS, "昆政发〔2025〕921号"),
        ref(Relation.BASIS, None, "昆明市产业办法"),
        ref(Relation.BASIS, None, "关于印发《昆明市产业办法（试行）》的通知"),
    ):
        assert library.resolve(reference, citing) == "p-a"
    assert library.resolve(ref(Relation.BASIS, "昆政发〔2025〕922号"), citing) is None


def test_a_shared_number_needs_its_issuers() -> None:
    """Every agency has its own 公告2020年第8号."""
    tax = policy("tax", "财政部 税务总局公告2020年第8号")
    customs = policy("customs", "海关总署公告2020年第8号")
    library = Library([tax, customs])
    citing = policy("c")
    named = ref(Relation.BASIS, "财政部 税务总局公告2020年第8号")
    assert library.resolve(named, citing) == "p-tax"
    assert library.resolve(ref(Relation.BASIS, "公告2020年第8号"), citing) is None


def test_two_of_a_title_are_not_guessed_between() -> None:
    library = Library([policy("a", title="支持办法"), policy("b", title="支持办法")])
    assert library.resolve(ref(Relation.BASIS, None, "支持办法"), policy("c")) is None


def test_the_chain_of_levels() -> None:
    """District → city → province, and back down; own ties first."""
    province = policy("p", "云政发〔2024〕1号")
    city = policy("c", "昆政发〔2024〕2号", ref(Relation.IMPLEMENTS, "云政发〔2024〕1号"))
    district = policy("d", "晋政发〔2024〕3号", ref(Relation.BASIS, "昆政发〔2024〕2号"))
    up = [(x.policy_id, x.relation, x.resolved) for x in lineage("p-d", [district, city, province])]
    assert up == [("p-d", "basis", "p-c"), ("p-c", "implements", "p-p")]
    down = [
        (x.policy_id, x.relation, x.resolved) for x in lineage("p-p", [district, city, province])
    ]
    assert down == [("p-p", "implemented_by", "p-c"), ("p-c", "basis_of", "p-d")]
    assert lineage("p-x", [city]) == []


def test_a_circle_of_references_ends() -> None:
    one = policy("a", "甲发〔2024〕1号", ref(Relation.BASIS, "乙发〔2024〕2号"))
    two = policy("b", "乙发〔2024〕2号", ref(Relation.BASIS, "甲发〔2024〕1号"))
    assert {link.policy_id for link in lineage("p-a", [one, two])} == {"p-a", "p-b"}


def test_ties_of_later_documents_are_left_out_as_of_a_day() -> None:
    old = policy("a", "甲发〔2020〕1号", on=date(2020, 1, 1))
    new = policy(
        "b", "甲发〔2024〕1号", ref(Relation.REPEALS, "甲发〔2020〕1号"), on=date(2024, 1, 1)
    )
    assert lineage("p-a", [old, new], as_of=date(2023, 1, 1)) == []
    assert [x.relation for x in lineage("p-a", [old, new])] == ["repealed_by"]


def test_repeal_counts_from_the_day_of_effect() -> None:
    old = policy("a", "甲发〔2020〕1号", on=date(2020, 1, 1))
    new = policy(
        "b", "甲发〔2024〕1号", ref(Relation.REPEALS, "甲发〔2020〕1号"),
        on=date(2024, 1, 1), effective_on=date(2024, 3, 1),
    )  # fmt: skip
    derived = derive_events([old, new])[0]
    assert derived.status_on(date(2024, 2, 29)) is PolicyStatus.IN_FORCE
    assert derived.status_on(date(2024, 3, 1)) is PolicyStatus.REPEALED
    assert derive_events([derived, new])[0] == derived
    assert derive_events([derived])[0] == old


def test_an_older_document_or_a_draft_changes_nothing() -> None:
    target = policy("a", "甲发〔2024〕1号", on=date(2024, 1, 1))
    older = policy(
        "b", "甲发〔2020〕1号", ref(Relation.REPEALS, "甲发〔2024〕1号"), on=date(2020, 1, 1)
    )
    draft = policy(
        "c", None, ref(Relation.REPEALS, "甲发〔2024〕1号"),
        on=date(2025, 1, 1), status=PolicyStatus.DRAFT,
    )  # fmt: skip
    assert derive_events([target, older, draft])[0] == target
