"""
Turn the extractors' estimates into probabilities, and say how good they are (校准把握).

    python tools/calibrate_confidence.py             cross-validate, print the figures
    python tools/calibrate_confidence.py --write     also write the table and the picture

Needs ../shared/data/gold: texts with criteria written by hand. A fact leaf is right when the
labels hold each of its atoms; an item to attest when one of the labels' stands in the same words.
Folds are by document, so each leaf is judged by a table that has not seen its document.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from real_corpus import DATA
from sklearn.isotonic import IsotonicRegression

from indexer.extract.confidence import Calibration
from indexer.extract.measures import read_measures
from indexer.readers import read_document
from indexer.structure import structure
from policy_match.domain.criterion import AttestLeaf, FactLeaf, Node, Not, children_of

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "policy_match" / "data" / "models" / "confidence.json"
PICTURE = ROOT / "docs" / "images" / "reliability.svg"
SCORER = DATA.parent / "bin" / "score_extraction.py"
FOLDS, SEED = 10, 20260101
WEIGHT = 10.0
ATTEST = "self_check"
BINS = (0.0, 0.6, 0.75, 0.85, 0.9, 0.95, 1.001)


@dataclass(frozen=True)
class Leaf:
    """One leaf that was read: its document, extractor, estimate, and whether it is right."""

    document: str
    how: str
    sure: float
    right: bool


def scorer() -> ModuleType:
    """The scorer's own idea of when atoms are the same."""
    spec = importlib.util.spec_from_file_location("score_extraction", SCORER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def leaves(data: Path) -> list[Leaf]:
    """All leaves read in the labelled texts; the same atom of a document once."""
    score = scorer()
    found: list[Leaf] = []
    for line in (data / "gold" / "dev.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        document = read_document(data / "gold" / "texts" / f"{row['id']}.txt")
        policy = structure(document)
        must, may, _, _ = score.gold_record(row)
        attests = list(_gold_attests(row))
        seen = set()
        for measure in read_measures(policy, document):
            for leaf, negated in _walk(measure.criteria):
                atoms = score.atoms(leaf.to_json(), negated)
                key = frozenset(atoms) or leaf.quote
                if key in seen or leaf.how in (None, "unread") or leaf.confidence is None:
                    continue
                seen.add(key)
                right = (
                    all(score.matched(one, must) or score.matched(one, may) for one in atoms)
                    if isinstance(leaf, FactLeaf)
                    else any(_alike(leaf.quote or "", one) for one in attests)
                )
                found.append(Leaf(row["id"], leaf.how or "", leaf.confidence, right))
    return found


def _walk(node: Node, negated: bool = False) -> Iterator[tuple[FactLeaf | AttestLeaf, bool]]:
    if isinstance(node, FactLeaf | AttestLeaf):
        yield node, negated
    for child in children_of(node):
        yield from _walk(child, negated ^ isinstance(node, Not))


def _gold_attests(row: Any) -> Iterator[str]:
    stack = [track["criteria"] for track in row["tracks"]]
    while stack:
        node = stack.pop()
        if "attest" in node:
            yield node.get("quote") or node["attest"]
        for key in ("all", "any", "of"):
            stack.extend(node.get(key, ()))
        if "not" in node:
            stack.append(node["not"])


def _alike(one: str, other: str) -> bool:
    left, right = ({text[n : n + 2] for n in range(len(text) - 1)} for text in (one, other))
    return len(left & right) >= 0.5 * min(len(left), len(right)) > 0


def fit(rows: Sequence[Leaf]) -> Calibration:
    """
    A table from leaves: the rising curve of facts, and each extractor's record.

    Items to attest all bear one estimate and outnumber facts: their record alone speaks for them.
    """
    facts = [row for row in rows if row.how != ATTEST]
    sure = np.array([row.sure for row in facts])
    right = np.array([row.right for row in facts], float)
    curve = IsotonicRegression(y_min=0.02, y_max=0.98, out_of_bounds="clip").fit(sure, right)
    points = sorted(set(sure.tolist()))
    records: dict[str, tuple[int, int]] = {}
    for row in rows:
        a, b = records.get(row.how, (0, 0))
        records[row.how] = (a + row.right, b + 1)
    shape = tuple(
        (x, round(float(y), 4)) for x, y in zip(points, curve.predict(points), strict=True)
    )
    return Calibration(shape, dict(sorted(records.items())), WEIGHT)


def held_out(rows: Sequence[Leaf]) -> list[float]:
    """Each leaf's confidence by a table fitted without its fold of documents."""
    names = sorted({row.document for row in rows})
    random.Random(SEED).shuffle(names)
    fold = {name: n % FOLDS for n, name in enumerate(names)}
    tables = [fit([row for row in rows if fold[row.document] != n]) for n in range(FOLDS)]
    return [tables[fold[row.document]].confidence(row.how, row.sure) for row in rows]


def brier(chances: Sequence[float], rows: Sequence[Leaf]) -> float:
    """Mean squared distance of confidence and truth."""
    return float(np.mean([(c - row.right) ** 2 for c, row in zip(chances, rows, strict=True)]))


def bins(chances: Sequence[float], rows: Sequence[Leaf]) -> Iterator[tuple[float, float, int]]:
    """Mean confidence, share that was right, and size of each bin that holds any."""
    for low, high in pairwise(BINS):
        inside = [(c, r.right) for c, r in zip(chances, rows, strict=True) if low <= c < high]
        if inside:
            mean, right = np.mean([c for c, _ in inside]), np.mean([r for _, r in inside])
            yield float(mean), float(right), len(inside)


def calibration_error(chances: Sequence[float], rows: Sequence[Leaf]) -> float:
    """Expected calibration error over the bins."""
    return sum(abs(mean - right) * size for mean, right, size in bins(chances, rows)) / len(rows)


def draw(before: Sequence[float], after: Sequence[float], rows: Sequence[Leaf]) -> None:
    """The reliability curve as SVG, the same bytes from the same figures."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "reliability"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 4.2))
    axes.plot([0, 1], [0, 1], color="#999", linewidth=1, linestyle="--")
    for chances, words, colour in (
        (before, "estimate of the extractor", "#b45309"),
        (after, "calibrated, held out", "#1d4ed8"),
    ):
        points = list(bins(chances, rows))
        axes.plot([x for x, _, _ in points], [y for _, y, _ in points], color=colour, label=words)
        axes.scatter(
            [x for x, _, _ in points],
            [y for _, y, _ in points],
            s=[12 + size / 3 for _, _, size in points],
            color=colour,
        )
    axes.set(xlim=(0.3, 1), ylim=(0.3, 1), xlabel="confidence", ylabel="share right")
    axes.legend(loc="upper left", frameon=False)
    figure.tight_layout()
    figure.savefig(PICTURE, metadata={"Date": None})


def show(name: str, chances: Sequence[float], rows: Sequence[Leaf]) -> None:
    """Print the two errors and the bins."""
    error = calibration_error(chances, rows)
    print(f"\n{name}: {len(rows)} leaves, Brier {brier(chances, rows):.4f}, ECE {error:.4f}")
    print("| confidence | right | leaves |\n|---|---|---|")
    for mean, right, size in bins(chances, rows):
        print(f"| {mean:.2f} | {right:.2f} | {size} |")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--write", action="store_true", help="write the table and the picture")
    given = parser.parse_args()
    rows = leaves(given.data)
    before, after = [row.sure for row in rows], held_out(rows)
    print(f"{len(rows)} leaves of {len({row.document for row in rows})} documents")
    facts = [n for n, row in enumerate(rows) if row.how != ATTEST]
    for what, chosen in (("all leaves", range(len(rows))), ("facts alone", facts)):
        some = [rows[n] for n in chosen]
        for name, chances in (("estimates", before), ("calibrated, held out", after)):
            show(f"{what}, {name}", [chances[n] for n in chosen], some)
    print("\n| extractor | right | leaves |\n|---|---|---|")
    table = fit(rows)
    for name, (right, total) in table.extractors.items():
        print(f"| {name} | {right} | {total} |")
    if given.write:
        held = {"curve": table.curve, "extractors": table.extractors, "weight": table.weight}
        lines = [f'"{key}": {json.dumps(value)}' for key, value in held.items()]
        TABLE.write_text("{\n " + ",\n ".join(lines) + "\n}\n", "utf-8")
        draw([before[n] for n in facts], [after[n] for n in facts], [rows[n] for n in facts])


if __name__ == "__main__":
    main()
