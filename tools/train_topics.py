"""
Train the classifiers of themes, kind and forms of support, and measure them (训练主题模型).

    python tools/train_topics.py                 measure by cross validation, print the tables
    python tools/train_topics.py --write         also write the model

Labels are tools/labels/measures.jsonl (document and offsets, no texts) and the forms of support of
../shared/data/gold/dev.jsonl; the texts come from ../shared/data. Folds are by document, documents
that are near copies together. The same input gives the same model.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from real_corpus import DATA, TEXTS, as_text, records
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from skops.io import dump

from indexer.document import Document
from indexer.extract.benefit import kinds_of
from indexer.extract.view import view_of
from indexer.readers import read_document
from indexer.readers.txt import blocks_of
from indexer.structure import structure
from indexer.structure.topics import kind_of, themes_of
from indexer.versions import find_kin
from policy_match.domain.policy import Policy
from policy_match.learn.topics import FIELDS, FILE, SURE_ENOUGH, joined

ROOT = Path(__file__).resolve().parent.parent
LABELS = ROOT / "tools" / "labels" / "measures.jsonl"
MODEL = ROOT / "policy_match" / "data" / "models" / FILE
NAME = "topics-1"
FOLDS = 5
FEWEST = 20  # labels of a value, else it is left to the rules
SEED = 20260101


@dataclass(frozen=True)
class Example:
    """A labelled measure: its text, the group it is kept together with, and its labels."""

    title: str
    text: str
    group: str
    labels: dict[str, frozenset[str] | None]  # None: not labelled for this field


def policies(data: Path) -> dict[str, Policy]:
    """Every document that labels name, by the name they use."""
    found = {}
    for file in TEXTS.values():
        for record in records(data / "policies_fulltext" / file):
            blocks = tuple(blocks_of(as_text(record)))
            found[record["id"]] = structure(Document(record["id"], "txt", blocks))
    for path in (data / "gold" / "texts").glob("*.txt"):
        found[path.stem] = structure(read_document(path))
    for path in (data / "policies_fulltext").glob("html_originals_*/*.html"):
        found[path.stem.split("_")[0]] = structure(read_document(path))
    return found


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a .jsonl file."""
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def examples(data: Path) -> list[Example]:
    """
    All labelled measures, in a fixed order.

    A label whose stretch of text has changed since is left out and told.
    """
    known = policies(data)
    wanted = {row["document"] for row in lines(LABELS)}
    gold = list(lines(data / "gold" / "dev.jsonl"))
    wanted |= {row["id"] for row in gold}
    groups = _groups({name: known[name] for name in sorted(wanted)})
    found = []
    for row in lines(LABELS):
        policy = known[row["document"]]
        text = policy.text[slice(*row["at"])]
        if hashlib.sha256(text.encode()).hexdigest()[: len(row["sha256"])] != row["sha256"]:
            print(f"left out, the text has changed: {row['document']} {row['at']}")
            continue
        labels = {
            "themes": frozenset(row["themes"]),
            "kinds": frozenset(row["kinds"]),
            "kind": frozenset(filter(None, [row["kind"]])),
        }
        found.append(Example(policy.title, text, groups[row["document"]], labels))
    for row in gold:
        policy = known[row["id"]]
        kinds = frozenset(kind for track in row["tracks"] for kind in track["benefit"]["kinds"])
        labels = {"themes": None, "kinds": kinds, "kind": None}
        found.append(Example(policy.title, _content(policy), groups[row["id"]], labels))
    return found


def _content(policy: Policy) -> str:
    """What a card gives: the line of 服务内容 and those below it."""
    text = policy.text
    start = max(text.find("服务内容"), 0)
    return text[start:]


def _groups(documents: dict[str, Policy]) -> dict[str, str]:
    """Documents that share much of their text bear one name."""
    named = {name: one.model_copy(update={"id": name}) for name, one in documents.items()}
    group = {name: name for name in named}
    for kin in find_kin(named.values(), least=0.4):
        old, new = group[kin.newer], group[kin.older]
        group = {name: new if one == old else one for name, one in group.items()}
    return group


def features() -> Any:
    """Character groups of one to three signs, hashed, so that no text is kept."""
    return make_pipeline(
        HashingVectorizer(
            analyzer="char", ngram_range=(1, 3), n_features=2**12, alternate_sign=False, norm=None
        ),
        TfidfTransformer(sublinear_tf=True),
    )


def fitted(matrix: Any, truth: Any, groups: Any) -> CalibratedClassifierCV:
    """
    One calibrated classifier: logistic regression, then a sigmoid over its own held-out answers.

    Single precision and no memory of the folds: what is kept is what predicting needs.
    """
    folds = list(_folds(FOLDS).split(matrix, truth, groups))
    model = CalibratedClassifierCV(
        LogisticRegression(C=10, class_weight="balanced", max_iter=2000),
        method="sigmoid",
        cv=folds,
        ensemble=False,
    )
    model.fit(matrix, truth)
    model.cv = None
    for one in model.calibrated_classifiers_:
        one.estimator.coef_ = one.estimator.coef_.astype(np.float32)
    return model


def _folds(count: int) -> StratifiedGroupKFold:
    return StratifiedGroupKFold(count, shuffle=True, random_state=SEED)


def values(rows: list[Example], field: str) -> list[str]:
    """The values of a field with labels enough, in order."""
    counts: dict[str, int] = {}
    for row in rows:
        for value in row.labels[field] or ():
            counts[value] = counts.get(value, 0) + 1
    return sorted(value for value, count in counts.items() if count >= FEWEST)


def labelled(rows: list[Example], field: str) -> list[Example]:
    """The examples that are labelled for a field."""
    return [row for row in rows if row.labels[field] is not None]


def arrays(rows: list[Example], field: str, value: str) -> tuple[list[str], Any, Any]:
    """Texts, truth and groups of a value."""
    texts = [joined(row.title, row.text) for row in rows]
    truth = np.array([value in (row.labels[field] or ()) for row in rows], int)
    return texts, truth, np.array([row.group for row in rows])


def held_out(rows: list[Example], field: str, value: str) -> tuple[Any, Any]:
    """Truth, and the calibrated chance that a model gave that had not seen the group."""
    texts, truth, groups = arrays(rows, field, value)
    chances = np.zeros(len(rows))
    for train, test in _folds(FOLDS).split(texts, truth, groups):
        made = features()
        matrix = made.fit_transform([texts[n] for n in train])
        model = fitted(matrix, truth[train], groups[train])
        chances[test] = model.predict_proba(made.transform([texts[n] for n in test]))[:, 1]
    return truth, chances


def by_keywords(row: Example, field: str) -> frozenset[str]:
    """What the rules say of the same text: the baseline."""
    if field == "kinds":
        return frozenset(kind.value for kind in kinds_of(view_of(row.text).text))
    if field == "themes":
        return frozenset(themes_of(row.title, row.text))
    return frozenset(filter(None, [kind_of(row.title, row.text)]))


def f1(truth: Any, said: Any) -> tuple[float, float, float]:
    """Precision, recall and F1."""
    hit = int((truth & said).sum())
    precision = hit / max(int(said.sum()), 1)
    recall = hit / max(int(truth.sum()), 1)
    return precision, recall, 2 * hit / max(int(truth.sum() + said.sum()), 1)


def brier(truth: Any, chances: Any) -> float:
    """Mean squared distance of chance and truth."""
    return float(np.mean((chances - truth) ** 2))


def calibration_error(truth: Any, chances: Any, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width."""
    place = np.minimum((chances * bins).astype(int), bins - 1)
    gaps = [
        abs(chances[place == n].mean() - truth[place == n].mean()) * (place == n).mean()
        for n in range(bins)
        if (place == n).any()
    ]
    return float(sum(gaps))


def measure(rows: list[Example], field: str) -> list[str]:
    """The table of a field: each value, then all together, model beside keywords."""
    rows = labelled(rows, field)
    out = [
        f"\n{field}: {len(rows)} measures in {len({row.group for row in rows})} groups",
        "| value | labels | P | R | F1 | keywords P | R | F1 | Brier | ECE | share |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    all_truth, all_chances, all_words = [], [], []
    for value in values(rows, field):
        truth, chances = held_out(rows, field, value)
        words = np.array([value in by_keywords(row, field) for row in rows], int)
        all_truth.append(truth)
        all_chances.append(chances)
        all_words.append(words)
        out.append(_line(value, truth, chances, words))
    columns = (np.concatenate(part) for part in (all_truth, all_chances, all_words))
    out.append(_line("all", *columns))
    silent = np.array([not by_keywords(row, field) for row in rows])
    if silent.any():
        columns = (
            np.concatenate([one[silent] for one in part])
            for part in (all_truth, all_chances, all_words)
        )
        out.append(_line(f"where rules say nothing ({int(silent.sum())})", *columns))
    return out


def _line(name: str, truth: Any, chances: Any, words: Any) -> str:
    said = (chances >= SURE_ENOUGH).astype(int)
    figures = (*f1(truth, said), *f1(truth, words))
    shown = " | ".join(f"{one:.2f}" for one in figures)
    error = f"{brier(truth, chances):.3f} | {calibration_error(truth, chances):.3f}"
    return f"| {name} | {int(truth.sum())} | {shown} | {error} | {truth.mean():.2f} |"


def train(rows: list[Example]) -> dict[str, Any]:
    """The model on all labels, as it is packaged."""
    made = features()
    made.fit([joined(row.title, row.text) for row in rows])
    classifiers: dict[str, dict[str, Any]] = {}
    for field in FIELDS:
        known = labelled(rows, field)
        classifiers[field] = {}
        for value in values(known, field):
            texts, truth, groups = arrays(known, field, value)
            classifiers[field][value] = fitted(made.transform(texts), truth, groups)
    return {"name": NAME, "features": made, "classifiers": classifiers}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--write", action="store_true", help="write the model")
    given = parser.parse_args()
    rows = examples(given.data)
    for field in FIELDS:
        print("\n".join(measure(rows, field)), flush=True)
    if given.write:
        MODEL.parent.mkdir(parents=True, exist_ok=True)
        dump(train(rows), MODEL, compression=zipfile.ZIP_DEFLATED, compresslevel=9)
        print(f"\n{MODEL.relative_to(ROOT)}: {MODEL.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
