"""Opens the index that a setting names, by its scheme (检索后端登记)."""

from __future__ import annotations

import re
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from policy_match.errors import MissingExtra, QueryError
from policy_match.search.ports import PolicyIndex
from policy_match.settings import IndexSettings

GROUP = "policy_match.search"
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+)://")
_ENGINES = {"http": "elasticsearch", "https": "elasticsearch"}
_FOLDER_ENGINE = "embedded"


def open_index(target: str | Path, *, write: bool = False, **settings: Any) -> PolicyIndex:
    """
    Open a policy index: a folder, or the URL of a server (打开索引).

    Engines are found by the entry-point group `policy_match.search`: a folder is `embedded`,
    http(s) is `elasticsearch`, any other scheme the engine of that name.

    Args:
        target: a folder's path, or a URL.
        write: also for writing; makes the index if need be.
        settings: handed to the engine as they are.

    Raises:
        MissingExtra: the engine's package is not installed.
        NotFound: there is no index there yet, and it is not for writing.
        IndexLocked: another one is writing.
        IndexIncompatible: what is there is no index of this version.
        ServiceUnavailable: the server can't be reached.
    """
    name = engine_name(target)
    try:
        engine = _entry_point(name).load()
    except ImportError as error:
        raise MissingExtra(
            f"检索后端 {name} 缺少组件 {error.name or name}",
            advice=_install(name),
        ) from error
    opened: PolicyIndex = engine(target, write=write, **settings)
    return opened


def open_configured(
    settings: IndexSettings, target: str | None = None, *, write: bool = False
) -> PolicyIndex:
    """
    Open the index that settings name, or another one with the same way to reach a server.

    Args:
        settings: where the index lives, and user, API key, CA file and prefix of a server.
        target: another folder or URL, from a flag.
        write: also for writing; makes the index if need be.

    Raises:
        PolicyMatchError: as `open_index`.
    """
    place = target or settings.location
    if engine_name(place) in _ENGINES.values():
        return open_index(place, write=write, settings=settings)
    return open_index(place, write=write)


def engine_name(target: str | Path) -> str:
    """
    The engine for a target.

    >>> engine_name("http://localhost:9200")
    'elasticsearch'
    >>> engine_name("data/index")
    'embedded'
    """
    if not str(target).strip():
        raise QueryError("索引位置是空的", advice="请用 --index 或 POLICY_MATCH_INDEX 给出")
    scheme = _SCHEME.match(str(target))
    if scheme is None:
        return _FOLDER_ENGINE
    return _ENGINES.get(scheme[1].lower(), scheme[1].lower())


def _install(name: str) -> str:
    """What to do about a missing engine: those of ours are extras of the package."""
    if name in _ENGINES.values():
        return (
            f"请运行 pip install 'policy-match[{name}]'；不用服务器的话，"
            "把 --index 或 POLICY_MATCH_INDEX 改成文件夹"
        )
    return "请安装提供它的软件包所缺的组件"


def _entry_point(name: str) -> EntryPoint:
    found = entry_points(group=GROUP)
    for entry in found:
        if entry.name == name:
            return entry
    if name in _ENGINES.values():
        raise MissingExtra(f"检索后端 {name} 未安装", advice=_install(name))
    known = "、".join(sorted(entry.name for entry in found)) or "无"
    raise MissingExtra(
        f"没有名为 {name} 的检索后端",
        advice=f"已安装的有：{known}；索引位置可以是文件夹或 http(s) 地址",
    )
