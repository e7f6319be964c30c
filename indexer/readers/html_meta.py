"""What a page says of itself outside its text (网页元数据): meta tags, meta table, title, files."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from lxml import etree, html

from indexer.document import Attachment
from indexer.readers.html_blocks import tidy

LABELS = {
    "索引号", "信息索引号", "索引", "分类", "主题分类", "主题", "体裁分类", "服务对象分类",
    "组配分类", "发布机构", "发布机关", "发文机关", "发文机构", "发布单位", "制发机关",
    "公开主体", "信息来源", "文章来源", "来源", "成文日期", "发布日期", "公开日期", "生成日期",
    "发文日期", "印发日期", "发布时间", "生成时间", "生效日期", "施行日期", "实施日期",
    "失效日期", "废止日期", "有效期", "有效期限", "有效性", "时效性", "效力状态", "文件状态",
    "文号", "发文字号", "文件编号", "标题", "名称", "信息名称", "文件名称", "主题词", "关键词",
    "公开方式", "公开属性", "公开类别", "统一编号", "规范性文件统一编号",
}  # fmt: skip
_FILE = re.compile(
    r"\.(?:pdf|docx?|xlsx?|wps|et|ofd|rtf|pptx?|zip|rar|7z|txt|csv)(?:[?#].*)?$", re.IGNORECASE
)
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(\S+?)\s*-->")
_SITE = re.compile(
    r"\s*(?:[-_—|–]+|\s-\s)\s*[^-_—|–]*(?:政府|门户|网|局|委员会|部|厅|平台)[^-_—|–]*$"
)
_TITLES = ("ArticleTitle", "og:title", "title")
_URLS = ("Url", "og:url")
_MIN_ROWS = 3
_MAX_VALUE = 200
_MAX_TABLE = 1500
_CARRIERS = ("td", "th", "dt", "li", "span", "strong", "b", "label", "div", "p", "em")
_OTHER_LABEL = re.compile(r"[ \u3000][^ \u3000:：]{2,8}[:：](?!\d)")
_SURE = {
    "索引号",
    "文号",
    "发文字号",
    "成文日期",
    "发布机构",
    "发文机关",
    "发文机构",
    "失效日期",
    "公开方式",
}
_INLINE = re.compile(
    "(?:^|(?<=[ \u3000]))[\\[【]?("
    + "|".join("[ \u3000]*".join(label) for label in sorted(LABELS, key=len, reverse=True))
    + ")[\\]】]?[ \u3000]*[:：]"
)


def meta_tags(root: html.HtmlElement) -> dict[str, str]:
    """The content of <meta> tags by name; empty ones and page settings left out (meta 标签)."""
    settings = {"viewport", "renderer", "robots", "generator", "format-detection"}
    found: dict[str, str] = {}
    for tag in root.iter("meta"):
        name = tag.get("name") or tag.get("property") or ""
        content = tidy(tag.get("content") or "")
        if name and content and name.lower() not in settings:
            found.setdefault(name, content)
    return found


def page_title(root: html.HtmlElement, tags: dict[str, str]) -> str | None:
    """The article's title; the name of the site behind it is cut off (页面标题)."""
    for name in _TITLES:
        if tags.get(name):
            return tags[name]
    title = root.find(".//title")
    text = tidy(title.text_content()) if title is not None else ""
    return _SITE.sub("", text).strip() or text or None


def page_url(root: html.HtmlElement, tags: dict[str, str], source: str) -> str | None:
    """The address that the page names as its own (网页地址)."""
    for link in root.iter("link"):
        if (link.get("rel") or "").lower() == "canonical" and link.get("href"):
            return str(link.get("href"))
    saved = _SAVED_FROM.search(source[:2000])
    return next((tags[name] for name in _URLS if tags.get(name)), saved[1] if saved else None)


def label_of(text: str) -> str | None:
    """
    The known label that a cell's text is, without blanks and colon (标签).

    >>> label_of("发 文 机 关：")
    '发文机关'
    """
    bare = re.sub(r"[\s\u3000]+", "", text).rstrip(":：").strip("[]【】")
    return bare if bare in LABELS else None


def meta_rows(root: html.HtmlElement) -> tuple[dict[str, str], frozenset[html.HtmlElement]]:
    """
    Pairs of a page's meta table, however it is marked up (元数据表).

    A cell that looks like a label counts only among others: a single 分类 heads a column of
    ordinary tables too.

    Returns:
        Label → value, and the elements that are nothing but such a table.
    """
    loose: dict[str, str] = {}
    owned: dict[html.HtmlElement, dict[str, str]] = {}
    for element in root.iter(*_CARRIERS):
        pairs = _pairs(element)
        owner = next(element.iterancestors("table", "dl", "ul"), None)
        target = loose if owner is None else owned.setdefault(owner, {})
        for label, value in pairs.items():
            target.setdefault(label, value)
    tables = {e: pairs for e, pairs in owned.items() if len(pairs) >= _MIN_ROWS and _is_short(e)}
    for pairs in tables.values():
        loose = pairs | loose
    for pairs in owned.values():
        strict = {k: v for k, v in pairs.items() if k in _SURE}
        loose = strict | loose
    return loose, frozenset(tables)


def _is_short(owner: html.HtmlElement) -> bool:
    return len(tidy(owner.text_content())) <= _MAX_TABLE


def _pairs(element: html.HtmlElement) -> dict[str, str]:
    """Labels with values: in the next cell, behind it, or after a colon in one element."""
    if len(element) > 8:
        return {}
    text = tidy("".join(element.itertext()))
    if not text or len(text) > _MAX_VALUE:
        return {}
    label = label_of(text)
    if not label:
        return _inline_pairs(text)
    follower = element.getnext()
    value = tidy(element.tail or "") or (
        tidy(follower.text_content()) if follower is not None else ""
    )
    value = value.strip(" ：:")
    if not value or len(value) > _MAX_VALUE or label_of(value) or _inline_pairs(value):
        return {}
    return {label: value}


def _inline_pairs(text: str) -> dict[str, str]:
    """标签：值 once or several times in one line, which must begin with a label."""
    marks = [
        (m.start(), m.end(), label) for m in _INLINE.finditer(text) if (label := label_of(m[1]))
    ]
    if not marks or text[: marks[0][0]].strip(" \u3000"):
        return {}
    ends = [start for start, _, _ in marks[1:]] + [len(text)]
    return {
        label: value
        for (_, end, label), stop in zip(marks, ends, strict=True)
        if (value := _OTHER_LABEL.split(text[end:stop])[0].strip(" \u3000"))
    }


def attachments(
    main: html.HtmlElement, root: html.HtmlElement, base: str | None
) -> list[Attachment]:
    """Files linked from the text, or from anywhere on a page by a link that says 附件 (附件)."""
    inside = set(main.iter("a"))
    found: dict[str, Attachment] = {}
    for link in root.iter("a"):
        href = (link.get("href") or "").strip()
        title = tidy(link.text_content()) or tidy(link.get("title") or "")
        named = "附件" in title[:4]
        if not href or href.startswith(("javascript:", "#", "mailto:", "data:")):
            continue
        if _FILE.search(href) and (link in inside or named or _FILE.search(title)):
            url = _join(base, href)
            found.setdefault(url, Attachment(title=title or href.rpartition("/")[2], url=url))
    return list(found.values())


def _join(base: str | None, href: str) -> str:
    try:
        return urljoin(base, href) if base else href
    except ValueError:  # an address that is not one, such as an unclosed [
        return href


def heading_of(root: html.HtmlElement) -> str | None:
    """The first <h1> with text (页面大标题)."""
    texts = (tidy(e.text_content()) for e in root.iter("h1") if isinstance(e, etree.ElementBase))
    return next((text for text in texts if text), None)
