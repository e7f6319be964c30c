"""
A policy as read from its document: text, measures, references, events (政策).

The document's text is the blocks' text joined by one line feed; every `at` counts code points in
it. A policy's status on a day is derived from its events.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from policy_match.domain.criterion import ALWAYS, Criterion, Op, Span
from policy_match.domain.verdict import WindowState

SCHEMA_VERSION = 1
CENTRAL_REGION = "000000"

_frozen = ConfigDict(frozen=True, extra="forbid")


def _number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)


Money: TypeAlias = Annotated[Decimal, PlainSerializer(_number, return_type=int | float)]


class PolicyLevel(StrEnum):
    """Which level of government issued it (政策层级)."""

    CENTRAL = "central"
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"


class PolicyStatus(StrEnum):
    """Whether it is in force (效力状态)."""

    IN_FORCE = "in_force"
    EXPIRED = "expired"
    REPEALED = "repealed"
    DRAFT = "draft"
    UNKNOWN = "unknown"


class Publicity(StrEnum):
    """Whether it may be quoted openly (公开属性)."""

    OPEN = "open"
    ON_REQUEST = "on_request"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class EventKind(StrEnum):
    """What happened to a policy (政策事件)."""

    ISSUED = "issued"
    EFFECTIVE = "effective"
    AMENDED = "amended"
    EXPIRES = "expires"
    REPEALED = "repealed"


class Relation(StrEnum):
    """What a reference is for (引用关系)."""

    BASIS = "basis"
    IMPLEMENTS = "implements"
    AMENDS = "amends"
    REPEALS = "repeals"
    MENTIONS = "mentions"


class BenefitKind(StrEnum):
    """What a measure gives (支持方式)."""

    GRANT = "grant"
    LOAN_INTEREST = "loan_interest"
    GUARANTEE = "guarantee"
    INSURANCE = "insurance"
    TAX = "tax"
    FEE_CUT = "fee_cut"
    RECOGNITION = "recognition"
    TALENT = "talent"
    LAND_ENERGY = "land_energy"
    MARKET = "market"
    SERVICE = "service"
    EQUITY = "equity"


class MeasureMode(StrEnum):
    """How it reaches an enterprise (兑现方式)."""

    AUTO = "auto"  # 免申即享
    INSTANT = "instant"  # 即申即享、快申快享
    SELF = "self"  # 自行判别、申报享受
    APPLY = "apply"  # 申报


class ReviewState(StrEnum):
    """How far staff have vouched for a measure (审核状态)."""

    MACHINE = "machine"
    REVIEWED = "reviewed"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Openness(StrEnum):
    """Whether money is left (额度)."""

    YES = "yes"
    EXHAUSTED = "exhausted"


class Record(BaseModel):
    """Base of the frozen parts of a policy."""

    model_config = _frozen


class Source(Record):
    """
    The file a policy was read from (来源).

    `reader` names the version of the program that read it, where an index keeps it; unset, it
    stands in no JSON.
    """

    file: str | None = None
    url: str | None = None
    sha256: str | None = None
    reader: str | None = None

    @model_serializer(mode="wrap")
    def _without_empty_reader(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = dump(self)
        if data.get("reader") is None:
            data.pop("reader", None)
        return data


class Event(Record):
    """Something that changes a policy's status, on a day, by a document (政策事件)."""

    kind: EventKind
    on: date | None = None
    by: str | None = None


class Reference(Record):
    """A document that this one names (引用文件)."""

    doc_no: str | None = None
    title: str | None = None
    relation: Relation = Relation.MENTIONS


class Block(Record):
    """
    One piece of the text (文本块).

    `kind` is title, doc_no, addressee, chapter, section, article, item, paragraph, table_row,
    attachment, signature, copy_to, footnote or furniture; `number` is its own numbering as
    written, `level` its depth in the tree.
    """

    n: int
    kind: str
    level: int | None = None
    number: str | None = None
    text: str
    at: Span


class TermForm(StrEnum):
    """How a piece of a benefit is reckoned (计算方式)."""

    FIXED = "fixed"  # 定额
    RATE = "rate"  # 按比例
    PER_UNIT = "per_unit"  # 按数量


class TermCondition(Record):
    """What a tier asks for, as a leaf without its origin (档次条件)."""

    fact: str
    op: Op
    value: bool | int | float | str | tuple[str, ...]


class BenefitTerm(Record):
    """
    One computable piece of a benefit (扶持内容的计算办法).

    A fixed `amount`; or `rate` times the fact `of`, at most `cap`; or `amount` a unit. `base` is
    what the rate or the count applies to in the text's words (for a count the counted thing), and
    `of` the fact that holds it, None where no fact does. `at_most` says that the text names only
    the most that may be given (不超过、最高). A tier's conditions are in `when`: all must hold.
    """

    form: TermForm
    amount: Money | None = None
    rate: float | None = None
    of: str | None = None
    base: str | None = None
    cap: Money | None = None
    at_most: bool = False
    when: tuple[TermCondition, ...] = ()
    quote: str | None = None


class Benefit(Record):
    """
    What a measure gives (扶持内容); money in yuan, a rate as a fraction.

    `terms` are the pieces that can be reckoned for one enterprise, as far as they were read.
    """

    kinds: tuple[BenefitKind, ...] = ()
    max_amount: Money | None = None
    rate: float | None = None
    text: str | None = None
    terms: tuple[BenefitTerm, ...] = ()


class Guess(Record):
    """
    Something that a learned model says and no rule (模型判断): which field, what, how sure.

    `how` names the model with its version and `confidence` (0–1) is calibrated.
    """

    field: str
    value: str
    how: str
    confidence: float = Field(ge=0, le=1)


class DoubtKind(StrEnum):
    """Why a measure wants a look before it is relied on (存疑原因)."""

    LOW_CONFIDENCE = "low_confidence"  # 读得没有把握
    UNREAD = "unread"  # 没有读出申报条件
    DIVERGENCE = "divergence"  # 规则与原文不一致
    MODEL = "model"  # 由外接模型提出
    AMENDED = "amended"  # 被别的文件修改，没有能落实到文本


class Doubt(Record):
    """
    A doubt about one leaf of a measure, with its place (存疑).

    `reason` is in words, where the kind does not say enough.
    """

    kind: DoubtKind
    fact: str | None = None
    quote: str | None = None
    at: Span | None = None
    confidence: float | None = None
    reason: str | None = None


class ApplicationWindow(Record):
    """When one may apply (申报期); `rolling` is all the year round."""

    opens_on: date | None = None
    closes_on: date | None = None
    rolling: bool = False
    text: str | None = None

    def state_on(self, day: date) -> WindowState:
        """Where the day stands; the closing day is still open."""
        if self.closes_on is not None and day > self.closes_on:
            return WindowState.CLOSED
        if self.opens_on is not None and day < self.opens_on:
            return WindowState.UPCOMING
        if self.rolling:
            return WindowState.ROLLING
        if self.opens_on is None and self.closes_on is None:
            return WindowState.UNSTATED
        return WindowState.OPEN


class Review(Record):
    """
    Who vouched for a measure and when, and what is to be looked at first (审核).

    What staff have looked at is settled, but for a later amendment of the text.
    """

    state: ReviewState = ReviewState.MACHINE
    by: str | None = None
    on: date | None = None
    doubts: tuple[Doubt, ...] = ()

    @property
    def needed(self) -> bool:
        """Whether nobody has yet looked at what is doubtful (需复核)."""
        if self.state is ReviewState.MACHINE:
            return bool(self.doubts)
        return any(one.kind is DoubtKind.AMENDED for one in self.doubts)


class Measure(Record):
    """
    Something that is applied for by itself (扶持措施).

    `scope` replaces the policy's region where the text says otherwise (注册地不限, a zone,
    several districts); None leaves it to the region.
    """

    id: str
    title: str
    quote: str | None = None
    at: Span | None = None
    criteria: Criterion = ALWAYS
    scope: Criterion | None = None
    benefit: Benefit = Field(default_factory=Benefit)
    window: ApplicationWindow = Field(default_factory=ApplicationWindow)
    how_to_apply: str | None = None
    materials: tuple[str, ...] = ()
    contact: str | None = None
    mode: MeasureMode = MeasureMode.APPLY
    open: Openness = Openness.YES
    review: Review = Field(default_factory=Review)
    guesses: tuple[Guess, ...] = ()


class Amendment(Record):
    """
    One change that a later document orders in a policy (修改内容).

    `by` is that document's number, else its id, and `policy_id` its id; the change counts from
    `on`. `clause` is the place as the order gives it and `words` the order. Carried out, `at` is
    where the changed words stand in the policy's text now; else `reason` says why not, and `at`
    is the clause meant, where it is known.
    """

    by: str
    policy_id: str
    title: str
    on: date | None = None
    clause: str | None = None
    words: str | None = None
    reason: str | None = None
    at: Span | None = None

    def is_open(self, day: date) -> bool:
        """Whether it counts on a day and the text does not say so (未落实)."""
        return self.reason is not None and (self.on is None or self.on <= day)

    def told(self) -> str:
        """The change in one sentence, its document named (修改说明)."""
        day = f"（{self.on.isoformat()}起）" if self.on else ""
        where = self.clause or "本文件"
        return f"《{self.title}》{self.by}{day}修改了{where}：{self.reason or '已并入'}"


class Policy(Record):
    """
    A policy document, structured (政策).

    `amendments` are what later documents changed; where that was carried out, `blocks` and
    `measures` are the current reading and `as_issued` holds the blocks before it. Unset, neither
    stands in the JSON.
    """

    schema_version: int = Field(default=SCHEMA_VERSION, alias="schema")
    id: str
    title: str
    doc_no: str | None = None
    issuers: tuple[str, ...] = ()
    level: PolicyLevel | None = None
    region: str | None = None
    issued_on: date | None = None
    effective_on: date | None = None
    expires_on: date | None = None
    status: PolicyStatus = PolicyStatus.UNKNOWN
    publicity: Publicity = Publicity.UNKNOWN
    kind: str | None = None
    themes: tuple[str, ...] = ()
    source: Source = Field(default_factory=Source)
    events: tuple[Event, ...] = ()
    references: tuple[Reference, ...] = ()
    blocks: tuple[Block, ...] = ()
    measures: tuple[Measure, ...] = ()
    guesses: tuple[Guess, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    as_issued: tuple[Block, ...] = ()

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @model_serializer(mode="wrap")
    def _without_empty_amendments(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = dump(self)
        for name in ("amendments", "as_issued"):
            if not data.get(name):
                data.pop(name, None)
        return data

    @property
    def text(self) -> str:
        """The document's text: blocks joined by one line feed."""
        return "\n".join(block.text for block in self.blocks)

    def status_on(self, day: date) -> PolicyStatus:
        """
        The status derived from the events as of a day (当日效力).

        A last day that a later document set takes the place of the policy's own.

        A repeal without a date counts at once. A policy before its effective day, or without any
        date, is unknown: we can't say that it is in force.
        """
        if self.status is PolicyStatus.DRAFT:
            return PolicyStatus.DRAFT
        events = self.events
        if any(e.kind is EventKind.REPEALED and (e.on is None or e.on <= day) for e in events):
            return PolicyStatus.REPEALED
        ends = [e for e in events if e.kind is EventKind.EXPIRES and e.on is not None]
        last = [e for e in ends if e.by is not None][-1:] or ends  # set anew by a later document
        if any(e.on is not None and e.on < day for e in last):
            return PolicyStatus.EXPIRED
        starts = [e.on for e in events if e.kind in _STARTS and e.on is not None]
        if not starts or max(starts) > day:
            return PolicyStatus.UNKNOWN
        return PolicyStatus.IN_FORCE

    def is_behind(self, measure: Measure, *, day: date) -> bool:
        """
        Whether a change counts on a day that nobody has worked into a measure (落后于修改).

        Only changes whose place is not known are asked about, those to come among them; one that
        lies in the measure's own text is a doubt of the measure.
        """
        seen = measure.review.on
        return any(
            one.is_open(day) and one.at is None and (not (seen and one.on) or one.on > seen)
            for one in self.amendments
        )

    def to_json(self) -> dict[str, Any]:
        """The policy in the exchange form (spec/cli.md)."""
        data = self.model_dump(mode="json", by_alias=True)
        for measure, raw in zip(self.measures, data["measures"], strict=True):
            raw["criteria"] = measure.criteria.to_json()
            raw["scope"] = measure.scope.to_json() if measure.scope is not None else None
        return data


_STARTS = (EventKind.ISSUED, EventKind.EFFECTIVE)
