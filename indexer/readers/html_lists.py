"""Numbers that a browser draws before list items (列表编号)."""

from __future__ import annotations

import re

from lxml import html

from indexer.readers.numerals import format_number

_STYLES = {
    "1": ("decimal", "{}."), "a": ("lowerLetter", "{}."), "A": ("upperLetter", "{}."),
    "i": ("lowerRoman", "{}."), "I": ("upperRoman", "{}."),
    "decimal": ("decimal", "{}."), "lower-alpha": ("lowerLetter", "{}."),
    "upper-alpha": ("upperLetter", "{}."), "lower-roman": ("lowerRoman", "{}."),
    "upper-roman": ("upperRoman", "{}."), "cjk-ideographic": ("chineseCountingThousand", "{}、"),
    "simp-chinese-informal": ("chineseCountingThousand", "{}、"),
    "trad-chinese-informal": ("chineseCountingThousand", "{}、"),
    # UEditor, which most portals write with, draws these by style sheet
    "custom_cn": ("chineseCountingThousand", "{}、"),
    "custom_cn1": ("chineseCountingThousand", "（{}）"),
    "custom_cn2": ("chineseCountingThousand", "（{}）"),
    "custom_num": ("decimal", "{}."), "custom_num1": ("decimal", "{})"),
    "custom_num2": ("decimal", "({})"),
}  # fmt: skip
_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([\w-]+)", re.IGNORECASE)


def list_numbers(parent: html.HtmlElement) -> dict[html.HtmlElement, str]:
    """
    The numbers drawn before the items of an <ol> (列表项编号).

    An item without text draws one too, so empty items are counted.
    """
    style = _style(parent)
    if style == "none":
        return {}
    format_, pattern = _STYLES.get(style, _STYLES["decimal"])
    count = _whole(parent.get("start"), 1) - 1
    numbers = {}
    for item in parent.iterchildren("li"):
        count = _whole(item.get("value"), count + 1)
        numbers[item] = pattern.format(format_number(format_, count))
    return numbers


def _style(parent: html.HtmlElement) -> str:
    for name in (parent.get("class") or "").split():
        if name in _STYLES:
            return name
    match = _STYLE.search(parent.get("style") or "")
    return match[1].lower() if match else (parent.get("type") or "decimal")


def _whole(text: str | None, default: int) -> int:
    try:
        return int(text) if text else default
    except ValueError:
        return default
