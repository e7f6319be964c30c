"""
Where the running text of a government page is (正文定位).

Most portals are made by a handful of systems, whose containers are known by name. Elsewhere the
text is in the smallest element that holds most of the page's long, unlinked paragraphs.
"""

from __future__ import annotations

import re
from collections import defaultdict

from lxml import etree, html

KNOWN_IDS = {
    "zoomcon", "zoom", "ucap-content", "vsb_content", "detailcon", "info_cont", "bodycontent",
    "articlecontent", "article_content", "article-content", "newscontent", "ivs_content",
    "js_content", "ozoom", "artibody", "maintext", "main-text", "pagecontent", "conttext",
    "fontzoom", "mainbox",
}  # fmt: skip
KNOWN_CLASSES = {
    "trs_editor", "trs_ueditor", "view", "custom_unionstyle", "article-content",
    "article_content", "content_article", "info_cont", "pages_content", "article-content-body",
    "v_news_content", "news_content", "newscontent", "zw_content", "zwgk_content",
    "xl_content", "bt_content", "article-con", "article_con", "wzcon", "j-fontcontent",
    "tyxl_nr_con", "detail-content", "xxgk-content", "policy-content", "art_con", "artcon",
    "contenttext", "newsmain",
}  # fmt: skip
_FURNITURE = re.compile(
    r"foot|copyright|(?:^|[-_ ])nav|menu|crumb|header|sidebar|share|related|recommend|friend|"
    r"(?:^|[-_ ])link|search|login|print|qrcode|ewm|toolbar|pagination|modal|dialog|dqwz|position",
    re.IGNORECASE,
)
_CONTAINERS = {"div", "section", "article", "main", "td", "body", "center", "form", "ucapcontent"}
_LONG = 25  # characters; shorter blocks are as often labels and links
_MOST = 0.75
_ENOUGH = 60


def find_main(root: html.HtmlElement) -> html.HtmlElement:
    """
    The element that holds the running text (正文容器).

    Returns:
        A known container, else the best by text; the body when the page has no long text.
    """
    body = root.find("body")
    top = body if body is not None else root
    dense = _densest(top)
    known = _known(top)
    if known is None or _long_text(known) * 4 < _long_text(dense):
        return dense
    return known


def _known(top: html.HtmlElement) -> html.HtmlElement | None:
    """The known container with the most text; of nested ones with the same text the inner."""
    best, most = None, 0
    for element in top.iter(etree.Element):
        names = {n.lower() for n in (element.get("class") or "").split()}
        if (element.get("id") or "").lower() in KNOWN_IDS or names & KNOWN_CLASSES:
            size = len(text_of(element))
            if size > most * 1.05 and size >= _ENOUGH:
                best, most = element, size
    return best


def _densest(top: html.HtmlElement) -> html.HtmlElement:
    """Go down from the top as long as one child holds most of the long text."""
    weight: dict[html.HtmlElement, int] = defaultdict(int)
    for element in top.iter(etree.Element):
        own = _own_text(element)
        if own < _LONG or _is_furniture(element, top):
            continue
        node: html.HtmlElement | None = element
        while node is not None:
            weight[node] += own
            if node is top:
                break
            node = node.getparent()
    total, node = weight.get(top, 0), top
    while total:
        heavy = [c for c in node if weight.get(c, 0) >= _MOST * total and c.tag in _CONTAINERS]
        if not heavy:
            heavy = [c for c in node if weight.get(c, 0) >= _MOST * total and c.tag not in _LEAVES]
        if not heavy:
            break
        node = heavy[0]
    return node


_LEAVES = {"p", "span", "li", "a", "font", "h1", "h2", "h3", "table", "ul", "ol", "pre"}


def _own_text(element: html.HtmlElement) -> int:
    """Unlinked text of an element and its inline children."""
    if element.tag in {"a", "html", "head"}:
        return 0
    return len((element.text or "").strip()) + sum(len((c.tail or "").strip()) for c in element)


def _is_furniture(element: html.HtmlElement, top: html.HtmlElement) -> bool:
    node: html.HtmlElement | None = element
    while node is not None and node is not top:
        if node.tag == "a" or _FURNITURE.search(f"{node.get('class', '')} {node.get('id', '')}"):
            return True
        node = node.getparent()
    return False


def _long_text(element: html.HtmlElement) -> int:
    return sum(own for e in element.iter(etree.Element) if (own := _own_text(e)) >= _LONG)


def text_of(element: html.HtmlElement) -> str:
    """All text of an element without any blanks (去空白文字)."""
    return "".join("".join(element.itertext()).split())
