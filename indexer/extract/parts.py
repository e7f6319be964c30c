"""
What each part of a document is about: conditions, targets, benefits, materials … (章节角色).

A role comes from a section's title and is passed on to the sections below it that have none.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from indexer.extract.pieces import Piece, pieces_of
from indexer.extract.view import View
from indexer.headings import Scheme, heading_of
from indexer.outline import Section, outline
from policy_match.domain.policy import Policy


class Role(StrEnum):
    """What a part of a document is for (角色)."""

    CONDITION = "condition"
    TARGET = "target"
    BENEFIT = "benefit"
    MATERIALS = "materials"
    PROCEDURE = "procedure"
    WINDOW = "window"
    CONTACT = "contact"
    ASIDE = "aside"  # basis, organisation, supervision: nothing to apply for
    OTHER = "other"


_ROLES = (
    (
        Role.MATERIALS,
        r"(?<![新原超])(?<!金属|建筑|复合|功能)材料(?!技术|产业|领域|科学)|资料|附件|提交|"
        r"报送内容|清单$",
    ),
    (Role.CONTACT, r"联系|咨询|联络|电话"),
    (
        Role.WINDOW,
        r"(?:申报|申请|受理|办理|执行|报送|截止|资助|实施)?(?:时间|期限|时限|时间频度|"
        r"有效期|频度)(?:安排|要求|及地点|限制)?$|申报时间|受理时间|有效期",
    ),
    (
        Role.CONDITION,
        r"(?:申报|申请|支持|受理|认定|享受|资助|补助|补贴|奖励|扶持|资格|准入|基本|评定|"
        r"评价|备案|推荐|入选|参评|具体|应具备的|必备|相关|遴选|评选|申领|试点|贴息|项目|"
        r"企业)"
        r"(?:的)?(?:基本)?(?:条件|标准和条件|要求|资格)|条件要求|申报要求|条件$|条件及要求|"
        r"申报对象[及和、](?:条件|要求)|负面清单|不予(?:支持|资助|奖励)",
    ),
    (
        Role.TARGET,
        r"(?:服务|申报|申请|支持|扶持|适用|奖励|补贴|补助|资助|政策|受益|享受|认定|"
        r"参评|遴选|征集|受理|推荐|奖补)(?:的)?(?:对象|主体|范围)|"
        r"(?:申报|申请|支持|扶持|参评|奖励|补贴|补助|资助|受益|奖补)(?:单位|人(?![才员工力民]))|适用范围|适用企业|"
        r"对象及范围|对象$",
    ),
    (
        Role.BENEFIT,
        r"服务内容|(?:支持|扶持|补助|补贴|奖励|资助|优惠|激励|贴息|奖补|政策|"
        r"扶助)(?:的)?(?:内容|标准|方式|政策|措施|额度|强度|金额|力度|比例|办法|项目|优惠|"
        r"范围和标准|待遇)|资金(?:安排|支持)|"
        r"标准(?:及|和)(?:方式|额度)|额度|优惠$|政策支持|主要内容|专题内容",
    ),
    (
        Role.PROCEDURE,
        r"流程|程序|办理方式|申报方式|申请方式|办理地点|受理(?:地点|单位|部门)|申报办法|"
        r"审核|评审|申报途径|填报|申报与|组织申报|工作要求|申报步骤|兑现",
    ),
    (
        Role.ASIDE,
        r"依据|发文|文号|发布|成文|工具分类|总则|附则|组织(?:保障|领导|实施)|保障措施|监督|"
        r"管理(?:职责|机构|与监督)|职责|法律责任|绩效|资金(?:管理|来源|拨付|使用)|附件|"
        r"指导思想|总体要求|"
        r"基本原则|工作目标|责任(?:单位|部门)|牵头|罚则|其他(?:事项|规定)?$|注意事项|"
        r"名词解释|背景|解读|项目管理|验收|目的|评审专家|信息公开|预算",
    ),
)
_BY_TITLE = tuple((role, re.compile(form)) for role, form in _ROLES)
_LONGEST_LINE = 50_000  # longer ones are no text; reading them would only cost time
_LONGEST, _SHORT, _NESTED = 26, 14, 20
_ROLE_WORD = re.compile(
    r"(?:条件|要求|对象|范围|主体|单位|标准|方式|额度|内容|材料|资料|流程|程序|时间|期限|"
    r"时限|政策|措施|优惠|依据|说明|事项)(?:如下)?$"
)
_GIVES = re.compile(
    r"(?:给予|奖励|补助|补贴|资助|返还|奖补)[^。;]{0,40}(?:\d(?:万|亿)?元|\d%)|"
    r"按[^。;]{0,30}\d%[^。;]{0,12}(?:给予|奖励|补助|补贴)|最高[^。;]{0,12}\d(?:万|亿)?元"
)
_PLAIN = re.compile(r"[\s()（）【】:：、.．。]")


@dataclass(slots=True)
class Line:
    """
    A block's text in the view (行).

    `start` is behind its number or label, `rank` the scheme of that number (None without one).
    """

    block: int
    start: int
    end: int
    rank: int | None
    number: str | None
    kind: str


@dataclass(slots=True)
class Part:
    """A section with a role of its own and the lines below it (部分)."""

    role: Role
    section: Section
    lines: list[Line] = field(default_factory=list)

    @property
    def span(self) -> tuple[int, int]:
        """From the first line to the last."""
        return (self.lines[0].start, self.lines[-1].end) if self.lines else (0, 0)


def role_of(title: str, *, inside: bool = False) -> Role | None:
    """
    The role that a title speaks of; None when it speaks of none.

    A long title must end with the word for its role, and so must any title `inside` a part that
    has a role already: there, 有固定的办公场所和联系电话 is a condition, not a contact.
    """
    plain = _PLAIN.sub("", title)
    if not plain or len(plain) > _LONGEST:
        return None
    if (inside or len(plain) > _SHORT) and not (len(plain) <= _NESTED and _ROLE_WORD.search(plain)):
        return None
    return next((role for role, form in _BY_TITLE if form.search(plain)), None)


@dataclass(slots=True)
class Layout:
    """A document laid out by roles (版面): its parts in reading order and all its lines."""

    root: Section
    parts: list[Part]
    lines: list[Line]

    def of(self, *roles: Role) -> list[Part]:
        """The parts with one of these roles, in reading order."""
        return [part for part in self.parts if part.role in roles and part.lines]


def lay_out(policy: Policy, view: View) -> Layout:
    """Find the roles of all sections (划分章节角色)."""
    pieces = pieces_of(policy)
    root = outline(pieces)
    builder = _Builder(pieces, view)
    builder.visit(root, Role.OTHER, None)
    builder.parts.sort(key=lambda part: part.section.span)
    for part in builder.parts:
        part.role = _by_content(part, view)
    return Layout(root, builder.parts, builder.lines)


def _by_content(part: Part, view: View) -> Role:
    """支持范围 or 支持标准和条件 whose items each give money is a part of benefits."""
    if part.role not in (Role.CONDITION, Role.TARGET):
        return part.role
    giving = [n for n in part.lines if _GIVES.search(view.text, n.start, n.end)]
    return Role.BENEFIT if len(giving) >= 2 and len(giving) * 3 >= len(part.lines) else part.role


class _Builder:
    """Walks the sections and gives each line to the part it belongs to (构建)."""

    def __init__(self, pieces: Sequence[Piece], view: View) -> None:
        self.pieces, self.view = pieces, view
        self.parts: list[Part] = []
        self.lines: list[Line] = []

    def visit(self, root: Section, role: Role, part: Part | None) -> None:
        """Sections in reading order; their lines go to the nearest part above them."""
        stack: list[tuple[Section, Role, Part | None]] = [(root, role, part)]
        while stack:
            section, role, part = stack.pop()
            own = self._own_role(section, role)
            if part is None or (own is not None and own is not role):
                role = own or role
                part = Part(role, section)
                self.parts.append(part)
            for line in self._lines(section):
                part.lines.append(line)
                self.lines.append(line)
            stack.extend(reversed([*self._below(section, role, part)]))

    def _below(
        self, section: Section, role: Role, part: Part
    ) -> Iterator[tuple[Section, Role, Part | None]]:
        """The children; from one on that counts from 1 again, the heading above it is lost."""
        last, lost = 0, False
        for child in section.children:
            again = child.ordinal == 1 and last > 1 and not self._announced(child)
            lost = lost or (again and role in (Role.CONDITION, Role.TARGET))
            last = child.ordinal or 0
            yield (child, Role.OTHER, None) if lost else (child, role, part)

    def _announced(self, section: Section) -> bool:
        """Whether the line before it ends with a colon, as the head of another list does."""
        before = self.pieces[section.block - 1].text if section.block else ""
        return before.rstrip().endswith((":", "："))

    def _own_role(self, section: Section, above: Role) -> Role | None:
        if section.scheme is None or not section.title:
            return None
        return role_of(section.title, inside=above is not Role.OTHER)

    def _lines(self, section: Section) -> Iterator[Line]:
        """The lines a section holds itself, its own heading's text first."""
        blocks = list(section.body)
        if section.block is not None and section.block not in blocks:
            blocks.insert(0, section.block)
        for n in blocks:
            piece = self.pieces[n]
            start, end = piece.start, piece.start + len(piece.text)
            number, rank = None, None
            if n == section.block:
                start = section.head[0]
                number = section.number
                labelled = section.scheme is Scheme.LABEL
                rank = None if labelled or section.scheme is None else int(section.scheme)
                start = self._after_number(section, start)
                if section.children and section.children[0].block == n:
                    end = section.children[0].span[0]
            left, right = self._view(start), self._view(end)
            yield Line(n, left, min(right, left + _LONGEST_LINE), rank, number, piece.kind)

    def _after_number(self, section: Section, start: int) -> int:
        if section.scheme is Scheme.LABEL:
            return section.head[1]
        found = heading_of(self.view.raw, start)
        return found.end if found else start

    def _view(self, at: int) -> int:
        return bisect_left(self.view.starts, at)
