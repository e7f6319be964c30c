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
from policy_match.facade import Matcher
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
    for n, one in enumerate(people):
        check = matcher.check(one.enterprise, as_of=given.as_of)
        verdicts = Counter(match.decision.verdict for match in check.matches)
        counts.update(verdict.value for verdict in verdicts.elements())
        any_fit += bool(verdicts[Verdict.ELIGIBLE])
        counts["self_check"] += sum(match.decision.self_check for match in check.matches)
        if n % 24 == 0:
            show(one, check, given.as_of)
    print(dict(counts), f"至少一项符合：{any_fit}")


def show(one: Registered, check: object, as_of: date) -> None:
    """One enterprise's best match and its best question."""
    print(f"\n### {one.enterprise.name}（{one.enterprise.credit_code}）")
    if one.guess:
        print(f"行业猜测（不参与判定）：{one.guess.name}（{one.guess.code}），据“{one.guess.because}”")
    for match in check.matches[:2]:
        print(f"- {match.measure.title}【{wording.verdict_words(match.decision)}】 {match.policy.title} {match.policy.doc_no} {match.policy.status_on(as_of)}")
        for line in wording.decision_lines(match.decision)[:5]:
            print(f"  - {line[:160]}")
    for question in check.questions[:1]:
        print(f"- 最值得补充：{question.question}（定下 {question.decides} 项）")


if __name__ == "__main__":
    main()
