"""What a keyboard and a screen reader need of a page, looked at in its HTML; no browser needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from lxml import html

FIELDS = "//input[not(@type='hidden' or @type='submit' or @type='button')] | //select | //textarea"
NAMED = ("for", "aria-controls", "aria-describedby", "aria-labelledby", "aria-activedescendant")
LIVE = "ancestor-or-self::*[@aria-live or @role='status' or @role='alert']"


def problems(text: str, *, fragment: bool = False) -> Iterator[str]:
    """Everything that is wrong with a page, or with a piece that htmx puts into one."""
    page = html.fromstring(text)
    for check in (_fields, _pictures, _names, _ids, _order, _tables, _updates):
        yield from check(page)
    if not fragment:
        yield from _frame(page)


def _fields(page: html.HtmlElement) -> Iterator[str]:
    labelled = {one.get("for") for one in page.iter("label")}
    for one in page.xpath(FIELDS):
        named = one.get("aria-label") or one.get("aria-labelledby") or one.get("title")
        if one.get("id") not in labelled and not named and not one.xpath("ancestor::label"):
            yield f"no label for the field {one.get('name') or one.get('id')}"


def _pictures(page: html.HtmlElement) -> Iterator[str]:
    yield from (f"no alt: {one.get('src')}" for one in page.iter("img") if one.get("alt") is None)
    for one in page.iter("svg"):
        if one.get("aria-hidden") != "true" and not one.get("aria-label"):
            yield "an svg that is neither hidden nor named"
    for one in page.xpath("//figure"):
        if not (one.get("aria-label") or one.xpath("figcaption")):
            yield "a figure without a name"


def _names(page: html.HtmlElement) -> Iterator[str]:
    for one in page.xpath("//button | //a[@href] | //summary"):
        said = one.text_content().strip() or one.get("aria-label") or one.get("title")
        if not said:
            yield f"a {one.tag} that says nothing: {html.tostring(one, encoding='unicode')[:80]}"


def _ids(page: html.HtmlElement) -> Iterator[str]:
    counted = Counter(one.get("id") for one in page.xpath("//*[@id]"))
    yield from (f"id {name} {count} times" for name, count in counted.items() if count > 1)
    for attribute in NAMED:
        for one in page.xpath(f"//*[@{attribute}]"):
            for name in one.get(attribute).split():
                if name not in counted:
                    yield f"{attribute}={name} leads nowhere"


def _order(page: html.HtmlElement) -> Iterator[str]:
    for one in page.xpath("//*[@tabindex]"):
        if int(one.get("tabindex")) > 0:
            yield f"tabindex {one.get('tabindex')}: the order of the page is the order of the keys"
    for one in page.xpath("//*[@onclick or @onchange or @onkeydown]"):
        yield f"an inline handler on {one.tag}"
    for one in page.xpath("//*[@hx-get or @hx-post][not(self::a or self::button or self::select)]"):
        if one.tag in ("span", "td", "tr", "li") and not one.get("tabindex"):
            yield f"htmx on a {one.tag} that no key reaches"


def _tables(page: html.HtmlElement) -> Iterator[str]:
    for one in page.iter("table"):
        if not one.xpath(".//th"):
            yield "a table without headers"
    for one in page.xpath("//th[not(normalize-space())]"):
        yield f"an empty header: {html.tostring(one.getparent(), encoding='unicode')[:80]}"


def _updates(page: html.HtmlElement) -> Iterator[str]:
    """What comes by itself is announced; what somebody asked for is under their hands."""
    for one in page.xpath("//*[@hx-trigger]"):
        trigger = one.get("hx-trigger")
        by_itself = any(word in trigger for word in ("load", "every", "from:body"))
        target = one.get("hx-target")
        place = page.xpath(f"//*[@id='{target[1:]}']") if target and target[0] == "#" else [one]
        if by_itself and not any(
            each.xpath(LIVE) or each.xpath(".//*[@role='status']") for each in place
        ):
            yield f"an update that nobody hears: {one.get('hx-get') or one.get('hx-post')}"


def _frame(page: html.HtmlElement) -> Iterator[str]:
    if page.get("lang") != "zh-CN":
        yield f"lang {page.get('lang')}"
    if not (page.findtext(".//title") or "").strip(" ·").strip():
        yield "no title"
    if len(page.xpath("//main")) != 1:
        yield "not one main"
    levels = [int(one.tag[1]) for one in page.xpath("//h1|//h2|//h3|//h4|//h5|//h6")]
    if levels.count(1) != 1:
        yield f"{levels.count(1)} h1"
    body = levels[levels.index(1) :] if 1 in levels else []
    yield from (f"h{a} then h{b}" for a, b in pairwise(body) if b > a + 1)
    for one in page.xpath("//meta[@name='viewport']"):
        if "user-scalable=no" in one.get("content") or "maximum-scale" in one.get("content"):
            yield "the page cannot be enlarged"
    first = page.xpath(
        "(//body//a[@href] | //body//button | //body//input[not(@type='hidden')])[1]"
    )
    if page.xpath("//nav") and (not first or first[0].get("href") != "#main"):
        yield "the first stop of the Tab key does not lead past the navigation"
    if len(page.xpath("//nav")) > 1 and page.xpath("//nav[not(@aria-label)]"):
        yield "several nav, one without a name"
