"""Policies made in memory, the same ones every time (测试用政策)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from typing import Any

from policy_match.domain.codes import code_table
from policy_match.domain.policy import (
    Block,
    Event,
    EventKind,
    Measure,
    Policy,
    PolicyLevel,
    Source,
)
from policy_match.search.lexicon import field_words, stop_words


def make_policy(policy_id: str, title: str, *texts: str, **fields: Any) -> Policy:
    """
    A policy with its title and texts as blocks (造一份政策).

    `issued_on` also becomes the event of that day, unless `events` are given.
    """
    day = fields.get("issued_on")
    if day is not None:
        fields.setdefault("events", (Event(kind=EventKind.ISSUED, on=day),))
    kinds = ("title", *("paragraph" for _ in texts))
    blocks = make_blocks(tuple(zip(kinds, (title, *texts), strict=True)))
    return Policy(id=policy_id, title=title, blocks=blocks, **fields)


def make_blocks(parts: Sequence[tuple[str, str]]) -> tuple[Block, ...]:
    """Blocks of kind and text, with the offsets of a text joined by line feeds."""
    blocks: list[Block] = []
    start = 0
    for n, (kind, text) in enumerate(parts):
        blocks.append(Block(n=n, kind=kind, text=text, at=(start, start + len(text))))
        start += len(text) + 1
    return tuple(blocks)


_WHO = ("小微企业", "高新技术企业", "规上工业企业", "个体工商户", "外贸企业", "农业龙头企业")
_WHAT = ("贷款贴息", "稳岗返还", "研发补助", "场租补贴", "展位费补助", "技术改造奖补", "用电补贴")
_SUBJECTS = ("磷化工", "花卉", "新材料", "生物医药", "物流", "文旅", "数字经济", "装备制造")
_VERBS = ("支持", "促进", "推动", "加快", "规范", "做好", "加强", "扶持")
_AIMS = (
    "产业发展",
    "高质量发展",
    "项目申报工作",
    "资金管理",
    "稳定增长",
    "企业培育",
    "技术改造",
    "",
)
_ACTS = ("通知", "通知", "通知", "若干措施", "实施办法", "公告", "奖补细则", "实施方案", "意见")
_LEADS = (
    "对符合条件的{who}给予{what}，最高不超过{amount}万元。",
    "{who}可申请{what}，每户不高于{amount}万元。",
    "安排{amount}万元用于{what}，面向{who}。",
)
_AREAS = {
    "530000": "云南省",
    "530100": "昆明市",
    "530115": "晋宁区",
    "530102": "五华区",
    "320500": "苏州市",
}


def synthetic_policies(count: int, *, seed: int = 20261124, length: int = 700) -> Iterator[Policy]:
    """
    Made-up policies of a plausible shape, the same for the same seed (合成政策).

    Titles and first sentences are plausible; the rest is drawn from the packaged words by Zipf's
    law, so that terms are as unevenly spread as in real text.

    Args:
        count: how many.
        seed: of the random numbers.
        length: characters of text a policy, about.
    """
    chance = random.Random(seed)  # noqa: S311 - test data
    for n in range(count):
        yield _synthetic(n, chance, length)


@cache
def _vocabulary() -> tuple[tuple[str, ...], tuple[float, ...]]:
    """
    Words of the packaged tables in a fixed shuffle, with summed weights by Zipf's law.

    Little words come first, as in any text; names of industries and places fill the tail.
    """
    tail = [*field_words()]
    for name in ("industry", "region"):
        table = code_table(name)
        tail += [label for code in table if (label := table.label_of(code))]
    tail = sorted(set(tail))
    random.Random(1).shuffle(tail)  # noqa: S311 - test data
    words = (*sorted(stop_words()), *tail)
    weights = accumulate(1.0 / (rank + 10) for rank in range(len(words)))
    return words, tuple(weights)


def field_texts(count: int, *, seed: int = 20261124, length: int = 700) -> list[str]:
    """Texts of the field's words, the same for the same seed (合成文本)."""
    chance = random.Random(seed)  # noqa: S311 - test data
    return ["\n".join(_paragraphs(chance, length)) for _ in range(count)]


def _paragraphs(chance: random.Random, length: int) -> list[str]:
    words, weights = _vocabulary()
    drawn = chance.choices(words, cum_weights=weights, k=max(1, length // 3))
    for at in range(8, len(drawn), 9):
        drawn[at] = chance.choice(("，", "。", "；", "、", f"{chance.randrange(1, 900)}万元"))
    return ["".join(drawn[at : at + 60]) + "。" for at in range(0, len(drawn), 60)]


def _synthetic(n: int, chance: random.Random, length: int) -> Policy:
    region = chance.choice(list(_AREAS))
    who, what, subject = chance.choice(_WHO), chance.choice(_WHAT), chance.choice(_SUBJECTS)
    issued = date(2015, 1, 1) + timedelta(days=chance.randrange(4300))
    title = _title(chance, _AREAS[region], subject)
    lead = chance.choice(_LEADS).format(who=who, what=what, amount=chance.randrange(1, 500))
    return make_policy(
        f"S{n:07d}",
        title,
        lead,
        *_paragraphs(chance, length),
        doc_no=f"云政发〔{issued.year}〕{n % 999 + 1}号",
        issuers=(f"{_AREAS[region]}人民政府",),
        region=region,
        level=_level_of(region),
        issued_on=issued,
        themes=(subject,),
        kind="通知",
        source=Source(file=f"{n}.docx", sha256=f"{n:064x}"),
        measures=(Measure(id=f"S{n:07d}-1", title=what, quote=lead),),
    )


def _title(chance: random.Random, area: str, subject: str) -> str:
    """Half with 关于, two in five a 通知, as real titles are."""
    about = chance.choice(("关于", ""))
    aim, act = chance.choice(_AIMS), chance.choice(_ACTS)
    industry = chance.choice(_industries())
    return (
        f"{area}{about}{chance.choice(_VERBS)}{subject}{industry}{aim}{'的' if about else ''}{act}"
    )


@cache
def _industries() -> tuple[str, ...]:
    table = code_table("industry")
    return tuple(label for code in table if (label := table.label_of(code)))


def _level_of(region: str) -> PolicyLevel:
    if region.endswith("0000"):
        return PolicyLevel.PROVINCE
    return PolicyLevel.CITY if region.endswith("00") else PolicyLevel.DISTRICT
