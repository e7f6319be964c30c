"""No condition is lost: the sentences of condition sections stand in some leaf's quote."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from indexer.document import Document
from indexer.extract import extract_measures
from indexer.extract.parts import Line, Role, lay_out
from indexer.extract.sentences import sentences
from indexer.extract.view import View, view_of
from indexer.readers import read_document
from indexer.structure import structure
from policy_match.domain.criterion import AttestLeaf, leaves_of
from policy_match.domain.policy import Measure, Policy

from .test_extraction_score import GOLD, SHARED, labels
from .test_metadata_accuracy import corpus_tool

COVERED, ATTEST = (
    0.96,
    0.12,
)  # least coverage; how far the share of attest leaves may pass the gold's
SHORTEST = 6
_HEADER = re.compile(r":$|^[^,。;]{0,18}(?:条件|要求|如下|情形|情况|材料)$|申请条件$")
_NO_CONDITION = re.compile(r"优先|侧重|放宽|下浮|可以?直接|[□☐☑]|附件\d|网址|http")

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not GOLD.is_dir(), reason=f"真实语料不在 {GOLD}"),
]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> list[Document]:
    folder = tmp_path_factory.mktemp("corpus")
    corpus_tool().write_texts(SHARED / "data", folder)
    files = [*sorted((GOLD / "texts").glob("*.txt")), *sorted((folder / "policies").glob("*.txt"))]
    return [read_document(path) for path in files]


def condition_sentences(policy: Policy, view: View) -> Iterator[tuple[int, int]]:
    """Sentences of condition sections, without their headers and what only says who goes first."""
    for part in lay_out(policy, view).of(Role.CONDITION):
        for line in part.lines:
            yield from (at for at in _of_line(line, view) if _states(view.text[slice(*at)]))


def _of_line(line: Line, view: View) -> Iterator[tuple[int, int]]:
    yield from sentences(view.text, line.start, line.end)


def _states(text: str) -> bool:
    return len(text) >= SHORTEST and not _HEADER.search(text) and not _NO_CONDITION.search(text)


def uncovered(policy: Policy, measures: tuple[Measure, ...], counts: Counter[str]) -> list[str]:
    """Sentences that no leaf quotes, or quotes less than half of; a text said twice counts once."""
    view = view_of(policy.text)
    marked = bytearray(len(policy.text))
    quotes = set()
    for leaf in (leaf for measure in measures for leaf in leaves_of(measure.criteria)):
        counts["attest" if isinstance(leaf, AttestLeaf) else "fact"] += 1
        if leaf.at and leaf.how != "unread":
            marked[slice(*leaf.at)] = b"\1" * (leaf.at[1] - leaf.at[0])
            quotes.add(view_of(leaf.quote or "").text)
    lost = []
    for start, end in condition_sentences(policy, view):
        left, right = view.span(start, end)
        text = view.text[start:end]
        counts["all"] += 1
        if 2 * sum(marked[left:right]) < right - left and not any(text in one for one in quotes):
            lost.append(text)
    return lost


def gold_attest_share() -> float:
    kinds: Counter[str] = Counter()

    def walk(node: dict[str, object]) -> None:
        for key in ("all", "any", "of"):
            children = node.get(key, [])
            assert isinstance(children, list)
            for child in children:
                walk(child)
        inner = node.get("not")
        if isinstance(inner, dict):
            walk(inner)
        kinds.update(key for key in ("attest", "fact") if key in node)

    for row in labels():
        for track in row["tracks"]:
            walk(track["criteria"])
    return kinds["attest"] / kinds.total()


def test_no_condition_is_lost_and_not_all_are_left_to_people(documents: list[Document]) -> None:
    counts: Counter[str] = Counter()
    lost: list[str] = []
    for document in documents:
        policy = structure(document)
        measures = extract_measures(policy, document)
        if measures:
            lost += uncovered(policy, measures, counts)

    share = counts["attest"] / (counts["attest"] + counts["fact"])

    assert 1 - len(lost) / counts["all"] >= COVERED, "\n".join(lost)
    assert share <= gold_attest_share() + ATTEST, share
