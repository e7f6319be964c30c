"""
The text and the rules of a document as later ones changed them (现行文本).

`current_readings` gives each policy as of a day; `amend.instructions` reads the orders,
`amend.places` finds what they mean, `amend.edits` carries them out.
"""

from indexer.amend.reading import as_issued, behind, current_readings

__all__ = ["as_issued", "behind", "current_readings"]
