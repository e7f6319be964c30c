"""
Whether text and rule still agree (规则与原文核对).

`verify(policy)` lists where a rule's quotes no longer stand in the text, and where numbers, units,
comparisons or codes differ from what the quote says. It reads the quote anew, whoever made the
rule: an extractor, an outside model or a person.
"""

from indexer.verify.check import Checked, Divergence, Problem, verify, verify_leaf, verify_measure

__all__ = ["Checked", "Divergence", "Problem", "verify", "verify_leaf", "verify_measure"]
