"""What a file says of itself under labels: meta table, label lines, record cards (标注的元数据)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from indexer.document import Document
from indexer.structure.dates import find_dates
from indexer.structure.issuers import split_bodies
from indexer.structure.text import fold, squeeze

_LABELS = {
    "title": (
        "标题", "名称", "信息名称", "文件名称", "政策名称", "ArticleTitle", "og:title", "title",
    ),
    "doc_no": ("发文字号", "文号", "文件编号"),
    "issuers": (
        "发文机关", "发文机构", "发布机构", "发布单位", "制发机关", "公开主体",
    ),
    "origin": ("信息来源", "来源", "ContentSource"),
    "written": ("成文日期", "生成日期", "发文日期", "印发日期", "生成时间"),
    "published": ("发布日期", "发布时间", "公开日期", "PubDate"),
    "effective": ("生效日期", "施行日期", "实施日期"),
    "expires": ("失效日期",),
}  # fmt: skip
_CARD_LABELS = (
    "依据文件|政策依据|发文机构|发文机关|发布机构|发文字号|文号|发布日期|发布时间|成文日期|公开属性"
)
_LINE = re.compile(rf"^[【\[]?(?P<label>{_CARD_LABELS})[】\]]?\s*[:：]\s*(?P<value>.*)$")
_INLINE = re.compile(
    r"(?P<label>发布机构|发文机关|发文机构|发文字号|文\s?号|成文日期|发布日期|发布时间|公开日期)\s*[:：]\s*"
    r"(?P<value>\S{1,60})"
)
_MEDIA = re.compile(r"融媒体|电视|广播|日报|报社|新闻|客户端|公众号|网站|门户|新华")
_HEAD_LINES = 20
_INLINE_LENGTH = 3_000
_LINE_LENGTH = 300
_NONE = frozenset({"", "/", "-", "—", "--", "无", "暂无", "null", "None"})
_CARD_MINIMUM = 3


@dataclass(frozen=True, slots=True)
class Stated:
    """What labels say (标注项); empty where they say nothing. `card` is a record of labels."""

    title: str | None = None
    doc_no: str | None = None
    issuers: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()
    written: date | None = None
    published: date | None = None
    effective: date | None = None
    expires: date | None = None
    card: bool = False


def stated(document: Document) -> Stated:
    """Gather what meta table and label lines say, label lines of a card first (汇总标注)."""
    lines = _label_lines([block.text for block in document.blocks[:_HEAD_LINES]])
    card = len(lines) >= _CARD_MINIMUM
    inline = {} if card else _inline(document)
    found = {**_clean(document.meta), **inline, **lines} if card else {
        **inline, **lines, **_clean(document.meta)
    }  # fmt: skip
    return Stated(
        title=_first(found, "title"),
        doc_no=_first(found, "doc_no"),
        issuers=_bodies(found, "issuers"),
        origin=tuple(one for one in _bodies(found, "origin") if not _MEDIA.search(one)),
        written=_day(found, "written"),
        published=_day(found, "published"),
        effective=_day(found, "effective"),
        expires=_day(found, "expires"),
        card=card,
    )


def _label_lines(texts: Sequence[str]) -> dict[str, str]:
    hits = (_LINE.match(fold(text)) for text in texts if len(text) <= _LINE_LENGTH)
    return _clean({hit["label"]: hit["value"] for hit in hits if hit})


def _inline(document: Document) -> dict[str, str]:
    """标签 : 值 one after the other in a line of page furniture (同行标注)."""
    found: dict[str, str] = {}
    for block in document.blocks[:3]:
        head = fold(block.text[:_INLINE_LENGTH])
        hits = list(_INLINE.finditer(head))
        if len(hits) >= _CARD_MINIMUM:
            for hit in hits:
                found.setdefault(squeeze(hit["label"]), hit["value"])
    return _clean(found)


def _clean(pairs: Mapping[str, str]) -> dict[str, str]:
    return {key: value.strip() for key, value in pairs.items() if value.strip() not in _NONE}


def _first(found: Mapping[str, str], name: str) -> str | None:
    return next((found[label] for label in _LABELS[name] if label in found), None)


def _bodies(found: Mapping[str, str], name: str) -> tuple[str, ...]:
    values = (found[label] for label in _LABELS[name] if label in found)
    return next((bodies for value in values if (bodies := split_bodies(value))), ())


def _day(found: Mapping[str, str], name: str) -> date | None:
    """The first date of a label; a card may list one for each of its basis documents."""
    value = _first(found, name)
    day = next(find_dates(value), None) if value else None
    return day.on if day is not None else None
