"""A connection to a server of a known kind and version (Elasticsearch 连接)."""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from elasticsearch import ApiError, Elasticsearch

from policy_match.errors import IndexIncompatible, SettingsError
from policy_match.search.elastic.patience import Patience
from policy_match.search.elastic.trouble import shown_url
from policy_match.settings import IndexSettings

READ_SECONDS = 3.0  # a reader is told soon that the server is away
WRITE_SECONDS = 300.0  # a long run outlasts a restart of the server
_REQUEST_SECONDS = 30.0  # for one answer; of a writer four times as long, for bulk requests
_MAJORS = (8, 9)
# the driver's warnings of a failed try are for who configures logging; our errors tell the rest
logging.getLogger("elastic_transport").addHandler(logging.NullHandler())

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """What a server says of itself; `number` is "" where it does not tell (服务器版本)."""

    number: str

    @property
    def major(self) -> int | None:
        """The first number."""
        found = re.match(r"\d+", self.number)
        return int(found[0]) if found else None


class Connection:
    """
    A client with our patience and our errors (连接).

    Args:
        url: http(s) address; a path before the indices' names is kept.
        settings: user, API key, CA file and prefix.
        patience: seconds to go on trying while the server is away.

    Raises:
        ServiceUnavailable: the server can't be reached, or does not let us in.
        IndexIncompatible: it is no Elasticsearch, or of another version than 8 or 9.
    """

    def __init__(
        self, url: str, settings: IndexSettings | None = None, *, patience: float = READ_SECONDS
    ) -> None:
        known = settings or IndexSettings(location=url)
        self.url = url
        self.shown = shown_url(url)
        self.prefix = known.prefix
        self.patience = Patience(url, patience)
        self.client = _client(url, known, _REQUEST_SECONDS * (4 if patience > READ_SECONDS else 1))
        # a server that is away at the start is told at once, however patient the run is
        first = Patience(url, min(patience, READ_SECONDS))
        self.version = self._checked(first.run(self._ask_version))

    def run(self, ask: Callable[[Elasticsearch], Answer]) -> Answer:
        """What a question to the client gives, with patience and in our errors."""
        return self.patience.run(lambda: ask(self.client))

    def _ask_version(self) -> ServerVersion:
        try:
            return ServerVersion(_text(self.client.info().body, "version", "number"))
        except ApiError as error:
            if error.status_code != 405:
                raise
        return self._version_of_node()

    def _version_of_node(self) -> ServerVersion:
        """A server without `GET /` (a bare distribution, some proxies) tells it by its node."""
        try:
            answer = self.client.nodes.info(node_id="_local", filter_path="nodes.*.version")
        except ApiError as error:
            if error.status_code in (403, 405):
                return ServerVersion("")
            raise
        nodes = list(answer.body.get("nodes", {}).values())
        return ServerVersion(_text(nodes[0], "version") if nodes else "")

    def _checked(self, version: ServerVersion) -> ServerVersion:
        if version.major is not None and version.major not in _MAJORS:
            raise IndexIncompatible(
                f"Elasticsearch 的版本是 {version.number}",
                where=self.shown,
                advice="请使用 Elasticsearch 8 或 9",
            )
        return version

    def close(self) -> None:
        """Let go of the sockets; a second call does nothing."""
        self.client.close()


def _client(url: str, settings: IndexSettings, timeout: float) -> Elasticsearch:
    options: dict[str, Any] = {}
    if settings.username is not None and settings.password is not None:
        options["basic_auth"] = (settings.username, settings.password.value)
    if settings.api_key is not None:
        options["api_key"] = settings.api_key.value
    try:
        if settings.ca_certs is not None:
            ssl.create_default_context(cafile=settings.ca_certs)  # reads it now, not at first use
            options["ca_certs"] = str(settings.ca_certs)
        return Elasticsearch(
            url if _has_port(url) else _with_default_port(url),
            max_retries=0,  # the client's own retries don't wait; ours do
            retry_on_timeout=False,
            request_timeout=timeout,
            **options,
        )
    except (ValueError, OSError) as error:
        raise SettingsError(
            f"不能据此连接 Elasticsearch（{error}）",
            where=shown_url(url),
            advice="请核对网址与 POLICY_MATCH_ES_ 开头的设置；CA 须是 PEM 文件，只用于 https",
        ) from error


def _has_port(url: str) -> bool:
    return re.match(r"[a-zA-Z]+://[^/]*:\d+(?:/|$)", url) is not None


def _with_default_port(url: str) -> str:
    """The client asks for a port; without one it is 443 or 9200, as Elasticsearch's tools do."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}:{443 if scheme.lower() == 'https' else 9200}{slash}{path}"


def _text(data: Mapping[str, Any], *path: str) -> str:
    found: Any = data
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return str(found or "")
