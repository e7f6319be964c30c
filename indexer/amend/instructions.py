"""
What a document orders to be changed in another one (修改指令): 将第二条修改为…, 增加一项, 删去.

Only the wording is read here; where a place lies in the amended text is for `places` to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from indexer.extract.view import View, view_of
from indexer.headings import chinese_number
from indexer.structure.dates import DATE, read_count, read_date


class Op(StrEnum):
    """What is done to the text (修改方式)."""

    REPLACE = "replace"  # 将第二条修改为“…”
    REWORD = "reword"  # 将第二条中的“甲”修改为“乙”
    ADD = "add"  # 增加一项，作为第（四）项
    DELETE = "delete"  # 删去第五条
    RENUMBER = "renumber"  # 第四条改为第五条
    EXTEND = "extend"  # 有效期延长至…
    UNREAD = "unread"  # speaks of a change that could not be read


@dataclass(frozen=True, slots=True)
class Piece:
    """One step of a place (条款项): unit (none in a bare （一）), number, and 之一 as `sub`."""

    unit: str
    ordinal: int
    sub: int | None = None
    bracketed: bool = False


Place = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Instruction:
    """
    One change as ordered (修改指令).

    `places` is empty where the whole document is meant; `after` says on which side of its place
    something is added (None: inside it); `number` is the place that new text takes, or the new
    number; `day` or `months` is the new end of validity; `words` is the order as written, which
    begins at `raw_start` of the text.
    """

    op: Op
    words: str
    places: tuple[Place, ...] = ()
    old: str = ""
    new: str = ""
    after: bool | None = None
    number: Place = ()
    day: date | None = None
    months: int | None = None
    raw_start: int = 0

    @property
    def clause(self) -> str:
        """The place in words (条款), 全文 for the whole document."""
        return "、".join(map(place_words, self.places)) or "全文"


_N = r"[一二三四五六七八九十百零两\d]{1,5}"
_PIECE = (
    rf"(?:第\(?{_N}\)?(?:部分|[编章节条款项目点])(?:之[一二三四五六七八九十]{{1,2}})?|"
    rf"\({_N}\)[项款条点目]?)"
)
_PLACE = rf"(?:{_PIECE}(?:的?{_PIECE}){{0,4}})"
_PLACES = rf"(?P<places>{_PLACE}(?:(?:[、和及与]|以及){_PLACE}){{0,9}})"
_WORD = r"“(?P<{}>[^“”\n]{{1,300}})”"
_INTO = r"(?:修改|调整|更改|变更|替换|更正|修订|改)(?:为|成)"
_FORMS = (
    (
        Op.REWORD,
        rf"(?:{_PLACES})?(?:的?(?:规定|内容|原文))?中?的?{_WORD.format('old')}"
        rf"(?:字样|的?表述|一词|的?内容)?(?:分别|均|统一|一律)?{_INTO}:?{_WORD.format('new')}",
    ),
    (
        Op.REWORD,
        rf"在?(?:{_PLACES})?中?的?{_WORD.format('old')}(?:字样|一词)?之?(?P<side>[前后])面?,?"
        rf"(?:增加|加上|补充){_WORD.format('new')}",
    ),
    (
        Op.REWORD,
        rf"(?:删[去除]|取消)(?:{_PLACES})?(?:的?规定)?中?的?{_WORD.format('old')}(?P<none>)",
    ),
    (
        Op.REWORD,
        rf"(?:{_PLACES})?(?:的?规定)?中?的?{_WORD.format('old')}(?:字样|的?内容|的?表述|一词)?"
        r"(?:予以)?删[去除](?P<none>)",
    ),
    (
        Op.REPLACE,
        rf"{_PLACES}(?:改为第\(?{_N}\)?[条款项],?并?)?(?:的?(?:内容|规定|全文|条文|表述))?,?"
        rf"{_INTO}:?\n?(?=“)",
    ),
    (Op.REPLACE, rf"{_PLACES}(?:的?(?:内容|规定|全文|条文|表述))?,?{_INTO}(?P<plain>:)\n?"),
    (Op.RENUMBER, rf"原?{_PLACES}(?:相应|依次|顺次)?(?:改为|调整为|顺延为|变更为)(?P<as>{_PLACE})"),
    (
        Op.ADD,
        rf"在?(?:{_PLACES})?中?(?P<side>之?[前后])?,?(?:新增加?|增加|补充|增设)[一两二三1]个?"
        rf"(?P<what>[章条款项目点]|自?然?段)(?:内容|规定)?,?(?:分别)?(?:作为(?P<as>{_PLACE})"
        rf"(?:[、和至]{_PLACE})*)?,?(?:内容|具体)?(?:为|如下|是)?:?\n?(?=“)",
    ),
    (Op.DELETE, rf"(?:删[去除]|废止|取消){_PLACES}(?!中|的|“|改为)"),
    (Op.DELETE, rf"{_PLACES}(?:予以)?删[去除](?!“)"),
    (
        Op.EXTEND,
        r"(?:有效期|执行期限|实施期限|施行期限)限?[^。;\n“”]{0,20}?"
        rf"(?:延长|延续|顺延|延期|展期|调整|修改)?(?:至|到)(?P<day>{DATE})",
    ),
    (
        Op.EXTEND,
        r"(?:有效期|执行期限|实施期限|施行期限)限?(?:统一)?(?:延长|延续|顺延|延期)"
        r"(?P<count>[一二三四五\d]{1,2})年",
    ),
)
_PATTERNS = tuple((op, re.compile(form)) for op, form in _FORMS)
_HEADER = re.compile(
    rf"对?{_PLACES}(?:的?(?:内容|规定))?(?:作出?|做出?|进行)(?:如下|以下)?(?:修改|调整):"
)
_HINT = re.compile(r"修改为|改为|调整为|删[去除]|增加[一两二三][章条款项]|予以修改")
_PIECES = re.compile(
    rf"第?(?P<left>\()?(?P<n>{_N})\)?(?P<unit>部分|[编章节条款项目点])?(?:之(?P<sub>[一二三四五六七八九十]{{1,2}}))?"
)
_OUTER = ("编", "章", "部分", "节", "条")
_LONGEST = 200
_MOST = 300


def place_words(place: Place) -> str:
    """A place as one writes it: 第三条第（二）项."""
    return "".join(_piece_words(one) for one in place)


def _piece_words(piece: Piece) -> str:
    number = f"（{piece.ordinal}）" if piece.bracketed else str(piece.ordinal)
    head = f"第{number}{piece.unit}" if piece.unit else number
    return f"{head}之{piece.sub}" if piece.sub else head


def instructions_of(text: str) -> list[Instruction]:
    """
    The changes that a text orders, in reading order (读取修改指令).

    A place that names no article goes by the one before it in the same sentence, or by the line
    that heads it. What speaks of a change and could not be read is given as UNREAD.

    >>> found = instructions_of("将第二条中的“10万元”修改为“20万元”，删去第五条。")
    >>> [(one.op.value, one.clause, one.old, one.new) for one in found]
    [('reword', '第2条', '10万元', '20万元'), ('delete', '第5条', '', '')]
    """
    view = view_of(text)
    found: list[Instruction] = []
    at, before = 0, _Before()
    for header in (*_HEADER.finditer(view.text), None):
        limit = header.start() if header else len(view.text)
        found.extend(_between(view, at, limit, before))
        if header is None:
            break
        at, before = header.end(), _Before(sticky=places_of(header["places"])[0])
    return found[:_MOST]


@dataclass(slots=True)
class _Before:
    """The place that came last, and the one that a header line holds for all below (上文)."""

    sticky: Place = ()
    last: Place = ()
    end: int = 0


def _between(view: View, start: int, end: int, before: _Before) -> Iterator[Instruction]:
    at = start
    while at < end:
        hit = _first(view.text, at, end)
        yield from _unread(view, at, hit[1].start() if hit else end)
        if hit is None:
            return
        op, found = hit
        made, at = _made(op, found, view, before)
        before.last = made.places[-1] if made.places else before.last
        before.end = at
        yield made


def _first(text: str, at: int, end: int) -> tuple[Op, re.Match[str]] | None:
    """The nearest order; of two that begin together the longer one."""
    hits = [(op, hit) for op, form in _PATTERNS if (hit := form.search(text, at, end)) is not None]
    return min(hits, key=lambda pair: (pair[1].start(), -pair[1].end()), default=None)


def _made(op: Op, hit: re.Match[str], view: View, before: _Before) -> tuple[Instruction, int]:
    groups = hit.groupdict()
    start, end, new = hit.start(), hit.end(), groups.get("new") or ""
    if op in (Op.REPLACE, Op.ADD):
        new, end = _line(view, end) if groups.get("plain") else _quoted(view, end)
    named = places_of(groups.get("places") or "")
    same = not re.search(r"[。\n]", view.text[before.end : start]) and bool(before.last)
    places = _within(named, before.last if same else before.sticky)
    side = groups.get("side")
    if op is Op.REWORD and side:
        new = (groups["old"] + new) if "后" in side else (new + groups["old"])
    count = read_count(groups.get("count") or "")
    return Instruction(
        op,
        view.quote(start, min(end, start + _LONGEST))[0],
        places,
        groups.get("old") or "",
        new,
        None if side is None or op is Op.REWORD else "后" in side,
        next(iter(places_of(groups.get("as") or "")), ()),
        read_date(groups["day"]) if groups.get("day") else None,
        count * 12 if count else None,
        view.span(start, end)[0],
    ), end


def _within(named: tuple[Place, ...], above: Place) -> tuple[Place, ...]:
    """Places led from the one above where they begin below an article; that one if none."""
    if not named:
        return (above,) if above else ()
    if not above or named[0][0].unit in _OUTER:
        return named
    first = named[0][0]
    kept = [one for one in above if _depth(one) < _depth(first)]
    return tuple((*kept, *place) for place in named)


def _depth(piece: Piece) -> int:
    if piece.unit in _OUTER:
        return 0
    return 2 if piece.bracketed else {"款": 1, "项": 2}.get(piece.unit, 3)


def _quoted(view: View, at: int) -> tuple[str, int]:
    """
    The text between quotes from `at` on, and where it ends.

    In a long quotation each paragraph may open with a quote, and only the last closes.
    """
    depth, text = 0, view.text
    for n in range(at, len(text)):
        if text[n] == "“" and not (depth and text[n - 1] == "\n"):
            depth += 1
        elif text[n] == "”":
            depth -= 1
            if depth == 0:
                return _lines(view.quote(at + 1, n)[0]), n + 1
    return "", len(text)


def _line(view: View, at: int) -> tuple[str, int]:
    """What stands behind the colon, to the end of the line."""
    end = view.text.find("\n", at)
    end = len(view.text) if end < 0 else end
    return view.quote(at, end)[0].strip(), end


def _lines(raw: str) -> str:
    return "\n".join(line.strip().lstrip("“").strip() for line in raw.split("\n"))


def _unread(view: View, start: int, end: int) -> Iterator[Instruction]:
    hint = _HINT.search(view.text, start, end)
    if hint is not None:
        left = max(start, view.text.rfind("\n", start, hint.start()) + 1)
        stop = view.text.find("\n", hint.end(), end)
        words = view.quote(left, min(stop if stop >= 0 else end, left + _LONGEST))[0]
        named = _first_place(view.text[left : hint.start()])
        yield Instruction(Op.UNREAD, words, named, raw_start=view.span(left, left + 1)[0])


def _first_place(text: str) -> tuple[Place, ...]:
    found = re.search(_PLACES, text)
    return places_of(found["places"]) if found else ()


def places_of(text: str) -> tuple[Place, ...]:
    """
    The places that a text lists (条款项).

    >>> [place_words(one) for one in places_of("第二条第一款和第(三)项")]
    ['第2条第1款', '第（3）项']
    """
    parts = re.split(r"[、和及与]|以及", text)
    return tuple(tuple(map(_piece, _PIECES.finditer(part))) for part in parts if part)


def _piece(found: re.Match[str]) -> Piece:
    return Piece(
        found["unit"] or "",
        _number(found["n"]),
        _number(found["sub"]) if found["sub"] else None,
        bracketed=bool(found["left"]),
    )


def _number(text: str) -> int:
    return int(text) if text.isdigit() else chinese_number(text)
