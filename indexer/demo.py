"""`policy-match demo`: the main job end to end on the bundled sample (演示)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from policy_match import cli_support as cli

if TYPE_CHECKING:
    from policy_match.domain.enterprise import Enterprise
    from policy_match.facade import Matcher
    from policy_match.matching.match import Match

SHOWN = 3
MIN_REASONS = 3


def tell(target: Path, as_of: date) -> None:
    """Read the sample policies, index them, match the sample enterprises, write their digests."""
    from policy_match.sample import sample_folder

    with sample_folder() as sample:
        _announce(target)
        matcher = _index(sample / "policies", target / "index", as_of)
        people = _enterprises(sample / "enterprises.jsonl")
        found = _match(matcher, people, as_of)
        _write_digests(matcher, found, target / "digests", as_of)
        _show_three(found, as_of)
        _next_steps(target, sample)


def _announce(target: Path) -> None:
    cli.line("政策找企业 · 演示", bold=True)
    cli.line(
        "接下来：① 读取自带的样例政策（docx、html、pdf、txt）并建立索引；"
        "② 为 150 家样例企业匹配政策；③ 写出每家企业的推送；④ 讲解三条匹配。\n"
        f"不需要任何服务器，全部写在 {target}。样例为虚构，非真实政策。\n"
    )


def _index(policies: Path, folder: Path, as_of: date) -> Matcher:
    from indexer.files import find_files
    from indexer.pipeline import index_files
    from policy_match.facade import Matcher
    from policy_match.search.registry import open_index

    counts: Counter[str] = Counter()
    total = sum(1 for _ in find_files([policies]))
    with open_index(folder, write=True) as index, cli.progress("读取政策", total) as advance:
        for report in index_files([policies], index, as_of=as_of):
            counts[report.status] += 1
            advance(1)
            if report.error is not None:
                cli.say(f"错误：{report.file}：{report.reason}")
        matcher = Matcher.open(index)
    words = {"added": "新增", "updated": "更新", "unchanged": "未变", "duplicate_of": "重复"}
    told = "，".join(f"{words.get(status, '失败')} {n}" for status, n in counts.items())
    cli.line(f"① 政策：{told}；共 {len(matcher.policies)} 个政策、{len(matcher.pairs)} 项措施。")
    return matcher


def _enterprises(path: Path) -> list[Enterprise]:
    from policy_match.enterprises import read_enterprises
    from policy_match.errors import InputError

    found = []
    for one in read_enterprises(path, read_on=date.today()):
        if isinstance(one, InputError):
            cli.say(f"错误：{one}")
        else:
            found.append(one)
    return found


def _match(
    matcher: Matcher, people: Sequence[Enterprise], as_of: date
) -> list[tuple[Enterprise, list[Match]]]:
    from policy_match import wording

    counts: Counter[str] = Counter()
    found = []
    with cli.progress("匹配企业", len(people)) as advance:
        for enterprise in people:
            matches = matcher.match(enterprise, as_of=as_of, limit=20)
            found.append((enterprise, matches))
            counts.update(wording.verdict_words(match.decision) for match in matches)
            advance(1)
    told = "，".join(f"{word} {count}" for word, count in counts.most_common())
    cli.line(f"② 企业：{len(people)} 家，匹配结果：{told or '无'}。")
    return found


def _write_digests(
    matcher: Matcher,
    found: Sequence[tuple[Enterprise, list[Match]]],
    folder: Path,
    as_of: date,
) -> None:
    from policy_match.digest import compose, to_html, to_text

    folder.mkdir(parents=True, exist_ok=True)
    with cli.progress("写出推送", len(found)) as advance:
        for enterprise, matches in found:
            questions = matcher.check(enterprise, as_of=as_of).questions
            digest = compose(enterprise, matches, as_of=as_of, questions=questions)
            (folder / f"{enterprise.id}.html").write_text(to_html(digest), encoding="utf-8")
            (folder / f"{enterprise.id}.txt").write_text(to_text(digest), encoding="utf-8")
            advance(1)
    cli.line(f"③ 推送：{len(found)} 份，写在 {folder}。\n")


def _show_three(found: Sequence[tuple[Enterprise, list[Match]]], as_of: date) -> None:
    """Show the best match of three enterprises, each of another policy."""
    from policy_match import wording

    cli.line("④ 三条匹配", bold=True)
    for enterprise, match in _telling(found):
        verdict = wording.verdict_words(match.decision)
        cli.line(f"\n{enterprise.name} ← {match.measure.title}【{verdict}】")
        number = match.policy.doc_no or ""
        cli.line(f"  出处：《{match.policy.title}》{number}")
        gives = wording.benefit_words(match.measure)
        window = wording.window_words(match.measure, as_of=as_of)
        cli.line(f"  能得到：{gives}；{window}")
        for line in wording.decision_lines(match.decision):
            cli.line(f"  · {line}")


def _telling(
    found: Sequence[tuple[Enterprise, list[Match]]],
) -> list[tuple[Enterprise, Match]]:
    """The best matches that rest on several facts, each of another policy and enterprise."""
    from policy_match.domain.verdict import Verdict

    candidates = [
        (enterprise, match, _facts_held(match))
        for enterprise, matches in found
        for match in matches
    ]
    ranked = sorted(
        (-int(match.decision.verdict is Verdict.ELIGIBLE), -held, -match.score, enterprise.id, n)
        for n, (enterprise, match, held) in enumerate(candidates)
        if match.can_apply and held >= MIN_REASONS
    )
    picked: dict[str, tuple[Enterprise, Match]] = {}
    for *_, n in ranked:
        enterprise, match, _ = candidates[n]
        if len(picked) < SHOWN and all(enterprise is not other for other, _ in picked.values()):
            picked.setdefault(match.policy.id, (enterprise, match))
    return list(picked.values())


def _facts_held(match: Match) -> int:
    """How many facts speak for the match."""
    from policy_match.domain.verdict import Verdict

    reasons = match.decision.reasons
    return sum(r.verdict is Verdict.ELIGIBLE and r.fact is not None for r in reasons)


def _next_steps(target: Path, sample: Path) -> None:
    index = target / "index"
    cli.line("\n接下来可以", bold=True)
    cli.line(
        f"  1. 检索：policy-match search 研发补助 --index {index}\n"
        f"  2. 政策找企业：先用检索得到政策编号，再 policy-match find-enterprises 编号 "
        f"{sample / 'enterprises.jsonl'} --index {index}\n"
        f"  3. 换成自己的文件：policy-match index 你的文件夹，再 policy-match match 企业.json\n"
    )
