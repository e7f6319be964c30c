"""When a document takes effect and when it lapses (施行日期与有效期)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from indexer.structure.dates import DATE, add_months, last_day, read_count, read_date

_N = r"[〇零一二三四五六七八九十两\d]{1,4}"
_B = r"[ \t\u00a0\u3000]{0,3}"
_IN_FORCE = "(?:正式)?(?:开始)?(?:组织)?(?:施行|实施|执行|生效|试行|起效|起用)"
_ISSUE = r"(?:发布|公布|印发|颁布|下发|发文|签发|通过|公告|制发|出台)"
_SELF = re.compile(
    r"本(?:法|条例|办法|规定|细则|通知|意见|措施|若干|政策|公告|通告|方案|规则|决定|标准|规划|计划|实施|指南|暂行|文件|"
    r"制度|指引|清单|目录|管理|工作|规范|操作|令|扶持|奖励|十条|条款|约定|行动|章程)|现予(?:公布|发布)|上述|以上|此(?:文|件)"
)
_FROM_DATE = re.compile(
    rf"(?:自|从|于)\s*(?P<date>{DATE})\s*(?:起|开始|之日起|零时起)?[，,]?\s*{_IN_FORCE}"
)
_FROM_DATE_ONLY = re.compile(rf"(?P<date>{DATE})\s*起\s*{_IN_FORCE}")
_FROM_ISSUE = re.compile(
    rf"自?[^。；，,《》]{{0,12}}{_ISSUE}之?日(?P<first>的?次日)?起?(?:满?\s*(?P<n>{_N})\s*(?P<unit>个?工作日|日|天|个月)(?:后|之后|起))?"
    rf"(?:之日)?起?[，,]?\s*{_IN_FORCE}"
)
_RANGE = re.compile(
    rf"(?:期限|有效期(?:限)?|时间|适用期|执行期|实施期|政策期|施行)[^。；\n]{{0,16}}?(?:自|从|为|：|:|由)?\s*(?P<from>{DATE})\s*(?:起)?\s*"
    rf"(?:至|到|—|－|-|~|–)+\s*(?P<to>{DATE})"
)
_UNTIL = re.compile(
    rf"(?:有效期(?:限)?|期限|执行|施行|实施|试行|延续|延长|延期|适用|有效|政策)[^。；《\n]{{0,30}}?(?:截止到|截止至|截至|至|到|止于)\s*(?P<to>{DATE})"
)
_TERM = re.compile(
    rf"(?:有效期(?:限)?|试行期(?:限)?|试行|执行期(?:限)?|实施期(?:限)?|暂定(?:执行|实施)?|施行期(?:限)?|期限)\s*(?:暂定|均|定)?(?:为|是|：|:)?\s*(?P<n>{_N})\s*"
    rf"(?P<unit>年|个月)(?!内|前|以[上内]|来)"
)
_OF_OTHERS = re.compile(
    r"(?:证书|资格|称号|认定|许可|证明|合同|资质|名单|评价结果|入库|登记|标识|标志|有效|协议|报告|专利|名录|牌照|备案|考核结果|成绩|委托|承诺|审批|批复|授权|身份证|居住证)[^。；]{0,12}$"
)
_BARE_LABEL = re.compile(
    r"[\s（()）一二三四五六七八九十、.．\d]*(?:政策|执行|实施|政策执行|政策实施|本)?$"
)
_TRIGGER = re.compile("施行|实施|执行|有效|试行|生效|暂定|期限|延续")
_TIMED = re.compile(r"\d|[一二三四五六七八九十两]{1,4}个?[年月]|之日|日起")
_SENTENCE_ENDS = "。；;\n"
_BEFORE = 60


@dataclass(frozen=True, slots=True)
class Term:
    """The first and the last valid day, as far as the text names them (效力期间)."""

    effective: date | None = None
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class _Hit:
    sentence: str
    own: bool
    place: int


def read_term(text: str, issued: date | None) -> Term:
    """
    Read the days of effect from a document's text (识别施行与失效日期).

    Sentences about the document itself (本办法自…) come before others; of equals the last stands,
    since such clauses close a text. A term in years counts from the day of effect, else of issue,
    and ends on the day before.

    >>> read_term("本办法自2024年1月1日起施行，有效期3年。", None)
    Term(effective=datetime.date(2024, 1, 1), expires=datetime.date(2026, 12, 31))
    """
    effective, expires = None, None
    for hit in sorted(_sentences(text), key=lambda one: (not one.own, -one.place)):
        start = _effective(hit.sentence, issued) if hit.own or effective is None else None
        effective = effective or start
        if expires is None:
            expires = _expires(hit, start or effective or issued)
        if effective is not None and expires is not None:
            break
    if effective is not None and expires is not None and expires < effective:
        expires = None
    return Term(effective, expires)


def _sentences(text: str) -> Iterator[_Hit]:
    """Sentences that may speak of effect, each once, cut where they run on too long (候选句)."""
    done = 0
    for trigger in _TRIGGER.finditer(text):
        if trigger.start() < done:
            continue
        floor = max(done, trigger.start() - 400)
        start = max(floor, *(text.rfind(end, floor, trigger.start()) + 1 for end in _SENTENCE_ENDS))
        limit = min(len(text), trigger.end() + 300)
        stops = (text.find(end, trigger.end(), limit) for end in _SENTENCE_ENDS)
        done = min((stop for stop in stops if stop >= 0), default=limit)
        sentence = text[start:done]
        if _TIMED.search(sentence):
            yield _Hit(sentence, bool(_SELF.search(sentence)), start)


def _effective(sentence: str, issued: date | None) -> date | None:
    for pattern in (_FROM_DATE, _FROM_DATE_ONLY):
        found = pattern.search(sentence)
        if found is not None and _about_itself(sentence, found.start()):
            return read_date(found["date"])
    found = _FROM_ISSUE.search(sentence)
    if found is not None and issued is not None and _about_itself(sentence, found.start()):
        return _after_issue(found, issued)
    ranged = _RANGE.search(sentence)
    if ranged is not None and _may_run(sentence, ranged.start()):
        return read_date(ranged["from"])
    return None


def _after_issue(found: re.Match[str], issued: date) -> date | None:
    if found["first"]:
        return issued + timedelta(days=1)
    if not found["n"]:
        return issued
    count = read_count(found["n"])
    if count is None or "工作日" in found["unit"]:  # working days need a calendar: left open
        return None
    return add_months(issued, count) if "月" in found["unit"] else issued + timedelta(days=count)


def _about_itself(sentence: str, at: int) -> bool:
    """A sentence about another document names that right before: 《…》自…起施行."""
    before = sentence[max(0, at - _BEFORE) : at].rstrip("自从于，, ")
    return not before.endswith(("》", "）")) or bool(_SELF.search(before))


def _may_run(sentence: str, at: int) -> bool:
    """A range is the document's own when it says so, or when nothing but its label stands there."""
    return bool(_SELF.search(sentence)) or bool(_BARE_LABEL.match(sentence[:at]))


def _expires(hit: _Hit, base: date | None) -> date | None:
    sentence = hit.sentence
    ranged = _RANGE.search(sentence)
    if ranged is not None and _may_run(sentence, ranged.start()):
        return read_date(ranged["to"])
    until = _UNTIL.search(sentence)
    if (
        until is not None
        and (hit.own or _effect_clause(sentence))
        and not _of_others(sentence, until.start())
    ):
        return read_date(until["to"])
    term = _TERM.search(sentence)
    if term is None or base is None or _of_others(sentence, term.start()):
        return None
    if not hit.own and not _effect_clause(sentence) and not sentence.lstrip().startswith("有效期"):
        return None
    count = read_count(term["n"])
    if count is None or count > 50 * 12:
        return None
    return last_day(base, count * (12 if term["unit"] == "年" else 1))


def _effect_clause(sentence: str) -> bool:
    return bool(
        _FROM_DATE.search(sentence)
        or _FROM_ISSUE.search(sentence)
        or _FROM_DATE_ONLY.search(sentence)
    )


def _of_others(sentence: str, at: int) -> bool:
    """Whether the term is that of a certificate, a title, a contract …"""
    before = re.split(r"[，,]", sentence[max(0, at - 30) : at])[-1]
    return bool(_OF_OTHERS.search(before))
