"""Readers and measures out of lines."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from indexer.document import BlockKind, Document, RawBlock
from indexer.extract import extract_measures
from indexer.extract.context import Context
from indexer.extract.logic import Reader
from indexer.extract.prune import tidy
from indexer.extract.view import view_of
from indexer.structure import structure
from policy_match.domain.criterion import (
    All,
    AttestLeaf,
    Criterion,
    FactLeaf,
    Not,
    children_of,
)
from policy_match.domain.policy import Measure, Policy

Atom = tuple[str, str, object]
Extract = Callable[..., tuple[Measure, ...]]
Condition = Callable[[str], Criterion]


def document_of(*lines: str, name: str = "文件.txt") -> Document:
    """A document with one paragraph a line."""
    blocks = tuple(RawBlock(BlockKind.PARAGRAPH, line) for line in lines)
    return Document(name=name, format="txt", blocks=blocks)


def atoms_of(node: Criterion, negated: bool = False) -> list[Atom]:
    """Fact, operator and value of all fact leaves, one for each code, `not` under a negation."""
    if isinstance(node, Not):
        return atoms_of(node.child, not negated)
    if isinstance(node, FactLeaf):
        values = node.value if isinstance(node.value, tuple) else (node.value,)
        return [(node.fact, f"not {node.op}" if negated else node.op, one) for one in values]
    return [atom for child in children_of(node) for atom in atoms_of(child, negated)]


def attests_of(node: Criterion) -> list[str]:
    """The texts of all self-check leaves."""
    if isinstance(node, AttestLeaf):
        return [node.attest]
    return [text for child in children_of(node) for text in attests_of(child)]


@pytest.fixture
def extract() -> Extract:
    """The measures of a text given as lines."""

    def made(*lines: str) -> tuple[Measure, ...]:
        document = document_of(*lines)
        return extract_measures(structure(document), document)

    return made


@pytest.fixture
def condition() -> Condition:
    """The criterion of one sentence of conditions in a policy of 昆明市."""

    def made(text: str) -> Criterion:
        policy = Policy(id="p", title="昆明市某办法", region="530100")
        view = view_of(text)
        reader = Reader.of(view, Context(policy, view.text))
        return tidy(All(all=tuple(reader.stretch(0, len(view.text), "condition"))))

    return made
