"""Reading all of an index as it is at one moment: point in time and search_after (快照翻页)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self, TypeAlias

from policy_match.errors import PolicyMatchError
from policy_match.search.elastic.connection import Connection

Hit: TypeAlias = Mapping[str, Any]
_KEEP_ALIVE = "10m"  # from one page to the next


class Snapshot:
    """
    An index as it is when this is made; later writes don't show (快照).

    Args:
        connection: the server.
        index: an index or alias; an alias is resolved once, here.

    Close it when done; a forgotten one expires by itself.
    """

    def __init__(self, connection: Connection, index: str) -> None:
        self._connection = connection
        answer = connection.run(
            lambda client: client.open_point_in_time(index=index, keep_alive=_KEEP_ALIVE)
        )
        self._id: str | None = answer["id"]

    def pages(
        self, query: Mapping[str, Any], *, sort: str, size: int, **what: Any
    ) -> Iterator[Sequence[Hit]]:
        """
        All hits in the order of a field, page by page.

        Args:
            query: the query.
            sort: the field; ascending.
            size: hits a page.
            what: of a hit to read: `source`, `docvalue_fields`.
        """
        after: list[Any] | None = None
        while True:
            hits = self._page(query, sort, size, after, what)
            if hits:
                yield hits
            if len(hits) < size:
                return
            after = hits[-1]["sort"]

    def all_pages(self, *, sort: str, size: int, **what: Any) -> Iterator[Sequence[Hit]]:
        """All documents as `pages` gives them; closes the snapshot at the end."""
        with self:
            yield from self.pages({"match_all": {}}, sort=sort, size=size, **what)

    def _page(
        self,
        query: Mapping[str, Any],
        sort: str,
        size: int,
        after: list[Any] | None,
        what: Mapping[str, Any],
    ) -> list[Hit]:
        answer = self._connection.run(
            lambda client: client.search(
                pit={"id": self._id, "keep_alive": _KEEP_ALIVE},
                query=query,
                sort=[{sort: "asc"}],
                size=size,
                search_after=after,
                track_total_hits=False,
                allow_partial_search_results=False,
                **{"source": False, **what},
            )
        )
        self._id = answer.get("pit_id", self._id)
        hits: list[Hit] = answer["hits"]["hits"]
        return hits

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the server forget it; a second call does nothing."""
        pit, self._id = self._id, None
        if pit is not None:
            with suppress(PolicyMatchError):  # it expires anyway
                self._connection.run(lambda client: client.close_point_in_time(id=pit))


def value_of(hit: Hit, name: str) -> Any:
    """The one doc value of a field of a hit; None where it has none."""
    found = hit.get("fields", {}).get(name)
    return found[0] if found else None
