"""
A rule as nodes of an editor (编辑树), and back into the rule language.

A node keeps what was typed, even where it makes no sense yet, and says what is wrong with it. A
leaf that was not touched goes back exactly as it was read, with how it was found and how sure;
one that was changed is the person's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from admin.editor.values import read_date, read_names, read_number, say_number
from policy_match.domain.criterion import (
    MAX_DEPTH,
    MAX_LEAVES,
    All,
    AnyOf,
    AtLeast,
    AttestLeaf,
    Criterion,
    FactLeaf,
    Not,
    children_of,
    parse_criterion,
)
from policy_match.domain.facts import FactRegistry, FactSpec, FactType
from policy_match.errors import RuleError

GROUPS = ("all", "any", "not", "at_least")
LEAVES = ("fact", "attest")


@dataclass(slots=True)
class EditNode:
    """
    One node of the tree (节点).

    Args:
        key: tells nodes apart on the page.
        kind: all, any, not, at_least, fact or attest.
        children: of a group; `not` means that none of them may hold.
        count: k of `at_least`, as typed.
        fact, op, text, codes: of a fact leaf, as typed; `text` is a number, a day, 是 or 否, or
            names.
        attest: what an attest leaf asks for.
        origin: quote, at, by, how and confidence of a leaf.
        was: the leaf as it was read, to tell whether it was changed.
        error: what is wrong with it, in Chinese.
    """

    key: int
    kind: str
    children: list[EditNode] = field(default_factory=list)
    count: str = "1"
    fact: str = ""
    op: str = ""
    text: str = ""
    codes: list[str] = field(default_factory=list)
    attest: str = ""
    origin: dict[str, Any] = field(default_factory=dict)
    was: dict[str, Any] = field(default_factory=dict)
    error: str = ""

    @property
    def is_group(self) -> bool:
        """Whether it holds other nodes."""
        return self.kind in GROUPS

    def walk(self) -> Iterator[EditNode]:
        """The node and all below it, top down, left to right."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))


def edit(rule: Criterion, registry: FactRegistry) -> EditNode:
    """The tree of a rule (打开规则); a rule that is a single leaf stands in a group of its own."""
    keys = iter(range(1, 10_000))
    if isinstance(rule, FactLeaf | AttestLeaf):
        rule = All(all=(rule,))
    return _node(rule, keys, registry)


def _node(rule: Criterion, keys: Iterator[int], registry: FactRegistry) -> EditNode:
    key = next(keys)
    if isinstance(rule, FactLeaf):
        return _fact_node(key, rule, registry)
    if isinstance(rule, AttestLeaf):
        return EditNode(key, "attest", attest=rule.attest, origin=_origin(rule), was=rule.to_json())
    children = [_node(child, keys, registry) for child in children_of(rule)]
    count = str(rule.at_least) if isinstance(rule, AtLeast) else "1"
    return EditNode(key, _kind_of(rule), children, count)


def _kind_of(rule: Criterion) -> str:
    if isinstance(rule, All):
        return "all"
    if isinstance(rule, AnyOf):
        return "any"
    return "not" if isinstance(rule, Not) else "at_least"


def _fact_node(key: int, leaf: FactLeaf, registry: FactRegistry) -> EditNode:
    node = EditNode(
        key, "fact", fact=leaf.fact, op=leaf.op, origin=_origin(leaf), was=leaf.to_json()
    )
    spec = registry.get(leaf.fact)
    if isinstance(leaf.value, tuple):
        node.codes = list(leaf.value)
        node.text = "、".join(leaf.value)
    elif isinstance(leaf.value, bool):
        node.text = "是" if leaf.value else "否"
    elif isinstance(leaf.value, str) or spec is None:
        node.text = str(leaf.value)
    else:
        node.text = say_number(leaf.value, spec)
    return node


_ORIGIN = ("quote", "at", "by", "how", "confidence")


def _origin(leaf: FactLeaf | AttestLeaf) -> dict[str, Any]:
    data = leaf.to_json()
    return {name: data[name] for name in _ORIGIN if data.get(name) is not None}


@dataclass(frozen=True, slots=True)
class Edited:
    """A tree read back (编辑结果): the rule, or None where some node has an error."""

    rule: Criterion | None
    json: dict[str, Any] | None


def finish(tree: EditNode, registry: FactRegistry, *, author: str) -> Edited:
    """
    The rule that a tree says (得到规则); what is wrong is written at the nodes.

    Args:
        tree: its nodes get `error` set or cleared.
        registry: the facts a rule may use.
        author: stands in leaves that were changed.
    """
    nodes = list(tree.walk())
    for node in nodes:
        node.error = ""
    data = _data(tree, registry, author, 1)
    if sum(not node.is_group for node in nodes) > MAX_LEAVES:
        tree.error = f"条件超过 {MAX_LEAVES} 项，请拆成几项措施"
    if any(node.error for node in nodes):
        return Edited(None, None)
    try:
        return Edited(parse_criterion(data, registry=registry), data)
    except RuleError as error:  # what no single node shows
        tree.error = f"{error.what}。{error.advice or ''}"
        return Edited(None, None)


def _data(node: EditNode, registry: FactRegistry, author: str, depth: int) -> dict[str, Any]:
    if depth > MAX_DEPTH:
        node.error = f"嵌套超过 {MAX_DEPTH} 层，请拆开"
        return {"all": []}
    if not node.is_group:
        return _leaf(node, registry, author)
    children = [_data(child, registry, author, depth + 1) for child in node.children]
    if node.kind == "at_least":
        return {"at_least": _count(node), "of": children}
    if node.kind == "not":
        if not children:
            node.error = "“不得”下面还没有条件：请添加，或删去这一组"
        return {"not": children[0] if len(children) == 1 else {"any": children}}
    if node.kind == "any" and not children:
        node.error = "“任一”下面还没有条件，没有企业能符合：请添加，或删去这一组"
    return {node.kind: children}


def _count(node: EditNode) -> int:
    most = len(node.children)
    text = node.count.strip()
    if not text.isdigit() or not 1 <= int(text) <= most:
        node.error = (
            f"“至少几项”应是 1 到 {most} 之间的整数" if most else "这一组还没有条件：请添加"
        )
        return 1
    return int(text)


def _leaf(node: EditNode, registry: FactRegistry, author: str) -> dict[str, Any]:
    try:
        content = _content(node, registry)
        parse_criterion(content, registry=registry)
    except RuleError as error:
        node.error = f"{error.what}。{error.advice or ''}"
        return {"all": []}
    except ValueError as error:
        node.error = str(error)
        return {"all": []}
    if node.was and same_question(content, node.was):
        told = {name: node.origin[name] for name in _ORIGIN if name in node.origin}
        return {**_content_of(node.was), **told}
    told = {name: node.origin[name] for name in ("quote", "at") if name in node.origin}
    return {**content, **told, "by": author}


def _content(node: EditNode, registry: FactRegistry) -> dict[str, Any]:
    if node.kind == "attest":
        if not node.attest.strip():
            raise ValueError("请写明需要企业自查的事项")
        return {"attest": node.attest.strip()}
    spec = registry.get(node.fact)
    if spec is None:
        raise ValueError("请选择一个事实" if not node.fact else f"没有登记事实“{node.fact}”")
    return {"fact": node.fact, "op": node.op or spec.ops[0], "value": _value(node, spec)}


def _value(node: EditNode, spec: FactSpec) -> Any:
    if spec.is_set:
        codes = _names(node) if spec.code_set == "names" else node.codes
        if not codes:
            raise ValueError(f"请至少选一个{spec.label}")
        return list(dict.fromkeys(codes))
    if spec.type is FactType.BOOL:
        if node.text not in ("是", "否"):
            raise ValueError("请选“是”或“否”")
        return node.text == "是"
    return read_date(node.text) if spec.type is FactType.DATE else read_number(node.text, spec)


def _names(node: EditNode) -> list[str]:
    """Names as typed; untouched they are as they were read, marks inside a name included."""
    before = node.was.get("value")
    if isinstance(before, list | tuple) and node.text == "、".join(map(str, before)):
        return list(before)
    return read_names(node.text)


def _content_of(leaf: Mapping[str, Any]) -> dict[str, Any]:
    return {name: leaf[name] for name in ("fact", "op", "value", "attest") if name in leaf}


def same_question(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two leaves ask the same, whatever they rest on."""
    return _content_of(one) == _content_of(other)
