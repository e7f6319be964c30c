"""
Small helpers over Office XML (OOXML 辅助): names without namespaces, values, parts.

Transitional and strict files differ only in their namespaces, so names are compared bare.
"""

from __future__ import annotations

import posixpath
import zipfile
from functools import cache
from typing import TYPE_CHECKING

from indexer.safety import parse_xml, read_member

if TYPE_CHECKING:
    from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
W_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_R_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}"


@cache
def bare(tag: str) -> str:
    """
    A tag without its namespace (本地名).

    >>> bare("{http://example}p")
    'p'
    """
    return tag.rpartition("}")[2]


def name_of(element: etree._Element) -> str:
    """The element's bare name; processing instructions and the like have none."""
    tag = element.tag
    return bare(tag) if isinstance(tag, str) else ""


def attribute(element: etree._Element, name: str = "val") -> str | None:
    """A w: attribute."""
    found: str | None = element.get(W + name)
    return found if found is not None else element.get(W_STRICT + name)


def relation_id(element: etree._Element) -> str | None:
    """The r:id of a reference."""
    found: str | None = element.get(_R + "id") or element.get(_R_STRICT + "id")
    return found


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first descendant along a path of bare names."""
    for name in path:
        if element is None:
            return None
        element = next(element.iterchildren("{*}" + name), None)
    return element


def children(element: etree._Element, name: str) -> list[etree._Element]:
    """Direct children of one name."""
    return list(element.iterchildren("{*}" + name))


def value(element: etree._Element | None, *path: str) -> str | None:
    """The w:val at the end of a path."""
    found = child(element, *path)
    return None if found is None else attribute(found)


def integer(text: str | None) -> int | None:
    """A whole number, or None for what is not one."""
    try:
        return int(text) if text is not None else None
    except ValueError:
        return None


def by_name(element: etree._Element | None) -> dict[str, etree._Element]:
    """Direct children by bare name."""
    return {} if element is None else {name_of(c): c for c in element}


def is_on(element: etree._Element | None) -> bool | None:
    """An on/off property: present without a value is on; absent is None."""
    if element is None:
        return None
    return (attribute(element) or "true") not in {"0", "false", "off", "none"}


def switch(element: etree._Element | None, *path: str) -> bool | None:
    """The on/off property at the end of a path."""
    return is_on(child(element, *path))


class Package:
    """The parts of one Office file (部件包)."""

    def __init__(self, archive: zipfile.ZipFile, where: str) -> None:
        self._archive = archive
        self._names = set(archive.namelist())
        self.where = where

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def names(self) -> set[str]:
        """All part names."""
        return self._names

    def xml(self, name: str) -> etree._Element:
        """A part's root element, parsed safely."""
        data = read_member(self._archive, name, where=self.where)
        return parse_xml(data, where=f"{self.where} {name}")

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Relation id → (kind, part name or outside address) of a part."""
        folder, file = posixpath.split(part)
        rels = f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels"
        if rels not in self._names:
            return {}
        found = {}
        for relation in self.xml(rels):
            kind = (relation.get("Type") or "").rpartition("/")[2]
            target = relation.get("Target") or ""
            if relation.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[relation.get("Id") or ""] = (kind, target)
        return found
