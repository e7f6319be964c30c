"""The navigation of the one who is signed in (导航): only what may be opened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from admin.lowcode.record_type import REGISTRY
from admin.lowcode.views import view_name

MENUS = ("政策", "企业", "推送", "服务", "单位与人员", "系统")


@dataclass(frozen=True, slots=True)
class Link:
    """One entry (导航项)."""

    label: str
    url: str
    icon: str
    is_current: bool


def navigation(appbuilder: Any) -> list[tuple[str, list[Link]]]:
    """Menus with their entries, in order; empty ones left out."""
    found: dict[str, list[Link]] = {menu: [] for menu in MENUS}
    for menu, link in _links(appbuilder):
        found[menu].append(link)
    return [(menu, links) for menu, links in found.items() if links]


def _links(appbuilder: Any) -> Iterator[tuple[str, Link]]:
    from admin.pages import PAGES

    for page in PAGES:
        menu = getattr(page, "menu", None)
        if menu and appbuilder.sm.has_access(f"can_{page.default_view}", _permission(page)):
            yield menu, _link(page.title, f"{page.__name__}.{page.default_view}", page.icon)
    for record_type in REGISTRY:
        if record_type.menu and appbuilder.sm.has_access("can_list", record_type.name):
            endpoint = f"{view_name(record_type)}.list"
            yield record_type.menu, _link(record_type.label, endpoint, record_type.icon)


def _permission(page: Any) -> str:
    return str(page.class_permission_name or page.__name__)


def _link(label: str, endpoint: str, icon: str) -> Link:
    current = (request.endpoint or "").split(".")[0] == endpoint.split(".")[0]
    return Link(label, url_for(endpoint), icon, current)
