"""
What can be done to a tree of the editor (编辑动作): add, remove, wrap, unwrap, move, change.

Each act takes the tree and the key of a node and gives the key to go on at; one that makes no
sense there leaves the tree as it is.
"""

from __future__ import annotations

from admin.editor.tree import GROUPS, LEAVES, EditNode
from policy_match.domain.facts import FactRegistry, FactType

FIRST_FACT = "region"
ACTS = (
    "add_fact",
    "add_attest",
    "add_group",
    "remove",
    "wrap",
    "unwrap",
    "up",
    "down",
    "in",
    "out",
    "fact",
    "attest",
    "refresh",
)


def act(tree: EditNode, name: str, key: int, registry: FactRegistry) -> int:
    """
    Do one act to the node of a key (执行动作).

    Returns:
        The key of the node to go on at.
    """
    node = find(tree, key)
    if node is None or name not in ACTS:
        return tree.key
    if name.startswith("add_"):
        return _add(tree, node, name.removeprefix("add_"), registry)
    if name in LEAVES:
        return _turn_into(node, name, registry)
    if name == "refresh":
        return key
    parent = parent_of(tree, node)
    if name in ("wrap", "unwrap"):
        return _wrap(tree, node, parent) if name == "wrap" else _unwrap(node, parent)
    if parent is None:
        return key
    if name == "remove":
        return _remove(node, parent)
    return _move(tree, node, parent, name)


def find(tree: EditNode, key: int) -> EditNode | None:
    """The node of a key."""
    return next((node for node in tree.walk() if node.key == key), None)


def parent_of(tree: EditNode, node: EditNode) -> EditNode | None:
    """The group that holds a node; None for the root."""
    return next((one for one in tree.walk() if node in one.children), None)


def new_key(tree: EditNode) -> int:
    """A key that no node has."""
    return max(node.key for node in tree.walk()) + 1


def set_fact(node: EditNode, fact: str, registry: FactRegistry) -> None:
    """Ask about another fact: operator and value begin anew where the type differs."""
    spec, before = registry.get(fact), registry.get(node.fact)
    node.fact = fact
    if spec is None:
        return
    if node.op not in spec.ops:
        node.op = spec.ops[0]
    if before is None or (before.type, before.code_set) != (spec.type, spec.code_set):
        node.codes, node.text = [], "是" if spec.type is FactType.BOOL else ""


def _add(tree: EditNode, node: EditNode, kind: str, registry: FactRegistry) -> int:
    """Into a group; beside a leaf, below it."""
    made = EditNode(new_key(tree), "all" if kind == "group" else kind)
    if kind == "fact":
        set_fact(made, FIRST_FACT, registry)
    if node.is_group:
        node.children.append(made)
        return made.key
    parent = parent_of(tree, node)
    assert parent is not None, "the root is a group"
    parent.children.insert(parent.children.index(node) + 1, made)
    return made.key


def _remove(node: EditNode, parent: EditNode) -> int:
    place = parent.children.index(node)
    parent.children.remove(node)
    if parent.children:
        return parent.children[min(place, len(parent.children) - 1)].key
    return parent.key


def _turn_into(node: EditNode, kind: str, registry: FactRegistry) -> int:
    """A leaf of the other kind; what it rests on stays, and its words become what to attest."""
    if node.is_group or node.kind == kind:
        return node.key
    node.kind = kind
    if kind == "attest":
        node.attest = node.attest or str(node.origin.get("quote", ""))
    elif not node.fact:
        set_fact(node, FIRST_FACT, registry)
    return node.key


def _wrap(tree: EditNode, node: EditNode, parent: EditNode | None) -> int:
    """Put a node into a group of its own, which asks for the same until something is added."""
    key = new_key(tree)
    if parent is None:  # the root keeps its place: what it held goes one deeper
        inner = EditNode(key, node.kind, node.children, node.count)
        node.kind, node.children, node.count = "all", [inner], "1"
        return key
    parent.children[parent.children.index(node)] = EditNode(key, "all", [node])
    return key


def _unwrap(node: EditNode, parent: EditNode | None) -> int:
    """Put a group's nodes in its place; only where that asks for the same."""
    if not node.is_group or not _is_loose(node, parent):
        return node.key
    if parent is None:
        (inner,) = node.children
        node.kind, node.children, node.count = inner.kind, inner.children, inner.count
        return node.key
    place = parent.children.index(node)
    parent.children[place : place + 1] = node.children
    return node.children[0].key


def _is_loose(node: EditNode, parent: EditNode | None) -> bool:
    """Whether a group makes no difference: it holds one node, or joins as its parent does."""
    single = len(node.children) == 1 and node.kind in ("all", "any", "at_least")
    if parent is None:
        return single and node.children[0].is_group
    return bool(node.children) and (
        single or (node.kind == parent.kind and node.kind in ("all", "any"))
    )


def _move(tree: EditNode, node: EditNode, parent: EditNode, way: str) -> int:
    place = parent.children.index(node)
    if way in ("up", "down"):
        other = place + (-1 if way == "up" else 1)
        if 0 <= other < len(parent.children):
            parent.children[place], parent.children[other] = parent.children[other], node
    elif way == "in":
        _move_in(node, parent, place)
    else:
        outer = parent_of(tree, parent)
        if outer is not None:
            parent.children.remove(node)
            outer.children.insert(outer.children.index(parent) + 1, node)
    return node.key


def _move_in(node: EditNode, parent: EditNode, place: int) -> None:
    """Into the group just before it, else the one just after it."""
    for near in (place - 1, place + 1):
        if 0 <= near < len(parent.children) and parent.children[near].kind in GROUPS:
            parent.children.remove(node)
            target = parent.children[near - 1 if near > place else near]
            target.children.insert(0 if near > place else len(target.children), node)
            return
