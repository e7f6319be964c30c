"""
A tree of the editor to and from a form (编辑表单).

The shape travels as one JSON field `tree`, what is typed as fields of their own: `fact-5`,
`op-5`, `text-5`, `codes-5`, `attest-5`, `kind-3`, `count-3`, `quote-5`, `at-5`.
"""

from __future__ import annotations

import json
from typing import Any

from werkzeug.datastructures import MultiDict

from admin.editor.acts import set_fact
from admin.editor.tree import GROUPS, EditNode
from policy_match.domain.criterion import MAX_LEAVES
from policy_match.domain.facts import FactRegistry
from policy_match.errors import InputError

Form = MultiDict[str, str]
_MOST_NODES = 3 * MAX_LEAVES
_DEEPEST = 40


def shape(tree: EditNode) -> str:
    """The JSON field that carries a tree's shape and what its leaves rest on."""
    return json.dumps(_shape(tree), ensure_ascii=False, separators=(",", ":"))


def _shape(node: EditNode) -> dict[str, Any]:
    if node.is_group:
        return {"n": node.key, "k": node.kind, "c": [_shape(child) for child in node.children]}
    return {"n": node.key, "k": node.kind, "o": node.origin, "w": node.was, "f": node.fact}


def read(form: Form, registry: FactRegistry, *, name: str = "tree") -> EditNode:
    """
    The tree that a form holds, as typed (读取编辑表单).

    Raises:
        InputError: the field `name` is not what the page sent.
    """
    try:
        data = json.loads(form.get(name, ""))
    except (json.JSONDecodeError, RecursionError):
        raise broken() from None
    tree = _read(data, form, registry, 0)
    keys = [node.key for node in tree.walk()]
    if not tree.is_group or len(set(keys)) != len(keys) or len(keys) > _MOST_NODES:
        raise broken()
    return tree


def broken() -> InputError:
    """What to say of a form that the page did not send."""
    return InputError("规则没有完整提交", where="规则", advice="请刷新页面后重新修改")


def _read(data: Any, form: Form, registry: FactRegistry, depth: int) -> EditNode:
    if not isinstance(data, dict) or not isinstance(data.get("n"), int) or depth > _DEEPEST:
        raise broken()
    if data.get("k") in GROUPS:
        return _read_group(data, form, registry, depth)
    if data.get("k") not in ("fact", "attest"):
        raise broken()
    return _read_leaf(data, form, registry)


def _read_group(data: Any, form: Form, registry: FactRegistry, depth: int) -> EditNode:
    key = data["n"]
    kind = form.get(f"kind-{key}", data["k"])
    children = data.get("c")
    if kind not in GROUPS or not isinstance(children, list):
        raise broken()
    nodes = [_read(child, form, registry, depth + 1) for child in children]
    return EditNode(key, kind, nodes, form.get(f"count-{key}", "1")[:5])


def _read_leaf(data: Any, form: Form, registry: FactRegistry) -> EditNode:
    key, origin, was = data["n"], data.get("o"), data.get("w")
    if not isinstance(origin, dict) or not isinstance(was, dict):
        raise broken()
    node = EditNode(
        key,
        data["k"],
        fact=str(data.get("f", "")),
        op=form.get(f"op-{key}", ""),
        text=form.get(f"text-{key}", "")[:500],
        codes=[one[:60] for one in form.getlist(f"codes-{key}") if one],
        attest=form.get(f"attest-{key}", "")[:1000],
        origin=_read_origin(form, key, origin),
        was=was,
    )
    chosen = form.get(f"fact-{key}", node.fact)
    if chosen != node.fact:
        set_fact(node, chosen, registry)
    return node


def _read_origin(form: Form, key: int, origin: dict[str, Any]) -> dict[str, Any]:
    """What a leaf rests on; a stretch of the text that was marked on the page wins."""
    quote, at = form.get(f"quote-{key}", ""), form.get(f"at-{key}", "")
    start, _, end = at.partition("-")
    if quote and start.isdigit() and end.isdigit() and int(start) <= int(end):
        marked = {"quote": quote[:2000], "at": [int(start), int(end)]}
        if {name: origin.get(name) for name in marked} != marked:
            return {**origin, **marked}
    return origin
