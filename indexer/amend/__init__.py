"""
The text and the rules of a document as later ones changed them (现行文本).

`current_readings` gives each policy as of a day; `amend.instructions` reads the orders,
`amend.places` finds what they mean, `amend.edits` carries them out.
"""

from indexer.amend.changes import changing_documents
from indexer.amend.reading import as_issued, current_readings, noted

__all__ = ["as_issued", "changing_documents", "current_readings", "noted"]
