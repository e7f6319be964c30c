"""The engine that needs no server: tantivy in a folder (内嵌检索引擎). Only place for tantivy."""

from policy_match.search.embedded.index import EmbeddedIndex

__all__ = ["EmbeddedIndex"]
