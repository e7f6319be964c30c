"""Parse a web page and take out what is never text (网页解析)."""

from __future__ import annotations

import re

from lxml import etree, html

from indexer.readers.encoding import decode
from policy_match.errors import DocumentError

_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.\-]+)""", re.IGNORECASE
)
_XML_DECLARED = re.compile(rb"""^<\?xml[^>]{0,100}encoding\s*=\s*["']([A-Za-z0-9_.\-]+)""")
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030"}
_NEVER_TEXT = {
    "script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "math", "button",
    "select", "option", "textarea", "input", "video", "audio", "canvas", "nav", "footer", "map",
    "link", "meta", "base", "applet", "xml",
}  # fmt: skip
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\ufffe\uffff]")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE
)


def decode_html(data: bytes, where: str) -> tuple[str, str | None]:
    """
    Decode a page (网页解码): byte order mark, declared charset, then what the bytes look like.

    A page that says gb2312 is read as GB18030, as browsers do, since few keep to the smaller set.

    Returns:
        The text, and a warning when some bytes could not be decoded.
    """
    head = data[:4096]
    match = _DECLARED.search(head) or _XML_DECLARED.search(head)
    declared = match[1].decode("ascii").lower() if match else None
    encoding = _SUPERSETS.get(declared or "", declared)
    marked = data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))
    if encoding and not marked and not encoding.startswith("utf-16"):
        try:
            return data.decode(encoding), None
        except (UnicodeDecodeError, LookupError):
            pass
    try:
        return decode(data, where=where), None
    except DocumentError:
        if not encoding or marked:
            raise
    try:
        text = data.decode(encoding, "replace")
    except LookupError:
        return decode(data, where=where), None
    lost = text.count("\ufffd")
    if lost * 20 > len(text):
        return decode(data, where=where), None
    return text, f"有 {lost} 处字节不符合网页声明的编码 {declared}，以 � 代替"


def parse_html(text: str, where: str) -> html.HtmlElement:
    """
    Parse markup leniently, as browsers do; nothing is fetched (解析网页).

    Raises:
        DocumentError: there is no markup at all.
    """
    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True
    )
    data = _NOT_XML.sub("", text).encode("utf-8", "replace")
    try:
        root = html.document_fromstring(data, parser=parser)
    except etree.ParserError as error:
        raise DocumentError(
            "网页里没有内容", where=where, advice="请在浏览器中打开网页，等内容显示后再保存"
        ) from error
    return root


def prune(root: html.HtmlElement) -> None:
    """Empty scripts, styles, navigation and what is hidden (清除非正文元素)."""
    doomed = [
        element
        for element in root.iter(etree.Element)
        if element.tag in _NEVER_TEXT
        or element.get("hidden") is not None
        or _HIDDEN.search(element.get("style") or "")
    ]
    for element in doomed:
        if element.tag not in {"html", "body"}:
            element.clear(keep_tail=True)
