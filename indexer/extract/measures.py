"""
Measures with criteria from a structured policy (扶持措施的提取): `extract_measures`.
"""

from __future__ import annotations

from indexer.document import Document
from indexer.extract.confidence import calibrated
from indexer.extract.context import Context
from indexer.extract.guide_measures import MAX_MEASURES, GuideReader
from indexer.extract.guides import guides_of
from indexer.extract.logic import Reader
from indexer.extract.nothing import is_for_people, offers_nothing
from indexer.extract.parts import lay_out
from indexer.extract.unread import with_conditions
from indexer.extract.view import view_of
from policy_match.domain.criterion import Criterion
from policy_match.domain.policy import Measure, Policy


def extract_measures(policy: Policy, document: Document) -> tuple[Measure, ...]:
    """
    Read what a policy offers, to whom and when (提取措施).

    Args:
        policy: as structured; its own measures are not looked at.
        document: what it was read from.

    Returns:
        The measures in reading order, with ids `{policy.id}-m01` on; none where the document
        offers nothing. Each leaf's confidence is a probability.
    """
    measures, done = read_measures(policy, document), dict[int, Criterion]()
    return tuple(calibrated(measure, done=done) for measure in measures)


def read_measures(policy: Policy, document: Document) -> tuple[Measure, ...]:
    """As extract_measures, with the extractors' own estimates; what calibration starts from."""
    del document  # rows of its tables are blocks of the policy, too
    if offers_nothing(policy) or is_for_people(policy):
        return ()
    view = view_of(policy.text)
    layout = lay_out(policy, view)
    reader = Reader.of(view, Context(policy, view.text))
    drafts = [
        draft
        for guide in guides_of(layout)
        for draft in GuideReader(guide, layout, reader).measures()
    ]
    return tuple(
        with_conditions(draft).model_copy(update={"id": f"{policy.id}-m{n:02d}"})
        for n, draft in enumerate(drafts[:MAX_MEASURES], 1)
    )
