"""
The engine past one machine: a stock Elasticsearch, 8 or 9 (Elasticsearch 检索引擎).

Only place for the `elasticsearch` driver. Core features alone are used: no script, plug-in,
ingest pipeline or by-query API; texts are cut into words in Python.
"""

from policy_match.search.elastic.index import ElasticIndex
from policy_match.search.elastic.register import ElasticRegister

__all__ = ["ElasticIndex", "ElasticRegister"]
