"""代码选择: national codes by name, code or pinyin initials."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

from flask import abort, jsonify, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access

from admin.lowcode.record_type import Access, access
from policy_match.domain.codes import code_table

CODE_SETS = frozenset(
    {"region", "industry", "qualification", "size_class", "entity_type", "ownership"}
)


class CodesView(BaseView):  # type: ignore[misc]  # Flask-AppBuilder ships no types
    """Answers the code pickers of every form (代码选择)."""

    route_base = "/codes"
    class_permission_name = "codes"
    access: ClassVar[Access] = dict.fromkeys(access(), frozenset({"search"}))

    @expose("/<name>")
    @has_access
    def search(self, name: str) -> Any:
        """Codes that match what was typed."""
        if name not in CODE_SETS:
            abort(404)
        return jsonify(
            [
                {"value": c, "label": label}
                for c, label in find_codes(name, request.args.get("q", ""))
            ]
        )


def find_codes(name: str, text: str, limit: int = 20) -> list[tuple[str, str]]:
    """Codes by code, name, or pinyin initials of the name (jnq → 晋宁区)."""
    text = text.strip()[:50]
    table = code_table(name)
    found = table.search(text, limit)
    if len(found) < limit and text.isascii() and text.isalpha():
        known = {code for code, _ in found}
        more = [
            (code, label)
            for initials, code, label in _initials(name)
            if text.lower() in initials and code not in known
        ]
        found += sorted(more, key=lambda pair: len(pair[0]))[: limit - len(found)]
    return found


@lru_cache(maxsize=8)
def _initials(name: str) -> tuple[tuple[str, str, str], ...]:
    from pypinyin import Style, lazy_pinyin

    table = code_table(name)
    return tuple(
        ("".join(lazy_pinyin(label, style=Style.FIRST_LETTER)).lower(), code, label)
        for code in table
        if (label := table.label_of(code))
    )
