"""What can go wrong with a server, told in our errors (Elasticsearch 的故障说明)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from elastic_transport import (
    ApiResponseMeta,
    ConnectionTimeout,
    HttpHeaders,
    NodeConfig,
    SerializationError,
    TlsError,
    TransportError,
)
from elastic_transport import ConnectionError as NoConnection
from elasticsearch import ApiError, UnsupportedProductError

from policy_match.errors import (
    IndexIncompatible,
    NotFound,
    PolicyMatchError,
    RuleError,
    ServiceError,
    ServiceUnavailable,
)

ServerTrouble = (ApiError, TransportError)
_BUSY = frozenset({429, 502, 503, 504})
_FLOOD_STAGE = "flood-stage"
_BLOCK = "cluster_block_exception"
_CLAUSES = re.compile("too_many(?:_nested)?_clauses|maxClauseCount")
_MEDIA_TYPE = re.compile("media_type_header_exception|compatible-with|Invalid media-type")


def shown_url(url: str) -> str:
    """
    A server's address without user and password.

    >>> shown_url("https://me:secret@es.example:9200/path")
    'https://es.example:9200/path'
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def may_pass(error: Exception) -> bool:
    """Whether trying again later can help: no connection, or a server that is busy or starting."""
    if isinstance(error, NoConnection | ConnectionTimeout):
        return not isinstance(error, TlsError)
    if isinstance(error, ApiError):
        return error.status_code in _BUSY and error_type(error) != _BLOCK
    return False


def error_type(error: ApiError) -> str:
    """Elasticsearch's own name of an error, "" where the answer has none."""
    return str(_cause(error).get("type", ""))


def _cause(error: ApiError) -> Mapping[str, Any]:
    body = error.body
    cause = body.get("error", {}) if isinstance(body, Mapping) else {}
    return cause if isinstance(cause, Mapping) else {"reason": str(cause)}


def told(error: Exception, url: str) -> PolicyMatchError:
    """The error for people: what is wrong at the server, and what to do."""
    where = shown_url(url)
    if isinstance(error, UnsupportedProductError):
        return IndexIncompatible(
            "应答的不是 Elasticsearch（缺少 X-Elastic-Product，如 OpenSearch 或别的网站）",
            where=where,
            advice="请换成 Elasticsearch 8 或 9 的地址，或用目录作索引（内置引擎）",
        )
    if isinstance(error, ApiError):
        return _of_status(error, where)
    if isinstance(error, TlsError):
        return ServiceUnavailable(
            f"Elasticsearch 的证书或加密连接有问题（{_short(error)}）",
            where=where,
            advice="自签证书请用 POLICY_MATCH_ES_CA_CERTS 给出 CA 文件；并核对是 http 还是 https",
        )
    if isinstance(error, ConnectionTimeout):
        return ServiceUnavailable(
            "Elasticsearch 没有在时限内应答", where=where, advice="请检查服务器负荷，稍后再试"
        )
    if isinstance(error, SerializationError):
        return IndexIncompatible(
            "应答的内容读不懂，不像 Elasticsearch", where=where, advice="请核对网址"
        )
    return ServiceUnavailable(
        f"连不上 Elasticsearch（{_short(error)}）",
        where=where,
        advice="请确认它已启动、网址与端口正确；也可以用目录作索引（内置引擎）",
    )


def as_error(answer: Mapping[str, Any]) -> ApiError:
    """One failed answer of a multi search, as if it had been asked alone."""
    meta = ApiResponseMeta(
        status=int(answer.get("status", 500)),
        http_version="1.1",
        headers=HttpHeaders(),
        duration=0.0,
        node=NodeConfig("http", "localhost", 9200),
    )
    return ApiError("multi search", meta, dict(answer))


def _of_status(error: ApiError, where: str) -> PolicyMatchError:
    status, cause = error.status_code, _cause(error)
    reason = str(cause.get("reason") or error.message)[:300]
    if error_type(error) == _BLOCK:
        return blocked(reason, where)
    if error_type(error) == "index_not_found_exception":
        return NotFound(
            f"Elasticsearch 上没有要读的索引（{reason}）",
            where=where,
            advice="请先运行 policy-match index 文件或文件夹",
        )
    if error_type(error) == "search_context_missing_exception" or "No search context" in reason:
        return ServiceError(
            "读到一半的快照已失效（服务器重启过，或两页之间超过 10 分钟）",
            where=where,
            advice="请重新运行",
        )
    if status == 400 and _CLAUSES.search(str(error.body)):
        return RuleError(
            "条件展开后超过了 Elasticsearch 允许的子句数",
            where=where,
            advice="请用上级代码代替一长串下级代码，或拆成几条规则",
        )
    if status == 401:
        return ServiceUnavailable(
            "Elasticsearch 不接受用户名口令或 API key",
            where=where,
            advice="请核对 POLICY_MATCH_ES_USERNAME、_ES_PASSWORD 或 _ES_API_KEY",
        )
    if status == 403:
        return ServiceUnavailable(
            f"Elasticsearch 拒绝了这项操作（{reason}）",
            where=where,
            advice="请给该用户 monitor 权限，以及对本程序各索引的全部权限",
        )
    if status in (400, 406) and _MEDIA_TYPE.search(str(error.body)):
        return IndexIncompatible(
            "Elasticsearch 的版本不合用", where=where, advice="请使用 Elasticsearch 8 或 9"
        )
    if status in _BUSY:
        return ServiceUnavailable(
            f"Elasticsearch 暂时不能服务（{status}：{reason}）",
            where=where,
            advice="可能是分片未分配（红色状态）或过载：请查看集群状态，policy-match doctor 会说明",
        )
    return ServiceError(
        f"Elasticsearch 报错（{status} {error_type(error)}：{reason}）",
        where=where,
        advice="请查看服务器日志；若是索引被他人改动，请重建索引",
    )


def blocked(reason: str, where: str) -> ServiceError:
    """The error for an index that takes no writes: the disk is full, or it was made read-only."""
    if _FLOOD_STAGE in reason or "read-only-allow-delete" in reason:
        return ServiceError(
            "Elasticsearch 的磁盘空间不足，索引已被转为只读（flood stage）",
            where=where,
            advice="请清理或扩充磁盘；空间回落后限制会自动解除，再运行一次即可补齐",
        )
    return ServiceError(
        f"Elasticsearch 的索引是只读的（{reason}）",
        where=where,
        advice="请解除 index.blocks.read_only 或 index.blocks.write 后再写入",
    )


def _short(error: Exception) -> str:
    text = str(getattr(error, "message", "") or error).strip()
    return text.split("\n")[0][:200] or type(error).__name__
