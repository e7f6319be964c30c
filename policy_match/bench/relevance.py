"""
How well search finds what is wanted, beside BM25 over character bigrams (检索效果评测).

    python -m policy_match.bench.relevance DATA

DATA is a folder of public sets that the project does not ship. Queries fall into a dev and a test
half by their hash. Weights are learned and choices made on dev alone; test is only reported.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policy_match.domain.policy import Policy
from policy_match.search.embedded import EmbeddedIndex
from policy_match.search.rerank import DEPTH as RERANK_DEPTH
from policy_match.search.rerank import Scorer
from policy_match.search.segment import default_segmenter
from policy_match.testing.factories import make_blocks

DEPTH = 100  # a wanted text below this place counts as not found
_ROUNDS = 2000  # of the bootstrap
_SEED = 20261124


@dataclass(frozen=True, slots=True)
class Task:
    """Queries, the texts among which to find, and which text each query wants (评测任务)."""

    name: str
    queries: tuple[str, ...]
    wanted: tuple[frozenset[int], ...]
    texts: tuple[str, ...]

    def half(self, *, dev: bool) -> list[int]:
        """The queries of one half, by number."""
        return [n for n, query in enumerate(self.queries) if _is_dev(query) is dev]


def _is_dev(query: str) -> bool:
    return hashlib.sha256(query.encode()).digest()[0] % 2 == 0


def load_tasks(data: Path) -> list[Task]:
    """
    The tasks made of the public sets in a folder.

    `answers`: a question about policy, its answer among all answers, without any context.
    `card_titles`: the title of a support card → the card without title and basis.
    `card_targets`: whom a card serves → the card without title, basis and that field.
    `full_texts`: a policy's title → its text without the lines of the title.
    `chunks`: a question on technology policy → chunks judged to answer it, wholly or in part,
    among all chunks, the English ones too; a handful of queries.
    """
    cards = json.loads((data / "policies_structured/beijing_145_cards.json").read_text("utf-8"))
    return [
        _answers(data / "retrieval/ncp_policy_qa.tsv"),
        _cards("card_titles", cards, "标题", lambda text: bool(text)),
        _cards("card_targets", cards, "服务对象", lambda text: 8 <= len(text) <= 300),
        _full_texts(data / "policies_fulltext/policies.jsonl"),
        _chunks(data / "retrieval/china_policy_rag_relevance_251.json"),
    ]


def _task(name: str, pairs: Sequence[tuple[str, str]], others: Sequence[str] = ()) -> Task:
    """A task of query and wanted text; equal texts are one, equal queries too."""
    texts = tuple(dict.fromkeys([*(text for _, text in pairs), *others]))
    places = {text: n for n, text in enumerate(texts)}
    wanted: dict[str, set[int]] = {}
    for query, text in pairs:
        wanted.setdefault(query, set()).add(places[text])
    return Task(name, tuple(wanted), tuple(map(frozenset, wanted.values())), texts)


def _answers(path: Path) -> Task:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return _task("answers", [(row["question"], row["answer"]) for row in rows])


_CARD_FIELDS = ("服务对象", "服务内容", "条件要求", "办理流程", "时间频度")


def _cards(
    name: str, cards: Sequence[Mapping[str, Any]], asked: str, is_query: Callable[[str], bool]
) -> Task:
    def text_of(card: Mapping[str, Any]) -> str:
        return "\n".join(str(card.get(field) or "") for field in _CARD_FIELDS if field != asked)

    pairs = [(str(card.get(asked) or ""), text_of(card)) for card in cards]
    return _task(name, [pair for pair in pairs if is_query(pair[0])], [text for _, text in pairs])


def _full_texts(path: Path) -> Task:
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    pairs = []
    for row in rows:
        title = row.get("title") or ""
        if len(title) >= 8 and any("一" <= char <= "鿿" for char in title):
            pairs.append((title, _without_title(row["text"], title)))
    return _task("full_texts", pairs)


def _chunks(path: Path) -> Task:
    rows = json.loads(path.read_text("utf-8"))
    texts = [row["chunk_text"] for row in rows]
    pairs = [
        (row["query_text"], row["chunk_text"])
        for row in rows
        if row["query_language"] == "zh" and int(row["human_label"]) >= 1
    ]
    return _task("chunks", pairs, texts)


def _without_title(text: str, title: str) -> str:
    """The text without its title: the whole of it wherever it stands, and lines that are parts."""
    bare = "".join(title.split())
    lines = [line for line in text.replace(title, "").split("\n") if "".join(line.split())]
    kept = [line for n, line in enumerate(lines) if n > 5 or "".join(line.split()) not in bare]
    return "\n".join(kept)


@dataclass(frozen=True, slots=True)
class Scores:
    """Recall at 10 and reciprocal rank of every query (逐条得分)."""

    recall: NDArray[np.float64]
    reciprocal: NDArray[np.float64]


def judge(results: Sequence[Sequence[int]], wanted: Sequence[frozenset[int]]) -> Scores:
    """Score ranked lists of text numbers."""
    recall, reciprocal = [], []
    for found, right in zip(results, wanted, strict=True):
        ranks = [rank for rank, text in enumerate(found[:DEPTH], 1) if text in right]
        recall.append(sum(rank <= 10 for rank in ranks) / len(right))
        reciprocal.append(1 / ranks[0] if ranks else 0.0)
    return Scores(np.array(recall), np.array(reciprocal))


class BigramBaseline:
    """BM25 over character bigrams, k1 = 1.2, b = 0.75: the yardstick (对照)."""

    def __init__(self, texts: Sequence[str]) -> None:
        rows = [_bigrams(text) for text in texts]
        lengths = np.array([len(row) for row in rows], np.float64)
        norms = 1.2 * (1 - 0.75 + 0.75 * lengths / lengths.mean())
        postings: dict[str, dict[int, int]] = {}
        for n, row in enumerate(rows):
            for gram in row:
                counts = postings.setdefault(gram, {})
                counts[n] = counts.get(n, 0) + 1
        self._size = len(rows)
        self._postings = {gram: self._weights(counts, norms) for gram, counts in postings.items()}

    def _weights(
        self, counts: Mapping[int, int], norms: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        places = np.fromiter(counts, np.int64, len(counts))
        held = np.fromiter(counts.values(), np.float64, len(counts))
        idf = np.log(1 + (self._size - len(counts) + 0.5) / (len(counts) + 0.5))
        return places, idf * held * 2.2 / (held + norms[places])

    def search(self, query: str) -> list[int]:
        """The best texts by number."""
        scores = np.zeros(self._size)
        for gram in _bigrams(query):
            if gram in self._postings:
                places, weights = self._postings[gram]
                scores[places] += weights
        best = np.argsort(-scores, kind="stable")[:DEPTH]
        return [int(n) for n in best if scores[n] > 0]


def _bigrams(text: str) -> list[str]:
    """As our own second field has them: the same normalisation, none over punctuation."""
    return [gram for gram in default_segmenter().bigrams(text) if len(gram) > 1 or gram < "\x80"]


def text_policy(n: int, text: str) -> Policy:
    """A text as a policy without title, number and date."""
    lines = [("paragraph", line) for line in text.split("\n") if line.strip()]
    return Policy(id=f"{n:06d}", title="", blocks=make_blocks(lines))


def index_task(task: Task, folder: Path, scorer: Scorer | None = None) -> EmbeddedIndex:
    """The task's texts in an index of their own, open for reading."""
    with EmbeddedIndex(folder, write=True) as index:
        index.put(text_policy(n, text) for n, text in enumerate(task.texts))
    return EmbeddedIndex(folder, scorer=scorer)


def run_task(task: Task, half: Sequence[int], index: EmbeddedIndex) -> tuple[Scores, Scores]:
    """Our scores and the yardstick's on some of the queries."""
    baseline = BigramBaseline(task.texts)
    wanted = [task.wanted[n] for n in half]
    ours = [
        [int(hit.policy_id) for hit in index.search(task.queries[n], limit=DEPTH)] for n in half
    ]
    theirs = [baseline.search(task.queries[n]) for n in half]
    return judge(ours, wanted), judge(theirs, wanted)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ours by theirs, with the bounds that 95 of 100 resamplings keep (比值)."""

    ours: float
    theirs: float
    ratio: float
    low: float
    high: float


def compare(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> Ratio:
    """The ratio of means, with a paired bootstrap over the queries."""
    chance = np.random.default_rng(_SEED)
    picks = chance.integers(0, len(ours), (_ROUNDS, len(ours)))
    ratios = ours[picks].mean(axis=1) / np.maximum(theirs[picks].mean(axis=1), 1e-12)
    low, high = np.quantile(ratios, [0.025, 0.975])
    mean, other = float(ours.mean()), float(theirs.mean())
    return Ratio(mean, other, mean / other, float(low), float(high))


def measure(data: Path, *, dev: bool = False) -> dict[str, dict[str, Ratio]]:
    """
    Recall at 10 and mean reciprocal rank of every task, on one half of its queries.

    Returns:
        Task name → `recall_at_10` and `mrr`.
    """
    out: dict[str, dict[str, Ratio]] = {}
    for task in load_tasks(data):
        with tempfile.TemporaryDirectory() as folder, index_task(task, Path(folder)) as index:
            ours, theirs = run_task(task, task.half(dev=dev), index)
        out[task.name] = {
            "recall_at_10": compare(ours.recall, theirs.recall),
            "mrr": compare(ours.reciprocal, theirs.reciprocal),
        }
    return out


@dataclass(frozen=True, slots=True)
class Ceiling:
    """
    How far a figure could go (上限).

    `possible` is what a perfect search would have; `reachable` what a perfect second stage would
    make of the engine's candidates; `ratio` is `possible` by the yardstick.
    """

    possible: float
    reachable: float
    ratio: float


def ceilings(data: Path, *, dev: bool = False) -> dict[str, dict[str, Ceiling]]:
    """What recall at 10 and mean reciprocal rank could be at most, by task, on one half."""
    out: dict[str, dict[str, Ceiling]] = {}
    for task in load_tasks(data):
        half = task.half(dev=dev)
        wanted = [task.wanted[n] for n in half]
        baseline = BigramBaseline(task.texts)
        theirs = judge([baseline.search(task.queries[n]) for n in half], wanted)
        with tempfile.TemporaryDirectory() as folder, index_task(task, Path(folder)) as index:
            found = [_candidates(index, task.queries[n]) for n in half]
        best = judge([sorted(right) for right in wanted], wanted)
        pairs = zip(found, wanted, strict=True)
        second = judge([sorted(texts & right) for texts, right in pairs], wanted)
        out[task.name] = {
            "recall_at_10": _ceiling(best.recall, second.recall, theirs.recall),
            "mrr": _ceiling(best.reciprocal, second.reciprocal, theirs.reciprocal),
        }
    return out


def _candidates(index: EmbeddedIndex, query: str) -> frozenset[int]:
    return frozenset(int(hit.policy_id) for hit in index.search(query, limit=RERANK_DEPTH))


def _ceiling(
    best: NDArray[np.float64], second: NDArray[np.float64], theirs: NDArray[np.float64]
) -> Ceiling:
    possible = float(best.mean())
    return Ceiling(possible, float(second.mean()), possible / max(float(theirs.mean()), 1e-12))


def as_figures(measured: Mapping[str, Mapping[str, Ratio | Ceiling]]) -> dict[str, dict[str, Any]]:
    """What was measured as plain numbers of four decimals, to be written down."""
    return {
        task: {
            name: {key: round(value, 4) for key, value in asdict(ratio).items()}
            for name, ratio in rows.items()
        }
        for task, rows in measured.items()
    }


def main() -> None:
    """Measure both halves and print the figures."""
    data = Path(sys.argv[1])
    for half in ("dev", "test"):
        figures = as_figures(measure(data, dev=half == "dev"))
        limits = as_figures(ceilings(data, dev=half == "dev"))
        both = {half: figures, f"{half}, at most": limits}
        sys.stdout.write(json.dumps(both, ensure_ascii=False, indent=2) + "\n")


if __name__ == "__main__":
    main()
