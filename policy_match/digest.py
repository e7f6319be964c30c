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
from policy_match.domain.verdict import Verdict
from policy_match.matching.gaps import Question
from policy_match.matching.match import Match

MAX_REASONS = 4
TRUST = "本推送不收费，未委托任何中介机构。如有疑问，请直接拨打文中的政府部门电话核实。"


@dataclass(frozen=True, slots=True)
class Item:
    """One measure as the enterprise reads it (推送条目)."""

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


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest for one enterprise on one day (政策推送)."""

    enterprise: str
    day: date
    items: tuple[Item, ...]
    questions: tuple[str, ...]

    @property
    def subject(self) -> str:
        """The subject line."""
        day = wording.date_words(self.day)
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
        items=tuple(_item(match, as_of, known) for match in worth[:limit]),
        questions=tuple(question.question for question in questions[:5]),
    )


def _item(match: Match, as_of: date, registry: FactRegistry) -> Item:
    measure, policy, decision = match.measure, match.policy, match.decision
    good = [r for r in decision.reasons if r.verdict is Verdict.ELIGIBLE and r.fact]
    number = f"（{policy.doc_no}）" if policy.doc_no else ""
    return Item(
        title=measure.title,
        verdict=wording.verdict_words(decision),
        gives=wording.benefit_words(measure),
        why=tuple(wording.reason_words(reason, registry) for reason in good[:MAX_REASONS]),
        to_check=(
            *(f"请补充：{registry[name].label}" for name in decision.missing if name in registry),
            *(f"请自查：{text}" for text in decision.attest),
        ),
        by_when=wording.window_words(measure, as_of=as_of),
        how=measure.how_to_apply or wording.MODES[measure.mode],
        materials=len(measure.materials),
        ask=measure.contact or "见原文",
        source=f"《{policy.title.strip('《》')}》{number}",
        url=policy.source.url,
    )


def to_text(digest: Digest) -> str:
    """The digest as plain text, for mail without HTML, chat and print."""
    lines = [digest.subject, ""]
    for n, item in enumerate(digest.items, 1):
        lines += [f"{n}. {item.title}【{item.verdict}】", f"   能得到：{item.gives}"]
        lines += [f"   为什么：{reason}" for reason in item.why]
        lines += [f"   还要做：{check}" for check in item.to_check]
        lines += [f"   何时办：{item.by_when}", f"   怎么办：{item.how}"]
        if item.materials:
            lines.append(f"   材料：{item.materials} 项")
        lines += [f"   问谁：{item.ask}", f"   出处：{item.source}", ""]
    if not digest.items:
        lines += ["目前没有确定匹配的政策。补充下列信息，可以判断得更多。", ""]
    if digest.questions:
        lines += ["补充以下信息，可以匹配得更准："]
        lines += [f"   {n}. {question}" for n, question in enumerate(digest.questions, 1)]
        lines.append("")
    return "\n".join([*lines, TRUST, ""])


_STYLE = (
    "body{font:16px/1.7 'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;"
    "color:#1f2933;background:#f4f6f8;margin:0;padding:16px}"
    "main{max-width:42em;margin:auto}"
    "h1{font-size:20px}h2{font-size:17px;margin:0 0 6px}"
    "article{background:#fff;border:1px solid #d9e0e6;border-radius:8px;padding:16px;margin:12px 0}"
    ".v{display:inline-block;font-size:13px;border-radius:4px;padding:0 8px;margin-left:6px;"
    "background:#e3f1e7;color:#14532d}.v.u{background:#fdf3d7;color:#713f12}"
    "dl{display:grid;grid-template-columns:5em 1fr;gap:2px 8px;margin:0}"
    "dt{color:#52606d}dd{margin:0}"
    "footer{color:#52606d;font-size:14px}"
)


def to_html(digest: Digest) -> str:
    """The digest as one HTML page with nothing fetched from elsewhere."""
    items = "".join(_item_html(item) for item in digest.items)
    if not digest.items:
        items = "<p>目前没有确定匹配的政策。补充下列信息，可以判断得更多。</p>"
    return (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(digest.subject)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(digest.subject)}</h1>{items}{_questions_html(digest.questions)}"
        f"<footer><p>{escape(TRUST)}</p></footer></main></body></html>\n"
    )


def _item_html(item: Item) -> str:
    sure = "v" if item.verdict.startswith("符合") else "v u"
    rows = [("能得到", item.gives)]
    rows += [("为什么", reason) for reason in item.why]
    rows += [("还要做", check) for check in item.to_check]
    rows += [("何时办", item.by_when), ("怎么办", item.how)]
    if item.materials:
        rows.append(("材料", f"{item.materials} 项"))
    rows.append(("问谁", item.ask))
    cells = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in rows)
    return (
        f'<article><h2>{escape(item.title)}<span class="{sure}">{escape(item.verdict)}</span></h2>'
        f"<dl>{cells}<dt>出处</dt><dd>{_source_html(item)}</dd></dl></article>"
    )


def _source_html(item: Item) -> str:
    text = escape(item.source)
    if item.url and item.url.startswith(("https://", "http://")):
        return f'<a href="{escape(item.url, quote=True)}" rel="noopener noreferrer">{text}</a>'
    return text


def _questions_html(questions: Sequence[str]) -> str:
    if not questions:
        return ""
    rows = "".join(f"<li>{escape(question)}</li>" for question in questions)
    return f"<section><h2>补充以下信息，可以匹配得更准</h2><ol>{rows}</ol></section>"
