"""
Reads and compares document numbers (发文字号).

Two families: an agency's code with a bracketed year (云政发〔2020〕1号), and numbered announcements
and orders (财政部 税务总局公告2023年第12号, 国务院令第722号).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from policy_match.domain._tables import json_table
from policy_match.domain.codes import fold, region_table

_HAN = r"[一-鿿]"
_BLANK = r"[ \t\u00a0\u2002-\u200a\u3000]"
_YEAR = r"(?:19|20|１９|２０)\d{2}"
_NOT_A_PLACE = r"(?![线楼院门车井机仓厂街路馆桥库房码召称角]|地块|公路|航站)"
_NUMBER = re.compile(
    rf"(?:[〔﹝［\[【]{_BLANK}*(?P<y1>{_YEAR}){_BLANK}*年?{_BLANK}*[〕﹞］\]】)）]"
    rf"|[(（〈<]{_BLANK}*(?P<y2>{_YEAR}){_BLANK}*[)）〉>])"
    rf"{_BLANK}*第?{_BLANK}*(?P<n1>\d{{1,5}}){_BLANK}*号{_NOT_A_PLACE}"
    rf"|(?P<kind>公告|通告|国令|令)》?\s{{0,4}}(?P<open>[(（\[〔])?{_BLANK}*"
    rf"(?:(?P<y3>{_YEAR}){_BLANK}*年{_BLANK}*)?第{_BLANK}*"
    rf"(?P<n2>\d{{1,5}}|[一二三四五六七八九十百千零〇○]{{1,9}}){_BLANK}*号{_NOT_A_PLACE}"
    rf"(?(open){_BLANK}*[)）\]〕]|)"
)
_LOOK_BACK = 80
_KINDS = ("公告", "通告", "令")
_SPACED = re.compile(rf"(?<!{_HAN})(?:{_HAN}{_BLANK}+){{1,11}}{_HAN}{_BLANK}*$")
_SOLID = re.compile(rf"[一-鿿A-Za-z]{{1,40}}{_BLANK}*$")
_ORG_END = (
    "部|委员会|委|总局|局|署|国务院|厅|政府|银行|办公室|办公厅|主席|协会|中心"
    "|证监会|银保监会|人大|法院|检察院"
)
_ORGS = re.compile(
    rf"(?:{_HAN}{{1,24}}(?:{_ORG_END})(?:{_BLANK}+|、|和))*{_HAN}{{0,24}}(?:{_ORG_END}){_BLANK}*$"
)
# Words that run up to a number without being part of the agency's code.
_LEAD = re.compile(
    r".*(?:根据|按照|依据|依照|参照|遵照|落实|执行|印发|转发|发布|废止|符合|享受|遵守|适用|文件|通知|意见|办法|规定|详见"
    r"|文号|字号|按|的|及|与|或|见|号)"
)
_LEAD_ONE = re.compile(r"^(?:[以据由将在如即为]|对(?!外))")
_AFTER_ANOTHER = re.compile(r"[号）)》】”」〕\]、]$")
_LOCAL_ONLY = ("政", "府")  # 商政发 is some city government's, not the Ministry of Commerce's
_WRAPPING = ' \t\r\n\u3000()（）【】[]〔〕《》“”"，。；;,.'
_CHINESE_DIGITS = {char: n for n, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0}
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000}


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """
    A document number in its one form (发文字号).

    `agency` is the agency's code (云政发) or, of a numbered announcement or order, its kind (公告,
    通告, 令). Two are equal when their normalised forms are; since every agency has its own 公告
    2020年第8号, `key` adds the issuer.
    """

    agency: str
    year: int | None
    sequence: int
    issuers: tuple[str, ...] = field(default=(), compare=False)

    @property
    def normalised(self) -> str:
        """The one way to write it: 云政发〔2020〕1号, 公告2020年第8号, 令第722号."""
        if self.agency not in _KINDS:
            return f"{self.agency}〔{self.year}〕{self.sequence}号"
        year = f"{self.year}年" if self.year else ""
        return f"{self.agency}{year}第{self.sequence}号"

    def __str__(self) -> str:
        return self.normalised

    def key(self, issuer: str | None = None) -> str:
        """What tells it from the numbers of other agencies: issuer and normalised form."""
        who = fold(issuer) if issuer else "、".join(self.issuers)
        return f"{who}|{self.normalised}"


@dataclass(frozen=True, slots=True)
class Found:
    """A document number in a text, with its place in code points (文中的文号)."""

    number: DocumentNumber
    start: int
    end: int


def find_document_numbers(text: str) -> list[Found]:
    """
    Find document numbers, left to right (查找文号).

    One pass of one expression; what stands before a number is looked at for 80 characters only,
    so the time is bounded by the length. Offsets count code points of `text` as handed in.
    """
    return list(_find(text))


def _find(text: str) -> Iterator[Found]:
    floor = 0
    for hit in _NUMBER.finditer(text):
        before = text[max(floor - 1, hit.start() - _LOOK_BACK, 0) : hit.start()]
        found = _announcement(hit, before) if hit["kind"] else _bracketed(hit, before)
        if found is not None:
            floor = found.end
            yield found


def _bracketed(hit: re.Match[str], before: str) -> Found | None:
    line = before.rsplit("\n", 1)[-1]
    run = _SPACED.search(line) or _SOLID.search(line)
    if run is None:
        return None
    shift = run.start() + _lead_length(run[0], line[: run.start()])
    agency = re.sub(_BLANK, "", line[shift:])
    start = hit.start() - len(line) + shift
    year, number = int(hit["y1"] or hit["y2"]), int(hit["n1"])
    kind = next((one for one in _KINDS if agency.endswith(one)), None)
    if kind is not None:
        issuers = _issuers(agency.removesuffix(kind))
        return Found(DocumentNumber(kind, year, number, issuers), start, hit.end())
    if not 2 <= len(agency) <= 16:
        return None
    return Found(DocumentNumber(agency, year, number), start, hit.end())


def _lead_length(run: str, before: str) -> int:
    """How many characters of `run` lead up to the agency's code without belonging to it."""
    lead = _LEAD.match(run.rstrip())
    length = lead.end() if lead else 0
    rest = run[length:]
    if rest.startswith("和") and (_AFTER_ANOTHER.search(before) or run[:length].endswith("号")):
        return length + 1
    return length + 1 if _LEAD_ONE.match(rest) else length


def _announcement(hit: re.Match[str], before: str) -> Found:
    line = re.split(r"[\n。；;，,：:（(《]", before)[-1]
    kind, given = ("令", ("国务院",)) if hit["kind"] == "国令" else (hit["kind"], ())
    orgs = _ORGS.search(line)
    shift = 0
    if orgs is not None:
        shift = orgs.start() + _lead_length(orgs[0], line[: orgs.start()])
    names = given or (_issuers(line[shift:]) if orgs is not None else ())
    start = hit.start() - (len(line) - shift if orgs is not None and not given else 0)
    year = int(hit["y3"]) if hit["y3"] else None
    return Found(DocumentNumber(kind, year, _integer(hit["n2"]), names), start, hit.end())


def _issuers(text: str) -> tuple[str, ...]:
    parts = re.split(rf"{_BLANK}+|、|和(?=国家|中国|财政|税务|海关)", text.strip())
    return tuple(part.removeprefix("中华人民共和国") or part for part in parts if part)


def _integer(text: str) -> int:
    if text.isdecimal():
        return int(text)
    if not set(text) & set(_CHINESE_UNITS):  # digits one by one: 一二三
        return int("".join(str(_CHINESE_DIGITS[char]) for char in text))
    total, digit = 0, 0
    for char in text:
        if char in _CHINESE_UNITS:
            total += (digit or 1) * _CHINESE_UNITS[char]
            digit = 0
        else:
            digit = _CHINESE_DIGITS[char]
    return total + digit


def parse_document_number(text: str) -> DocumentNumber | None:
    """
    Read a text that is one document number and nothing else (解析文号).

    Wrapping such as brackets, 文号： or 文件 is passed over; None when it is no number.

    >>> str(parse_document_number("晋办通[２０２３] 第10号"))
    '晋办通〔2023〕10号'
    """
    found = find_document_numbers(text)
    if len(found) != 1:
        return None
    before, after = text[: found[0].start], text[found[0].end :]
    before = re.sub(r"(?:发文字号|文件编号|文号|编号)\s*[:：]?", "", before).strip(_WRAPPING)
    after = after.strip(_WRAPPING).removeprefix("文件").removeprefix("文").strip(_WRAPPING)
    return None if before or after else found[0].number


def issuer_candidates(number: DocumentNumber) -> tuple[tuple[str, str], ...]:
    """
    Who may have issued a number, as issuer and region code (发文机关候选).

    The code alone decides only when one candidate comes back: 晋 is 山西 and 晋宁. Empty when the
    table knows nothing of it. The longest known code that the agency's code begins with counts.
    """
    if number.issuers:
        return tuple((name, _region_of_issuer(name)) for name in number.issuers)
    central, regions, bodies = _agency_codes()
    known = next((part for part in _prefixes(number.agency) if part in central), None)
    if known is not None and not number.agency[len(known) :].startswith(_LOCAL_ONLY):
        return central[known]
    return tuple(
        candidate
        for part in _prefixes(number.agency)
        for region in regions.get(part, ())
        if (candidate := _local(region, number.agency[len(part) :], bodies)) is not None
    )


def issuer_of(number: DocumentNumber) -> tuple[str, str] | None:
    """The one issuer and its region code, or None when the number alone does not decide."""
    candidates = issuer_candidates(number)
    return candidates[0] if len(candidates) == 1 else None


def _prefixes(code: str) -> Iterator[str]:
    return (code[:size] for size in range(len(code), 0, -1))


def _local(region: str, rest: str, bodies: dict[str, dict[str, str]]) -> tuple[str, str] | None:
    level = "province" if region.endswith("0000") else "city" if region.endswith("00") else "county"
    body = next((bodies[part][level] for part in _prefixes(rest) if part in bodies), None)
    return None if body is None else (body.format(region_table().label_of(region)), region)


def _region_of_issuer(name: str) -> str:
    """The region whose name the issuer's begins with; 000000 for a central body."""
    table = region_table()
    for size in range(min(len(name), 24), 1, -1):
        codes = table.find(name[:size])
        if len(codes) == 1 and name[:size][-1] in "省市区州县":
            return codes[0]
    return "000000"


@cache
def _agency_codes() -> tuple[
    dict[str, tuple[tuple[str, str], ...]], dict[str, list[str]], dict[str, dict[str, str]]
]:
    data = json_table("agency_codes.json")
    central = {
        code: tuple((name, "000000") for name in names) for code, names in data["central"].items()
    }
    return central, data["regions"], data["bodies"]
