"""A world for tests of the push: enterprises with matches, contacts, an officer; a mail sink."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from admin.facts import state_fact
from admin.jobs import enqueue, run_due
from admin.push.channels import Channel, Letter, Outcome, Result
from admin.push.links import LinkSigner
from admin.push.prepare import PrepareReport, prepare
from admin.records.delivery import Delivery
from admin.records.enterprise import Enterprise, EnterpriseContact
from admin.records.officer import Assignment, Officer
from admin.records.organisation import Organisation
from admin.records.person import Person
from tests.admin.world import AT_LEAST_20, HIGH_TECH, add_enterprise, add_policy

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # Tuesday, nine in Beijing
TODAY = date(2026, 11, 24)
SIGNER = LinkSigner("a" * 64, "http://push.test")


class Clock:
    """A clock that tests move."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


class Box(Channel):
    """A channel that keeps what it is given, and answers as it is told."""

    name = "mail"
    timeout_seconds = 60.0

    def __init__(self, answer: Callable[[Letter], Result] | None = None) -> None:
        self.letters: list[Letter] = []
        self.answer = answer or (lambda _letter: Result(Outcome.SENT))

    def send(self, letter: Letter) -> Result:
        result = self.answer(letter)
        if result.outcome in (Outcome.SENT, Outcome.UNCERTAIN):
            self.letters.append(letter)
        return result


def populate(
    session: Any, settings: Any, count: int = 3, *, known: bool = True
) -> list[Enterprise]:
    """Enterprises with a contact each; with `known` facts one measure fits, one is open."""
    add_policy(
        session, AT_LEAST_20, HIGH_TECH, doc_no="晋政发〔2026〕1号",
        source_url="https://www.kmjn.gov.cn/c/1.html", expires_on=date(2027, 12, 31),
    )  # fmt: skip
    made = []
    for n in range(1, count + 1):
        one = add_enterprise(session, n)
        session.add(
            EnterpriseContact(enterprise=one, name=f"联系人{n}", email=f"c{n}@enterprise.test")
        )
        if known:
            state_fact(session, one, "employees", 30 + n, source="年报", now=NOW)
        made.append(one)
    session.commit()
    match_all(session, settings)
    return made


def add_officer(session: Any, enterprise: Enterprise) -> Officer:
    """An officer of 东山街道 who looks after the enterprise."""
    unit = session.scalars(select(Organisation).where(Organisation.name == "东山街道")).one()
    officer = Officer(person=Person(name="李专员", organisation=unit), landline="0871-67890000")
    session.add(officer)
    session.flush()
    session.add(
        Assignment(officer_id=officer.id, enterprise_id=enterprise.id, starts_on=date(2026, 1, 1))
    )
    session.commit()
    return officer


def match_all(session: Any, settings: Any) -> None:
    """Match every enterprise."""
    from admin.setup import open_sessions

    sessions = open_sessions(settings)
    with sessions() as own:
        for one in own.scalars(select(Enterprise.id)):
            enqueue(
                own, "match_enterprise", str(one), payload={"as_of": TODAY.isoformat()}, now=NOW
            )
        own.commit()
    run_due(sessions, settings, NOW, kinds=["match_enterprise"])
    sessions.kw["bind"].dispose()
    session.expire_all()


def compose(sessions: Any, channels: Any, *, as_of: date = TODAY, **more: Any) -> PrepareReport:
    """Compose what is new."""
    now = more.pop("now", datetime(as_of.year, as_of.month, as_of.day, 1, 0, tzinfo=UTC))
    return prepare(sessions, channels, base_url=SIGNER.base_url, as_of=as_of, now=now, **more)


def deliveries(session: Any) -> list[Delivery]:
    """All deliveries, as they stand."""
    session.expire_all()
    return list(session.scalars(select(Delivery).order_by(Delivery.id)))
