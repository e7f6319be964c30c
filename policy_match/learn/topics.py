"""
Themes, kind and forms of support of a measure, learned from labelled ones (主题、类别、支持方式).

For where rules say nothing. Needs the extra `learn`; without it there is simply no model, and
everything goes by rules. The model is loaded on first use and makes no copy of any text: it holds
weights of hashed character groups. How it was made and how good it is: docs/explanation, the
model cards; `tools/train_topics.py` makes it anew.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from policy_match.domain.policy import Guess

FIELDS = ("themes", "kinds", "kind")
FILE = "topics.skops"
SURE_ENOUGH = 0.5  # calibrated; below that a guess is more often wrong than right
_TRUSTED = (  # private parts of scikit-learn's own calibration, looked at by hand
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
)
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class TopicModel:
    """
    One calibrated classifier a value of a field (主题模型).

    Args:
        name: with its version; what `Guess.how` says.
        features: makes the matrix of a list of texts (a scikit-learn transformer).
        classifiers: by field, then by value; each with `predict_proba`.
    """

    name: str
    features: Any
    classifiers: Mapping[str, Mapping[str, Any]]

    def guesses(
        self,
        fields: Sequence[str],
        measures: Sequence[tuple[str, str]],
        *,
        least: float = SURE_ENOUGH,
    ) -> list[tuple[Guess, ...]]:
        """
        What the model holds for likely enough of each measure (判断).

        Args:
            fields: of `FIELDS`; `kind` gets at most one value, the others any number.
            measures: the policy's title and the measure's text, for each.
            least: the confidence from which a value is given.

        Returns:
            One tuple a measure, in their order: by field, the surest first.
        """
        if not measures:
            return []
        matrix = self.features.transform([joined(title, text) for title, text in measures])
        found: list[list[Guess]] = [[] for _ in measures]
        for field in fields:
            columns = {
                value: one.predict_proba(matrix)[:, 1]
                for value, one in self.classifiers[field].items()
            }
            for n, row in enumerate(found):
                chances = {value: float(column[n]) for value, column in columns.items()}
                row.extend(self._sure(field, chances, least))
        return [tuple(row) for row in found]

    def _sure(self, field: str, chances: Mapping[str, float], least: float) -> list[Guess]:
        sure = [
            Guess(field=field, value=value, how=self.name, confidence=round(chance, 3))
            for value, chance in chances.items()
            if chance >= least
        ]
        sure.sort(key=lambda guess: (-guess.confidence, guess.value))
        return sure[:1] if field == "kind" else sure


def joined(title: str, text: str) -> str:
    """What is looked at: the title and the beginning of the text, without blanks."""
    return "".join(f"{title}。{text}".split())[:_LONGEST]


@lru_cache(maxsize=1)
def load_topics() -> TopicModel | None:
    """The packaged model; None where scikit-learn or skops is not installed (载入模型)."""
    try:
        from skops.io import loads
    except ImportError:
        return None
    data = resources.files("policy_match.data").joinpath("models", FILE).read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # another version of scikit-learn: a test compares answers
        held = loads(data, trusted=list(_TRUSTED))
    return TopicModel(held["name"], held["features"], held["classifiers"])
