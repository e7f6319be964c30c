"""What stands above the text: letterhead, number, title, addressee (版头与标题)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from indexer.document import BlockKind, RawBlock
from indexer.headings import LABELS, Scheme, heading_of
from indexer.structure.dates import DATE
from indexer.structure.issuers import letterhead_bodies, split_bodies
from indexer.structure.publicity import is_publicity_line
from indexer.structure.text import close_up, fold, halve, squeeze
from policy_match.domain.document_number import find_document_numbers

HEAD_BLOCKS = 60
TITLE_LINES = 7
LINE_LIMIT = 120
TYPE_WORDS = (
    "通知|意见|办法|决定|公告|通告|公报|通报|规定|条例|细则|措施|方案|规划|纲要|计划|指南|指引|批复|函|复函|"
    "请示|报告|令|决议|命令|规则|标准|规范|政策|要点|目录|清单|制度|准则|法|解读|说明|公示|答复|纪要|议案|工程|"
    "条件|流程|程序|须知|要求|政策措施|若干措施|实施细则|倡议书|倡议|答记者问|一图读懂|攻略|简介|问答|详解"
)
_TYPED = re.compile(
    rf"(?:{TYPE_WORDS})(?:》)?(?:[（(\[【][^）)\]】]{{1,30}}[）)\]】]|\d+条)*[》”\"]?$"
)
_OFFICIAL = re.compile(
    r"(?:通知|意见|公告|通告|批复|函|决定|通报|命令|请示|报告|公报|决议|办法|规定|方案|细则)"
    r"(?:[（(][^）)]{1,20}[）)])?》?$"
)
_PERSON = re.compile(
    r"^(?:总理|主席|委员长|部长|省长|市长|州长|县长|区长|局长|主任|行长|署长|审计长)[\u4e00-\u9fff·]{2,5}$"
)
_DATE_ONLY = re.compile(rf"^{DATE}$")
_WIRE = re.compile(r"^新华社.{2,16}电\s*(?:题\s*[:：])?")
_ABOUT = re.compile(r"关于|印发|转发|批转")
_CONTINUES = re.compile(r"^(?:的|和|及|与|等|》|、|”)")
_BRACKETED = re.compile(r"^[（(\[【][^）)]{1,40}[）)\]】]$")
_STATES = re.compile(
    r"^[（(【\[](?:.{0,6}(?:试行|暂行|征求意见稿|送审稿|草案|修订|修正|建议稿|稿|版|本)|.{0,12}条|.{0,16}年(?:度)?(?:版)?)[）)】\]]$"
)
_PASSED = re.compile(r"(?:通过|公布|发布|修订|修正|批准|施行)\W*$")
_DATED = re.compile(rf"^[（(]?[^。]{{0,80}}{DATE}")
_ORDER_NUMBER = re.compile(
    r"^[（(]?\s*(?:(?P<year>(?:19|20)\d{2})\s*年)?\s*第\s*(?P<n>\d{1,5}|[一二三四五六七八九十百〇零]{1,7})\s*号\s*[）)]?$"
)
_URGENT = re.compile(r"^(?:特急|特提|加急|急件|平急|\d{6}|签发人.{0,20}|等级.{0,8}|.{0,6}发电)$")
_FURNITURE = re.compile(
    r"^(?:首页|当前位置|您(?:现在|当前)?(?:所在)?的位置|关注·|[-=—_*·.\s]{3,}$|字体|字号|打印|分享|来源|浏览|点击|阅读|作者|编辑|责任编辑|扫一扫|收藏|索引号|信息来源|"
    r"发布时间|发布日期|发布机构|公开日期|访问量|浏览次数|\[?\s*大\s*中\s*小|【?字体)"
    r"|[0-9A-Z]{8,}/\d{4}-\d{3,}|(?:门户网站|政府网)$"
)
_ADDRESSED = re.compile(
    r"各|有关|相关|单位|部门|政府|委员|局|厅|办|企业|公司|学校|院|银行|协会|人员|同志|机构|纳税人|用户"
)
_LABEL_LINE = re.compile(rf"^[【\[]?(?:{LABELS})[】\]]?\s*[:：]")
_BODY_START = re.compile(r"^(?:目\s*[录次]|前\s*言|引\s*言|总\s*则|摘\s*要|编制说明)$")
_KIND_SKIP = frozenset({BlockKind.HEADER, BlockKind.FOOTER, BlockKind.FOOTNOTE})


@dataclass(slots=True)
class Head:
    """
    The lines above the text by what they are (版头各要素); numbers are block indices.

    `start` is the first block of the text itself; `history` are lines in brackets under the
    title that say when it was passed.
    """

    start: int = 0
    titles: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    letterheads: list[int] = field(default_factory=list)
    history: list[int] = field(default_factory=list)
    furniture: list[int] = field(default_factory=list)
    bodies: list[int] = field(default_factory=list)
    addressee: int | None = None
    title: str | None = None


def read_head(blocks: Sequence[RawBlock]) -> Head:
    """Sort the lines above the text (版头识别)."""
    head = Head()
    groups: list[list[int]] = [[]]
    in_history = False
    n = 0
    for n, block in enumerate(blocks[:HEAD_BLOCKS]):
        line = fold(block.text)
        if in_history or _is_history(line, groups[-1] or len(groups) > 1):
            head.history.append(n)
            in_history = not _closed(line) and len(head.history) < 12
            groups.append([])
            continue
        role = _role(block, line)
        if role in ("text", "addressee"):
            head.addressee = n if role == "addressee" else None
            break
        if role == "title":
            groups[-1].append(n)
            continue
        shelf: list[int] = getattr(head, role)
        shelf.append(n)
        if role != "furniture":
            groups.append([])
    else:
        n = min(len(blocks), HEAD_BLOCKS)
    head.start = n
    _choose_title(blocks, [group for group in groups if group], head)
    return head


def _role(block: RawBlock, line: str) -> str:
    """What a line above the text is; `text` where the text begins."""
    if block.kind in _KIND_SKIP:
        return "furniture"
    if len(line) > LINE_LIMIT:  # also keeps expressions off lines of any length
        return "addressee" if is_addressee(line) else "text"
    if block.kind is BlockKind.TABLE_ROW or _BODY_START.match(line):
        return "text"
    if is_addressee(line):
        return "addressee"
    if _URGENT.match(line) or is_publicity_line(line) or _FURNITURE.search(line):
        return "furniture"
    if "………" in line or "." * 9 in line:  # a line of a table of contents
        return "furniture"
    if _PERSON.match(squeeze(line)):
        return "furniture"
    if is_number_line(line):
        return "numbers"
    if re.search(r"(?:文件|令|公报)$", line) and letterhead_bodies(line):
        return "letterheads"
    if split_bodies(line):
        return "title" if len(line) > 3 else "bodies"
    if _begins_text(line):
        return "text"
    return "title"


def _begins_text(line: str) -> bool:
    if _LABEL_LINE.match(line) or len(line) > LINE_LIMIT:
        return True
    heading = heading_of(line)
    if heading is not None and heading.scheme is not Scheme.LABEL:
        return True
    return (
        line[-1:] in "。；;"
        or (len(line) > 40 and "。" in line)
        or line.endswith(("如下：", "如下:"))
    )


def is_addressee(line: str) -> bool:
    """Whether a line is 主送机关: 各县（市、区）人民政府，有关单位： (主送行)."""
    if not line.endswith((":", "：")) or len(line) > 400 or "。" in line or line.startswith("附"):
        return False
    if _LABEL_LINE.match(line) or heading_of(line) is not None:
        return False
    return "如下" not in line and "下列" not in line and bool(_ADDRESSED.search(line))


def is_number_line(line: str) -> bool:
    """Whether a line is a document number with at most its wrapping (文号行)."""
    if len(line) > 80 or "号" not in line:
        return False
    if _ORDER_NUMBER.match(line):
        return True
    found = find_document_numbers(line)
    if not found or "《" in line or "关于" in line:
        return False
    rest = line[: found[0].start] + line[found[-1].end :]
    rest = re.sub(r"(?:发文字号|文件编号|文号|编号|签发人.*)|[\s:：()（）\[\]【】/、]", "", rest)
    return len(rest) <= 2 or bool(split_bodies(rest.removesuffix("文件")))


def _is_history(line: str, after_title: object) -> bool:
    """（2019年10月8日国务院第66次常务会议通过 …, or a bare date under the title."""
    if not after_title or not _DATED.match(line):
        return False
    if line.startswith(("(", "（")) or _DATE_ONLY.match(line):
        return True
    return len(line) < 100 and bool(_PASSED.search(line))


def _closed(line: str) -> bool:
    return (not line.startswith(("(", "（")) and line.endswith((")", "）"))) or _balanced(
        line, "（(", "）)"
    )


def _balanced(text: str, left: str, right: str) -> bool:
    return sum(text.count(c) for c in left) <= sum(text.count(c) for c in right)


def _choose_title(blocks: Sequence[RawBlock], groups: list[list[int]], head: Head) -> None:
    """The first group of lines that reads like a title; else the first of all."""
    read = [one for group in groups if not _is_prose((one := _read_title(blocks, group))[0])]
    chosen = next((one for one in read if looks_like_title(one[0])), read[0] if read else None)
    if chosen is None:
        head.title = _leading_words(blocks)
        return
    head.title, head.titles = _WIRE.sub("", chosen[0]), chosen[1]
    head.bodies += [n for group in groups for n in group if n not in head.titles]


def _is_prose(title: str) -> bool:
    """Wrapped lines of running text are no title."""
    several = len(title) > 50 and title.count("，") > 1 and not _ABOUT.search(title[:40])
    opening = title.startswith(("为", "根据", "按照")) and "，" in title
    return "。" in title or several or opening or title[:1] in "、，；）"


def _leading_words(blocks: Sequence[RawBlock]) -> str | None:
    """The title at the start of a page that came as one line (整页一行时的标题)."""
    words = halve(blocks[0].text[:400]).split(" ")[0] if blocks else ""
    told = 6 < len(words) <= 80 and "。" not in words and looks_like_title(words)
    return tidy_title(words) if told else None


def looks_like_title(text: str) -> bool:
    """Whether a text ends as titles do, or says what it is about (像标题)."""
    bare = squeeze(text)
    return bool(_TYPED.search(bare)) or (bool(_ABOUT.search(bare)) and len(bare) > 8)


def _read_title(blocks: Sequence[RawBlock], group: list[int]) -> tuple[str, list[int]]:
    """Join the lines of a title; what follows a complete one belongs elsewhere."""
    taken: list[int] = []
    pieces: list[str] = []
    for n in group[: TITLE_LINES + 3]:
        who = split_bodies(blocks[n].text)
        line = " ".join(who) if len(who) > 1 else close_up(halve(blocks[n].text))
        if pieces and not _goes_on(pieces, line):
            break
        if len(taken) == TITLE_LINES:
            break
        pieces.append(line)
        taken.append(n)
    pieces, taken = _drop_site_lines(pieces, taken)
    return join_title(pieces), taken


def _drop_site_lines(pieces: list[str], taken: list[int]) -> tuple[list[str], list[int]]:
    """Bodies alone are no title: 云南省财政厅 over a title is its issuer only when 关于 follows."""
    while len(pieces) > 1 and split_bodies(pieces[-1]):
        pieces, taken = pieces[:-1], taken[:-1]
    while len(pieces) > 1 and squeeze(pieces[1]).startswith(squeeze(pieces[0])):
        pieces, taken = pieces[1:], taken[1:]
    return pieces, taken


def _goes_on(pieces: list[str], line: str) -> bool:
    so_far = squeeze("".join(pieces))
    this = squeeze(line)
    if not _balanced(so_far, "《", "》") or _CONTINUES.match(this) or _STATES.match(this):
        return True
    if split_bodies(pieces[-1]):
        return True
    about = bool(_ABOUT.search(so_far))
    if _BRACKETED.match(this) or this == so_far:
        return False
    if _TYPED.search(so_far):  # 关于完善审核制度 / 的指导意见: a notice ends in its own kind
        return about and not _OFFICIAL.search(so_far) and bool(_OFFICIAL.search(this))
    if not about and (len(so_far) < 10 or "，" in this) and not line.startswith("关于"):
        return False
    return difflib.SequenceMatcher(None, so_far, this, autojunk=False).ratio() < 0.6


def join_title(pieces: Sequence[str]) -> str:
    """
    One title from its lines; blanks are kept between joint issuers only (标题合并).

    >>> join_title(["财政部 税务总局", "关于延续 2024 年", "有关政策的公告"])
    '财政部 税务总局关于延续2024年有关政策的公告'
    """
    issuers: list[str] = []
    rest = list(pieces)
    while len(rest) > 1 and (found := split_bodies(rest[0])):
        issuers += found
        rest = rest[1:]
    text = "".join(
        piece if not n or not _ascii_edge(rest[n - 1], piece) else f" {piece}"
        for n, piece in enumerate(rest)
    )
    return " ".join(issuers) + tidy_title(text, bool(issuers))


def _ascii_edge(before: str, after: str) -> bool:
    return (
        before[-1:].isascii()
        and after[:1].isascii()
        and before[-1:].isalpha()
        and after[:1].isalpha()
    )


def tidy_title(text: str, issuers_apart: bool = False) -> str:
    """A title on one line: full-width brackets, no blanks but between issuers (标题整理)."""
    about = _ABOUT.search(text)
    cut = (
        about.start() if about and not issuers_apart and split_bodies(text[: about.start()]) else 0
    )
    who, rest = text[:cut], text[cut:]
    mark = "、" if "、" in who and not re.search(r"\S\s+\S", who) else " "
    bodies = mark.join(split_bodies(who)) if who else ""
    rest = re.sub(r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])", "", rest)
    return bodies + _wide_brackets(rest).rstrip("：:")


def _wide_brackets(text: str) -> str:
    """（试行） in one width; brackets around Latin words stay as they are."""
    text = re.sub(r"\(([^()]*[\u4e00-\u9fff\d][^()]*)\)", r"（\1）", text)
    return text.replace(",", "，") if re.search(r"[\u4e00-\u9fff],[\u4e00-\u9fff]", text) else text
