"""
Digests selected, composed and delivered, beside what cannot be saved (推送的速度).

The yardstick is the same work without a product around it: the same digests composed from rows
that are at hand, the same bytes handed to the same mail server by bare smtplib, and three measured
commits for each.
"""

from __future__ import annotations

import logging
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import insert, text

from admin.bench.databases import databases
from admin.bench.world import Size, fill
from admin.db import make_engine
from admin.matching import load_published
from admin.principal import SYSTEM, acting_as
from admin.push.channels.base import Channel, Letter
from admin.push.channels.message import MAIL, build_message
from admin.push.channels.smtp import MailServer, SmtpChannel
from admin.push.compose import Desk, items_of, load_desk, load_material, write_digest
from admin.push.deliver import drain
from admin.push.due import Due, letter_of
from admin.push.hours import Quiet
from admin.push.links import LinkSigner
from admin.push.prepare import new_number, prepare
from admin.push.select import select_batch
from admin.records.enterprise import EnterpriseContact
from admin.records.match import Match
from admin.setup import init_database, open_sessions
from policy_match.bench import Row, benchmark, sooner
from policy_match.domain.verdict import Reason, Verdict
from policy_match.settings import load_settings

COUNTS = {"small": 200, "full": 10_000}
MEASURES = 100
ITEMS = 3
COMMITS = 3
LIMIT = 1.3
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # a working day, nine in Beijing
TODAY = date(2026, 11, 24)
SENDER = "push@office.test"
SIGNER = LinkSigner("b" * 64, "http://push.test")


@benchmark("push")
def push(scale: str) -> Iterator[Row]:
    """The push on SQLite, and on PostgreSQL where a server is named."""
    logging.disable(logging.WARNING)
    count = COUNTS[scale]
    for name, environ in databases():
        with _sink() as port, acting_as(SYSTEM):
            yield _measured(environ, name, count, port)


def _measured(environ: dict[str, str], database: str, count: int, port: int) -> Row:
    settings = load_settings(environ, dotenv=None)
    list(init_database(settings))
    engine = make_engine(settings.admin.database_url.value)
    fill(engine, Size(count, MEASURES, 0))
    _fits_everybody(engine, count)
    sessions = open_sessions(settings)
    server = MailServer("127.0.0.1", port, SENDER)
    composing, letters = _compose_alone(sessions)
    handing = _hand_in(letters, port)
    committing = _commit(engine, count * COMMITS)
    ours = _push(sessions, {"mail": SmtpChannel(server)}, count)
    sessions.kw["bind"].dispose()
    engine.dispose()
    yardstick = composing + handing + committing
    return sooner(
        f"推送 {count} 份：选取、编写、投递（{database}）",
        ours,
        yardstick,
        f"编写 {composing:.1f} + 裸 smtplib {handing:.1f} + 每份 {COMMITS} 次提交 {committing:.1f}",
        "s",
        at_most=round(yardstick * LIMIT, 1),
    )


def _fits_everybody(engine: Any, count: int) -> None:
    """A contact for each enterprise, and measures that fit it."""
    contacts = [
        {"enterprise_id": n, "name": f"联系人{n}", "email": f"c{n}@enterprise.test"}
        for n in range(1, count + 1)
    ]
    reasons = [
        Reason(
            verdict=Verdict.ELIGIBLE, fact="employees", op=">=", value=20, have=35,
            quote="从业人员20人以上",
        ).to_json(),
        Reason(
            verdict=Verdict.ELIGIBLE, fact="revenue", op=">=", value=1_000_000,
            have=9_000_000,
        ).to_json(),
    ]  # fmt: skip
    matches = [
        {
            "enterprise_id": n,
            "measure_id": (measure := (n * 7 + turn * 31) % MEASURES + 1),
            "rule_id": measure,
            "verdict": "eligible",
            "score": 1000.0 * turn,
            "reasons": reasons,
            "as_of": TODAY,
            "fingerprint": f"f{n}-{turn}",
        }
        for n in range(1, count + 1)
        for turn in range(ITEMS)
    ]
    with engine.begin() as connection:
        connection.execute(insert(EnterpriseContact), contacts)
        connection.execute(insert(Match), matches)


def _push(sessions: Any, channels: dict[str, Channel], count: int) -> float:
    """Seconds of the whole push; everything must have gone out."""
    start = time.perf_counter()
    prepare(sessions, channels, base_url=SIGNER.base_url, as_of=TODAY, now=NOW)
    report = drain(sessions, channels, SIGNER, clock=lambda: NOW)
    seconds = time.perf_counter() - start
    if report.counts != {"sent": count}:
        raise RuntimeError(f"of {count} digests: {report}")
    return seconds


def _compose_alone(sessions: Any) -> tuple[float, list[tuple[str, bytes]]]:
    """Seconds that pure composition takes, rows at hand; and each address with its message."""
    letters: list[tuple[str, bytes]] = []
    seconds, after = 0.0, 0
    with sessions() as session:
        published = load_published(session, as_of=TODAY)
        desk = load_desk(session, SIGNER.base_url)
        while True:
            batch = select_batch(session, as_of=TODAY, channels=("mail",), after=after)
            if batch.last_id is None:
                return seconds, letters
            after = batch.last_id
            material = load_material(session, batch.selections, desk, TODAY)
            session.expunge_all()
            start = time.perf_counter()
            letters += [_message(one, material, published, desk) for one in batch.selections]
            seconds += time.perf_counter() - start


def _message(selection: Any, material: Any, published: Any, desk: Desk) -> tuple[str, bytes]:
    """One selection's mail, by the pure steps alone."""
    items = items_of(selection, material, published, as_of=TODAY)
    digest, (delivery,) = write_digest(
        selection,
        material,
        items,
        (),
        desk=desk,
        number=new_number(TODAY),
        as_of=TODAY,
        due={"mail": NOW},
    )
    due = Due(
        delivery_id=selection.enterprise_id,
        digest_id=selection.enterprise_id,
        enterprise_id=selection.enterprise_id,
        channel="mail",
        address=delivery.address,
        number=digest.number,
        day=TODAY,
        subject=digest.subject,
        text=digest.text,
        html=digest.html,
        hindrance="",
        quiet=Quiet(),
        items={n: n for n, _ in enumerate(items, 1)},
    )
    letter: Letter = letter_of(due, SIGNER)
    return letter.address, build_message(letter, sender=SENDER).as_bytes(policy=MAIL)


def _hand_in(letters: list[tuple[str, bytes]], port: int) -> float:
    """Seconds that bare smtplib takes over one connection."""
    start = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for address, content in letters:
            smtp.sendmail(SENDER, [address], content)
    return time.perf_counter() - start


def _commit(engine: Any, count: int) -> float:
    """Seconds that so many commits of one changed row take."""
    start = time.perf_counter()
    with engine.connect() as connection:
        for n in range(count):
            connection.execute(
                text("UPDATE measure SET opened_count = :n WHERE id = :id"),
                {"n": n, "id": n % MEASURES + 1},
            )
            connection.commit()
    return time.perf_counter() - start


@contextmanager
def _sink() -> Iterator[int]:
    """A mail server in a process of its own, which takes everything and keeps nothing."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink"]
    process = subprocess.Popen([*command, "-l", f"127.0.0.1:{port}"])  # noqa: S603 - our own
    try:
        _wait_for(port)
        yield port
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the mail server of the benchmark did not start")
