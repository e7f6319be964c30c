"""The sample in the database: whole, marked as a sample, and written only once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from admin import seed as sample
from admin.clock import utc_now
from admin.principal import SYSTEM, acting_as
from admin.records.activity import Activity
from admin.records.appeal import Appeal
from admin.records.enterprise import Enterprise
from admin.records.officer import Assignment, Officer
from admin.records.organisation import Organisation
from admin.records.policy import Policy
from admin.setup import open_sessions

pytestmark = pytest.mark.one_database("it takes long, and writes through the same functions")
TABLES = (Organisation, Enterprise, Officer, Assignment, Policy, Activity, Appeal)


def counts(session: Any) -> dict[str, int]:
    session.expire_all()
    return {
        table.__tablename__: session.scalar(select(func.count()).select_from(table))
        for table in TABLES
    }


def test_the_sample_is_written_once_and_marked(session: Any, settings: Any) -> None:
    sessions = open_sessions(settings)
    with acting_as(SYSTEM):
        told = list(sample.seed(sessions, now=utc_now()))
        first = counts(session)
        again = list(sample.seed(sessions, now=utc_now()))
    sessions.kw["bind"].dispose()
    assert first["enterprise"] == 150
    assert first["policy"] >= 30
    assert min(first.values()) > 0
    assert counts(session) == first
    assert any("政策：读取" in line for line in told)
    assert any("企业：新增 0 家" in line for line in again)
    notes = set(session.scalars(select(Enterprise.note)))
    assert notes == {"样例：虚构企业"}
    states = dict(session.execute(select(Policy.state, func.count()).group_by(Policy.state)).all())
    assert states["published"] > states["review"] > 0
