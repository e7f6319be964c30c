"""
The rule language: a criterion is data (申报条件).

A tree of `All`, `AnyOf`, `Not`, `AtLeast`, `FactLeaf` and `AttestLeaf`, read from and written to
the JSON of spec version 1 unchanged. Trees are frozen: a published rule never changes.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter

from policy_match.domain.codes import code_table
from policy_match.domain.facts import FactRegistry, FactSpec, FactType, default_registry
from policy_match.errors import CodeError, RuleError, as_written

SCHEMA_VERSION = 1
MAX_LEAVES = 1000
MAX_DEPTH = 16

Op: TypeAlias = Literal["in", ">=", ">", "<=", "<", "=="]
Span: TypeAlias = tuple[int, int]
LeafValue: TypeAlias = bool | int | float | str | tuple[str, ...]

_frozen = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Node(BaseModel):
    """Any node of a criterion; dumps exactly the keys it was read with (条件节点)."""

    model_config = _frozen

    def to_json(self) -> dict[str, Any]:
        """The node as the JSON object of the rule language."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class All(Node):
    """All of (同时满足); empty is always true."""

    all: tuple[Criterion, ...]


class AnyOf(Node):
    """Any of (之一); empty is never true."""

    any: tuple[Criterion, ...]


class Not(Node):
    """Not (除外)."""

    child: Criterion = Field(alias="not")


class AtLeast(Node):
    """At least k of n (任意 k 项)."""

    at_least: int
    of: tuple[Criterion, ...]


class FactLeaf(Node):
    """
    A question about one fact (事实条件).

    `quote` is the clause's exact text and `at` its offsets in the document; a hand-written leaf
    has `by` instead. `how` names the extractor and `confidence` (0–1) says how sure it is.
    """

    fact: str
    op: Op
    value: LeafValue
    quote: str | None = None
    at: Span | None = None
    by: str | None = None
    how: str | None = None
    confidence: float | None = Field(default=None, ge=0, le=1)


class AttestLeaf(Node):
    """
    A question that no register can decide; unknown until attested (自查条件).

    The origin is told as in a `FactLeaf`; the fields stand here again so that the JSON leads
    with the question.
    """

    attest: str
    quote: str | None = None
    at: Span | None = None
    by: str | None = None
    how: str | None = None
    confidence: float | None = Field(default=None, ge=0, le=1)


def _tag(value: object) -> str | None:
    keys = value if isinstance(value, Mapping) else getattr(value, "model_fields_set", ())
    for tag in ("all", "any", "at_least", "fact", "attest"):
        if tag in keys:
            return tag
    return "not" if "not" in keys or "child" in keys else None


Criterion: TypeAlias = Annotated[
    Annotated[All, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[AtLeast, Tag("at_least")]
    | Annotated[FactLeaf, Tag("fact")]
    | Annotated[AttestLeaf, Tag("attest")],
    Discriminator(_tag),
]

for _model in (All, AnyOf, Not, AtLeast):
    _model.model_rebuild()

ALWAYS = All(all=())


@lru_cache(maxsize=1)
def criterion_adapter() -> TypeAdapter[Criterion]:
    """The pydantic adapter of a criterion, for JSON in and out and the JSON Schema."""
    return TypeAdapter(Criterion)


# by type: pydantic's isinstance asks its metaclass wherever the answer is no, and rules are walked
# more often than anything else is done with them
_CHILDREN: dict[type[Node], Callable[[Any], tuple[Criterion, ...]]] = {
    All: lambda node: node.all,
    AnyOf: lambda node: node.any,
    Not: lambda node: (node.child,),
    AtLeast: lambda node: node.of,
}


def children_of(node: Node) -> tuple[Criterion, ...]:
    """The direct children of a node; a leaf has none."""
    children = _CHILDREN.get(type(node))
    return children(node) if children is not None else ()


def leaves_of(node: Node) -> Iterator[FactLeaf | AttestLeaf]:
    """All leaves, left to right."""
    stack: list[Any] = [node]
    while stack:
        top = stack.pop()
        children = _CHILDREN.get(type(top))
        if children is None:
            yield top
        else:
            stack.extend(reversed(children(top)))


def check_limits(rule: Node, *, where: str | None = None) -> None:
    """
    Refuse a tree that is too large or too deep, however it was made (核对规则的规模).

    Bounded in time, whatever the tree: it stops at the first node beyond a limit.

    Raises:
        RuleError: more than 1,000 leaves, or nested more than 16 deep.
    """
    leaves = 0
    stack: list[Iterator[Node]] = [iter((rule,))]
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
            continue
        if len(stack) > MAX_DEPTH:
            raise _too_deep(where)
        if isinstance(node, FactLeaf | AttestLeaf):
            leaves += 1
            if leaves > MAX_LEAVES:
                raise _too_large(where)
        else:
            stack.append(iter(children_of(node)))


def _too_deep(where: str | None) -> RuleError:
    return RuleError(f"规则嵌套超过 {MAX_DEPTH} 层", where=where, advice="请拆成几条规则")


def _too_large(where: str | None) -> RuleError:
    return RuleError(f"规则的条件超过 {MAX_LEAVES} 项", where=where, advice="请拆成几条规则")


def parse_criterion(
    data: object, *, registry: FactRegistry | None = None, where: str = "规则"
) -> Criterion:
    """
    Read a criterion from its JSON form, refusing what makes no sense (读取规则).

    Args:
        data: the decoded JSON of one node.
        registry: the facts a rule may use; the packaged ones by default.
        where: what to call the place in errors.

    Raises:
        RuleError: an unknown node, fact, op, code or unit, a wrong value, or a tree that is too
            large or too deep; says where in the tree and what to write instead.
    """
    _check(data, registry or default_registry(), where)
    return criterion_adapter().validate_python(data)


_NODE_KEYS = {
    "all": {"all"},
    "any": {"any"},
    "not": {"not"},
    "at_least": {"at_least", "of"},
    "fact": {"fact", "op", "value"},
    "attest": {"attest"},
}
_LEAF_KEYS = {"quote", "at", "by", "how", "confidence"}


def _check(root: object, registry: FactRegistry, where: str) -> None:
    """Walk the raw JSON without recursion, so that a hostile depth can't exhaust the stack."""
    leaves = 0
    stack: list[tuple[object, str, int]] = [(root, where, 1)]
    while stack:
        data, path, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise _too_deep(where)
        kind = _check_keys(data, path)
        assert isinstance(data, Mapping)
        if kind in ("fact", "attest"):
            leaves += 1
            if leaves > MAX_LEAVES:
                raise _too_large(where)
            _check_leaf(data, kind, registry, path)
        else:
            stack.extend((c, p, depth + 1) for c, p in _raw_children(data, kind, path))


def _check_keys(data: object, path: str) -> str:
    if not isinstance(data, Mapping):
        raise RuleError(
            f"应为一个条件对象，却是 {as_written(data)}",
            where=path,
            advice='写成 {"all": […]}、{"any": […]}、{"not": …}、{"fact": …} 等',
        )
    kinds = [kind for kind in _NODE_KEYS if kind in data]
    if len(kinds) != 1:
        found = "、".join(str(k) for k in data) or "空对象"
        raise RuleError(
            f"看不出是哪一种条件（{found}）",
            where=path,
            advice="每个节点只能有 all、any、not、at_least、fact、attest 中的一个",
        )
    kind = kinds[0]
    allowed = _NODE_KEYS[kind] | (_LEAF_KEYS if kind in ("fact", "attest") else set())
    for key in data:
        if key not in allowed:
            raise RuleError(f"不认识的键“{key}”", where=path, advice=_key_advice(str(key), allowed))
    for key in sorted(_NODE_KEYS[kind]):
        if key not in data:
            raise RuleError(f"缺少“{key}”", where=path, advice=f"请补上 {key}")
    return kind


def _key_advice(key: str, allowed: set[str]) -> str:
    if key == "unit":
        return "规则不写单位：金额一律用元（500万元写 5000000），比例用小数（3% 写 0.03）"
    near = difflib.get_close_matches(key, allowed, n=1)
    return f"是不是想写“{near[0]}”？" if near else f"可以写：{'、'.join(sorted(allowed))}"


def _raw_children(data: Mapping[str, Any], kind: str, path: str) -> Iterator[tuple[object, str]]:
    if kind == "not":
        yield data["not"], f"{path}.not"
        return
    key = "of" if kind == "at_least" else kind
    children = data[key]
    if not isinstance(children, list | tuple):
        raise RuleError(
            f"“{key}”应为列表，却是 {as_written(children)}", where=path, advice="写成 […]"
        )
    if kind == "at_least":
        k = data["at_least"]
        if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= len(children):
            raise RuleError(
                f"at_least 为 {as_written(k)}，而 of 有 {len(children)} 项",
                where=path,
                advice="at_least 须是 1 到项数之间的整数",
            )
    for n, child in enumerate(children):
        yield child, f"{path}.{key}[{n}]"


def _check_leaf(data: Mapping[str, Any], kind: str, registry: FactRegistry, path: str) -> None:
    _check_origin(data, path)
    if kind == "attest":
        if not isinstance(data["attest"], str) or not data["attest"].strip():
            raise RuleError("attest 应为一段文字", where=path, advice="写明需企业自查的事项")
        return
    name = data["fact"]
    spec = registry.get(name) if isinstance(name, str) else None
    if spec is None:
        raise RuleError(
            f"没有名为 {as_written(name)} 的事实", where=path, advice=registry.advice(str(name))
        )
    op = data["op"]
    if op not in spec.ops:
        raise RuleError(
            f"“{spec.label}”（{spec.name}）不能用 {as_written(op)}",
            where=path,
            advice=f"可以用：{' '.join(spec.ops)}",
        )
    _check_value(data["value"], spec, path)


def _check_origin(data: Mapping[str, Any], path: str) -> None:
    at = data.get("at")
    if at is not None and not (
        isinstance(at, list | tuple)
        and len(at) == 2
        and all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in at)
        and at[0] <= at[1]
    ):
        raise RuleError(f"at 为 {as_written(at)}", where=path, advice="写成 [起, 止] 两个非负整数")
    for key in ("quote", "by", "how"):
        if data.get(key) is not None and not isinstance(data[key], str):
            raise RuleError(f"{key} 应为文字", where=path, advice="用引号括起来")
    sure = data.get("confidence")
    if sure is not None and not (_is_number(sure) and 0 <= sure <= 1):
        raise RuleError(
            f"confidence 为 {as_written(sure)}", where=path, advice="写 0 到 1 之间的小数"
        )


def _check_value(value: object, spec: FactSpec, path: str) -> None:
    if spec.type in (FactType.CODES, FactType.NAMES):
        _check_codes(value, spec, path)
    elif spec.type is FactType.BOOL:
        if not isinstance(value, bool):
            raise _value_error(value, spec, path, "写 true 或 false")
    elif spec.type is FactType.DATE:
        if not isinstance(value, str) or not _is_iso_date(value):
            raise _value_error(value, spec, path, "写成 2024-05-01 这样的日期")
    elif not _is_number(value):
        raise _value_error(value, spec, path, spec.unit_advice)


def _check_codes(value: object, spec: FactSpec, path: str) -> None:
    if not isinstance(value, list | tuple):
        raise _value_error(value, spec, path, '写成代码的列表，如 ["…"]')
    table = code_table(spec.code_set)
    for code in value:
        if not isinstance(code, str):
            raise _value_error(code, spec, path, "代码要用引号括起来")
        try:
            table.require(code)
        except CodeError as error:
            raise RuleError(error.what, where=path, advice=error.advice) from None


def _value_error(value: object, spec: FactSpec, path: str, advice: str) -> RuleError:
    return RuleError(
        f"“{spec.label}”（{spec.name}）的值不能是 {as_written(value)}", where=path, advice=advice
    )


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond float64
        return False


def _is_iso_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
