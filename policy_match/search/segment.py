"""
One normalisation and one segmentation for index and query (归一化与分词).

Words come from rjieba in search mode, character bigrams from the same runs of characters; runs of
ASCII letters and digits are split here, since jieba and its kin disagree on them. Every engine
gets the tokens joined by blanks and needs no Chinese analyzer of its own.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import rjieba

from policy_match.search.lexicon import field_words

HAN = "々〇㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff"
_NUMBER = (  # 1,000.5 is one token, 3.5 too; 2020.1.1 and 1.2.3 are not
    r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?"
    r"|(?<![0-9]\.)[0-9]+(?:\.[0-9]+)?(?![a-z0-9]|\.[0-9])"
)
_RUNS = re.compile(rf"[{HAN}]+|{_NUMBER}|[a-z0-9]+")
# Most of what NFKC changes in Chinese text; replaced first, the rest rarely needs the slow way.
_WIDE = tuple(zip("，（）：；！？％－．／", ",():;!?%-./", strict=True))
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_CHANGES_LENGTH = re.compile(
    rf"{_INVISIBLE.pattern}|[\u0300-\u036f\u1160-\u11ff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]"
)
_MARK = "\ue000"  # stands for one ASCII run while jieba reads the rest
_GAP = "\n"
_LONGEST = 64  # of an ASCII token: base64 and the like are no words
_VERSION = 1  # of the rules in this module; part of every fingerprint


def normalise(text: str) -> str:
    """
    Full width to half width, compatibility forms, small letters, nothing invisible (归一化).

    >>> normalise("ＩＳＯ９００１ 認證")
    'iso9001 認證'
    """
    for wide, narrow in _WIDE:
        text = text.replace(wide, narrow)
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return _INVISIBLE.sub("", text).lower()


def normalise_with_offsets(text: str) -> tuple[str, list[int]]:
    """
    The normalised text, and for each of its characters the place in `text` it came from.

    The list has one more entry, the length of `text`, so that it also maps the end of a span.
    """
    bare = normalise(text)
    if len(bare) == len(text) and not _CHANGES_LENGTH.search(text):
        return bare, list(range(len(text) + 1))  # nothing dropped or merged, so nothing longer
    pieces: list[str] = []
    places: list[int] = []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and _joins(text[end]):
            end += 1
        piece = normalise(text[start:end])
        pieces.append(piece)
        places += [start] * len(piece)
        start = end
    return "".join(pieces), [*places, len(text)]


def _joins(char: str) -> bool:
    """Whether NFKC may merge the character with the one before it."""
    return unicodedata.combining(char) != 0 or "\u1160" <= char <= "\u11ff"


def runs_of(normalised: str) -> list[str]:
    """The runs of Han characters, numbers and ASCII words of a normalised text, in order."""
    return _RUNS.findall(normalised)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text: words in search mode, and character bigrams (词与二元组)."""

    words: list[str]
    bigrams: list[str]


class Segmenter:
    """
    Cuts text into the tokens that are indexed and searched (分词器).

    Args:
        extra_words: words of the field that jieba's own dictionary lacks.
    """

    def __init__(self, extra_words: Iterable[str] | None = None) -> None:
        words = field_words() if extra_words is None else extra_words
        self.extra_words = tuple(sorted(set(words)))
        self._jieba = rjieba.Jieba()
        for word in self.extra_words:
            self._jieba.add_word(word, None, None)
        self.fingerprint = self._compute_fingerprint()

    def _compute_fingerprint(self) -> str:
        parts = (f"segment {_VERSION}", *self.extra_words)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def tokens(self, text: str) -> Tokens:
        """Words and bigrams of a text in one pass."""
        runs = runs_of(normalise(text))
        return Tokens(self._words(runs), bigrams_of(runs))

    def words(self, text: str) -> list[str]:
        """The words of a text, in search mode: long words with the words inside them."""
        return self._words(runs_of(normalise(text)))

    def bigrams(self, text: str) -> list[str]:
        """
        The character bigrams of a text; a run's last character stands alone at its end.

        So a prefix of one character finds every text that holds the character.
        """
        return bigrams_of(runs_of(normalise(text)))

    def _words(self, runs: list[str]) -> list[str]:
        ascii_runs = iter([_ascii_token(run) for run in runs if run[0] < "\x80"])
        readable = _GAP.join([_MARK if run[0] < "\x80" else run for run in runs])
        cut = self._jieba.cut_for_search(readable)
        return [next(ascii_runs) if token == _MARK else token for token in cut if token != _GAP]


def _ascii_token(run: str) -> str:
    return run.replace(",", "")[:_LONGEST]


def bigrams_of(runs: list[str]) -> list[str]:
    """Runs as overlapping pairs, each run's last character alone at its end."""
    out: list[str] = []
    for run in runs:
        if run[0] < "\x80":
            out.append(_ascii_token(run))
        else:
            out += [run[n : n + 2] for n in range(len(run))]
    return out


@cache
def default_segmenter() -> Segmenter:
    """The segmenter with the packaged words of the field, made once (默认分词器)."""
    return Segmenter()
