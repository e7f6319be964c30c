"""
From a structured policy to its measures with criteria (扶持措施与申报条件的提取).

`extract_measures(policy, document)` is all that others need. It is pure: no clock, and no I/O but
packaged tables. What decides one fact lives in one module of `facts`; see
docs/howto/add-an-extractor.md.
"""

from indexer.extract.measures import extract_measures

__all__ = ["extract_measures"]
