"""
What an enterprise reads: its matches as one digest, in HTML and in plain text (政策推送).

Pure: the same matches, enterprise and day give the same bytes. Everything that comes from a
document is escaped; nothing of a policy's own markup survives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from policy_match import wording
from policy_match.domain.enterprise import Enterprise
from policy_match.domain.facts import FactRegistry, default_registry
from policy_match.domain.policy import Measure, Policy
from policy_match.domain.verdict import Decision, Verdict
from policy_match.matching.estimate import Estimate
from policy_match.matching.gaps import Question
from policy_match.matching.match import Match

MAX_REASONS = 4
MAX_QUESTIONS = 5
TRUST = "本推送不收费，未委托任何中介机构。如有疑问，请直接拨打文中的政府部门电话核实。"
NOTHING_SURE = "目前没有确定匹配的政策。补充下列信息，可以判断得更多。"
ASKING = "补充以下信息，可以匹配得更准"


@dataclass(frozen=True, slots=True)
class Item:
    """One measure as the enterprise reads it (推送条目); `link` opens its own page."""

    title: str
    verdict: str
    gives: str
    why: tuple[str, ...]
    to_check: tuple[str, ...]
    by_when: str
    how: str
    materials: int
    ask: str
    source: str
    url: str | None
    quote: str = ""
    link: str | None = None
    reckoned: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom the enterprise may call to check that it is genuine (联系人)."""

    name: str
    unit: str
    telephone: str

    @property
    def words(self) -> str:
        """Whom to call, as the digest says it: the officer, or else the unit."""
        who = " ".join(part for part in (self.unit, self.name, self.telephone) if part)
        return f"您的企业专员：{who}" if self.name else f"咨询单位：{who}"


@dataclass(frozen=True, slots=True)
class Sending:
    """What a digest that is sent carries besides, so that it can be checked and stopped."""

    number: str
    sender: str
    verify_url: str
    settings_url: str
    questions_url: str | None = None
    caller: Caller | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest for one enterprise on one day (政策推送)."""

    enterprise: str
    day: date
    items: tuple[Item, ...]
    questions: tuple[str, ...]
    sending: Sending | None = None

    @property
    def subject(self) -> str:
        """The subject line."""
        day = wording.date_words(self.day)
        if not self.items and self.questions:
            asked = len(self.questions)
            return f"{self.enterprise}：补充{asked}项信息，就能判断更多政策（{day}）"
        return f"{self.enterprise}：{len(self.items)}项政策与贵单位匹配（{day}）"


def compose(
    enterprise: Enterprise,
    matches: Sequence[Match],
    *,
    as_of: date,
    questions: Sequence[Question] = (),
    limit: int = 5,
    registry: FactRegistry | None = None,
) -> Digest:
    """
    Compose a digest from matches, best first (编写推送).

    Args:
        enterprise: whom it is for.
        matches: in the order of matching; 不符合 and what is closed are left out.
        as_of: the day of the digest.
        questions: what is worth asking; at most five are put.
        limit: how many items at most.
        registry: the facts that exist.
    """
    known = registry or default_registry()
    worth = [m for m in matches if m.decision.verdict is not Verdict.INELIGIBLE and m.can_apply]
    return Digest(
        enterprise=enterprise.name or enterprise.id,
        day=as_of,
        items=tuple(
            compose_item(
                m.policy, m.measure, m.decision, as_of=as_of, registry=known, reckoned=m.estimate
            )
            for m in worth[:limit]
        ),
        questions=tuple(question.question for question in questions[:MAX_QUESTIONS]),
    )


def compose_item(
    policy: Policy,
    measure: Measure,
    decision: Decision,
    *,
    as_of: date,
    registry: FactRegistry | None = None,
    reckoned: Estimate | None = None,
) -> Item:
    """One measure as the enterprise reads it, with why it fits and what it gives (编写条目)."""
    known = registry or default_registry()
    good = [r for r in decision.reasons if r.verdict is Verdict.ELIGIBLE and r.fact]
    number = f"（{policy.doc_no}）" if policy.doc_no else ""
    return Item(
        title=measure.title,
        verdict=wording.verdict_words(decision),
        gives=wording.benefit_words(measure),
        reckoned=reckoned.words(known) if reckoned is not None else "",
        why=tuple(wording.reason_words(reason, known) for reason in good[:MAX_REASONS]),
        to_check=(
            *(f"请补充：{known[name].label}" for name in decision.missing if name in known),
            *(f"请自查：{text}" for text in decision.attest),
        ),
        by_when=wording.window_words(measure, as_of=as_of),
        how=measure.how_to_apply or wording.MODES[measure.mode],
        materials=len(measure.materials),
        ask=measure.contact or "见原文",
        source=f"《{policy.title.strip('《》')}》{number}",
        url=policy.source.url,
        quote=measure.quote or "",
    )


def item_rows(item: Item) -> list[tuple[str, str]]:
    """What an item says, as labels and texts: the same in mail, on the page and on paper."""
    rows = [("能得到", item.gives)]
    rows += [("测算", item.reckoned)] if item.reckoned else []
    rows += [("为什么", reason) for reason in item.why]
    rows += [("还要做", check) for check in item.to_check]
    rows += [("何时办", item.by_when), ("怎么办", item.how)]
    if item.materials:
        rows.append(("材料", f"{item.materials} 项"))
    rows.append(("问谁", item.ask))
    return rows


def to_text(digest: Digest) -> str:
    """The digest as plain text, for mail without HTML, chat and print."""
    lines = [digest.subject, ""]
    for n, item in enumerate(digest.items, 1):
        lines += [f"{n}. {item.title}【{item.verdict}】"]
        lines += [f"   {label}：{text}" for label, text in item_rows(item)]
        lines.append(f"   出处：{item.source}")
        if item.url:
            lines.append(f"   官方原文：{item.url}")
        if item.link:
            lines.append(f"   详情与反馈：{item.link}")
        lines.append("")
    if not digest.items:
        lines += [NOTHING_SURE, ""]
    if digest.questions:
        lines += [f"{ASKING}："]
        lines += [f"   {n}. {question}" for n, question in enumerate(digest.questions, 1)]
        if digest.sending and digest.sending.questions_url:
            lines.append(f"   点此回答：{digest.sending.questions_url}")
        lines.append("")
    return "\n".join([*lines, *_ending(digest.sending), TRUST, ""])


def _ending(sending: Sending | None) -> list[str]:
    if sending is None:
        return []
    lines = [f"发送单位：{sending.sender}"]
    if sending.caller:
        lines.append(sending.caller.words)
    return [
        *lines,
        f"推送编号：{sending.number}，核验真伪：{sending.verify_url}",
        f"改频率或退订：{sending.settings_url}",
    ]


_STYLE = (
    "body{font:16px/1.7 'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;"
    "color:#1f2933;background:#f4f6f8;margin:0;padding:16px}"
    "main{max-width:42em;margin:auto}"
    "h1{font-size:20px}h2{font-size:17px;margin:0 0 6px}"
    "article{background:#fff;border:1px solid #d9e0e6;border-radius:8px;padding:16px;margin:12px 0}"
    ".v{display:inline-block;font-size:13px;border-radius:4px;padding:0 8px;margin-left:6px;"
    "background:#e3f1e7;color:#14532d}.v.u{background:#fdf3d7;color:#713f12}"
    "table{border-collapse:collapse}th{color:#52606d;font-weight:normal;text-align:left;"
    "vertical-align:top;white-space:nowrap;padding:1px 12px 1px 0}td{padding:1px 0}"
    ".go{display:inline-block;margin-top:10px;padding:6px 16px;border-radius:6px;"
    "background:#0b5cad;color:#fff;text-decoration:none}"
    "footer{color:#52606d;font-size:14px}"
)


def to_html(digest: Digest) -> str:
    """The digest as one HTML page with nothing fetched from elsewhere; tables, as mail needs."""
    items = "".join(_item_html(item) for item in digest.items)
    if not digest.items:
        items = f"<p>{NOTHING_SURE}</p>"
    return (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(digest.subject)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(digest.subject)}</h1>{items}{_questions_html(digest)}"
        f"<footer>{_footer_html(digest.sending)}<p>{escape(TRUST)}</p></footer>"
        "</main></body></html>\n"
    )


def _item_html(item: Item) -> str:
    sure = "v" if item.verdict.startswith("符合") else "v u"
    cells = "".join(
        f"<tr><th>{escape(label)}</th><td>{escape(text)}</td></tr>"
        for label, text in item_rows(item)
    )
    go = _link_html(item.link, "看详情、告诉我们是否有用", "go") if item.link else ""
    return (
        f'<article><h2>{escape(item.title)}<span class="{sure}">{escape(item.verdict)}</span></h2>'
        f'<table role="presentation">{cells}<tr><th>出处</th><td>{_source_html(item)}</td></tr>'
        f"</table>{go}</article>"
    )


def _link_html(url: str, text: str, style: str = "") -> str:
    kind = f' class="{style}"' if style else ""
    return f'<a{kind} href="{escape(url, quote=True)}" rel="noopener noreferrer">{escape(text)}</a>'


def _source_html(item: Item) -> str:
    if item.url and item.url.startswith(("https://", "http://")):
        return _link_html(item.url, item.source)
    return escape(item.source)


def _questions_html(digest: Digest) -> str:
    if not digest.questions:
        return ""
    rows = "".join(f"<li>{escape(question)}</li>" for question in digest.questions)
    url = digest.sending.questions_url if digest.sending else None
    go = _link_html(url, "点此回答", "go") if url else ""
    return f"<section><h2>{ASKING}</h2><ol>{rows}</ol>{go}</section>"


def _footer_html(sending: Sending | None) -> str:
    if sending is None:
        return ""
    caller = f"<p>{escape(sending.caller.words)}</p>" if sending.caller else ""
    return (
        f"<p>发送单位：{escape(sending.sender)}</p>{caller}"
        f"<p>推送编号：{escape(sending.number)}　{_link_html(sending.verify_url, '核验真伪')}　"
        f"{_link_html(sending.settings_url, '改频率或退订')}</p>"
    )
