"""
What a page says of itself outside its text (网页元数据): meta tags, meta table, title, files.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin

from lxml import etree, html

from indexer.document import Attachment
from indexer.readers.html_blocks import tidy

LABELS = {
    "索引号", "信息索引号", "索引", "分类", "主题分类", "主题", "体裁分类", "服务对象分类", "组配分类",
    "发布机构", "发文机关", "发文机构", "发布单位", "制发机关", "公开主体", "信息来源", "来源",
    "成文日期", "发布日期", "公开日期", "生成日期", "发文日期", "印发日期", "发布时间", "生成时间",
    "生效日期", "施行日期", "实施日期", "失效日期", "废止日期", "有效期", "有效期限", "有效性", "时效性",
    "效力状态", "文件状态", "文号", "发文字号", "文件编号", "标题", "名称", "信息名称", "文件名称",
    "主题词", "关键词", "公开方式", "公开属性", "公开类别", "统一编号", "规范性文件统一编号",
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

    Returns:
        Label → value, and the elements that are nothing but such a table.
    """
    pairs: dict[str, str] = {}
    owners: dict[html.HtmlElement, int] = {}
    for element in root.iter(
        "td", "th", "dt", "li", "span", "strong", "b", "label", "div", "p", "em"
    ):
        pair = _pair(element)
        if pair is None:
            continue
        pairs.setdefault(*pair)
        owner = next(element.iterancestors("table", "dl", "ul"), None)
        if owner is not None:
            owners[owner] = owners.get(owner, 0) + 1
    tables = frozenset(e for e, n in owners.items() if n >= _MIN_ROWS and _is_short(e, n))
    return pairs, tables


def _is_short(owner: html.HtmlElement, pairs: int) -> bool:
    return len(tidy(owner.text_content())) <= pairs * 120


def _pair(element: html.HtmlElement) -> tuple[str, str] | None:
    """A label with its value: in the next cell, behind it, or after a colon in one element."""
    if len(element) > 6:
        return None
    text = tidy("".join(element.itertext()))
    if not text or len(text) > _MAX_VALUE:
        return None
    label = label_of(text)
    if label:
        follower = element.getnext()
        value = tidy(element.tail or "") or (
            tidy(follower.text_content()) if follower is not None else ""
        )
    else:
        head, colon, value = text.replace(":", "：", 1).partition("：")
        label = label_of(head) if colon else None
    if not label or not value or len(value) > _MAX_VALUE or label_of(value):
        return None
    return label, value.strip(" ：:")


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
