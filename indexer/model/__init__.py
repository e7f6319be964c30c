"""
An outside language model as one more reader, off unless it is asked for (外接模型).

Whatever it says is held against the text before anybody sees it: the quote must stand in the
clause it was asked about, and number, unit, comparison and codes must be the quote's own. What
passes is added beside the item to attest, never in its place, and waits for review.
"""

from indexer.model.improve import Improver
from indexer.model.ports import Extractor, Proposal, Question

__all__ = ["Extractor", "Improver", "Proposal", "Question"]
