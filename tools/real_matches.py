"""
Match the 240 registered enterprises of the district against an index of the real corpus.

    policy-match index FOLDER --index INDEX      (FOLDER as tools/real_corpus.py writes it)
    python tools/real_matches.py INDEX [--data ../shared/data] [--as-of 2026-11-24]

Prints the figures and the ten examples of docs/explanation/real-corpus.md.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from datetime import date
from pathlib import Path

from policy_match import wording
from policy_match.domain.verdict import Verdict
from policy_match.facade import CheckUp, Matcher
from policy_match.registration import Registered, read_registration

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
FILE = "enterprises/jinning_enterprises_1980_2004.csv"


def registered(path: Path, read_on: date) -> list[Registered]:
    """The enterprises of the register."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return [read_registration(row, read_on=read_on) for row in csv.DictReader(lines)]


def main() -> None:
    """Print figures and examples."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    options.add_argument("index")
    options.add_argument("--data", type=Path, default=DATA)
    options.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 11, 24))
    given = options.parse_args()
    matcher = Matcher.open(given.index)
    people = registered(given.data / FILE, given.as_of)
    print(f"政策 {len(matcher.policies)}，措施 {len(matcher.pairs)}，企业 {len(people)}")
    counts: Counter[str] = Counter()
    any_fit = 0
    shown: set[str] = set()
    for n, one in enumerate(people):
        check = matcher.check(one.enterprise, as_of=given.as_of)
        verdicts = Counter(match.decision.verdict for match in check.matches)
        counts.update(verdict.value for verdict in verdicts.elements())
        any_fit += bool(verdicts[Verdict.ELIGIBLE])
        counts["self_check"] += sum(match.decision.self_check for match in check.matches)
        if n % 24 == 0:
            show(one, check, given.as_of, shown)
    print(dict(counts), f"至少一项符合：{any_fit}")


def show(one: Registered, check: CheckUp, as_of: date, shown: set[str]) -> None:
    """One enterprise's best match of a policy not shown before, and its best question."""
    print(f"\n### {one.enterprise.name}")
    if one.guess:
        guess = one.guess
        print(f"\n行业猜测（不参与判定）：{guess.name}（{guess.code}），据“{guess.because}”。")
    match = next((m for m in check.matches if m.policy.id not in shown and m.can_apply), None)
    if match is not None:
        shown.add(match.policy.id)
        verdict = wording.verdict_words(match.decision)
        source = f"《{match.policy.title}》{match.policy.doc_no or ''}"
        print(f"\n{match.measure.title}【{verdict}】：{source}")
        window = wording.window_words(match.measure, as_of=as_of)
        print(f"（{wording.benefit_words(match.measure)}；{window}）\n")
        for line in wording.decision_lines(match.decision)[:6]:
            print(f"- {line[:120]}")
    for question in check.questions[:1]:
        print(f"- 最值得补充：{question.question}（能定下 {question.decides} 项）")


if __name__ == "__main__":
    main()
