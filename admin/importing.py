"""
`policy-match admin import` (送审): files read as `index` reads them, taken in for review.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.audit import note
from admin.policies import import_policy
from admin.policies.intake import find_policy
from admin.principal import SYSTEM, acting_as
from admin.records.organisation import Organisation
from admin.records.policy import Policy
from indexer.files import file_hash, find_files
from indexer.pipeline import FileReport, Pool, extract_files
from policy_match.errors import InputError, PolicyMatchError


@dataclass(slots=True)
class _Known:
    """Which bytes the desk holds already, and as which policy (已收录)."""

    by_hash: dict[str, tuple[str, str]] = field(default_factory=dict)  # sha256: key, file

    def report(self, path: Path, sha256: str) -> FileReport | None:
        """A report at once for bytes that need not be read."""
        if sha256 not in self.by_hash:
            return None
        key, file = self.by_hash[sha256]
        if file == path.name:
            return FileReport(str(path), "unchanged", key)
        return FileReport(str(path), "duplicate_of", key, f"与 {file} 是同一份文件，未重复收录")


def import_files(
    sessions: Callable[[], Session],
    paths: Iterable[Path],
    *,
    as_of: date,
    now: datetime,
    organisation: str | None = None,
    workers: int = 1,
    pool: Pool | None = None,
) -> Iterator[FileReport]:
    """
    Read files and folders into the review desk (送到审核台), each in a transaction of its own.

    Args:
        sessions: sessions outside the web.
        paths: files and folders.
        as_of: the day that the status is given for.
        now: the moment of the import.
        organisation: the unit that is to review them, by its full name.
        workers: reading processes.
        pool: runs the reading instead of processes of our own.

    Yields:
        A report a file: added, updated, unchanged, duplicate_of or failed.

    Raises:
        InputError: there is no such unit.
    """
    with acting_as(SYSTEM), sessions() as session:
        unit = _unit(session, organisation)
        known = _known(session)
    to_read: list[Path] = []
    for found in find_files(paths):
        report = _at_once(found.path, found.error, known)
        if report is None:
            to_read.append(found.path)
        else:
            yield report
    for read in extract_files(to_read, as_of=as_of, workers=workers, pool=pool):
        yield _take(sessions, read, unit, now) if read.policy is not None else read


def _unit(session: Session, name: str | None) -> int | None:
    if name is None:
        return None
    unit = session.scalars(select(Organisation).where(Organisation.name == name)).one_or_none()
    if unit is None:
        raise InputError(
            f"没有机构“{name}”", where="--organisation", advice="请写机构的全称，先在管理端里建好"
        )
    return unit.id


def _known(session: Session) -> _Known:
    rows = session.execute(select(Policy.sha256, Policy.key, Policy.file_name))
    return _Known({sha: (key, file or "") for sha, key, file in rows if sha})


def _at_once(path: Path, error: PolicyMatchError | None, known: _Known) -> FileReport | None:
    """A report for what need not be read; bytes seen for the first time are remembered."""
    try:
        if error is not None:
            raise error
        sha256 = file_hash(path)
    except PolicyMatchError as problem:
        return FileReport(str(path), "failed", reason=str(problem), error=problem)
    report = known.report(path, sha256)
    if report is None:
        known.by_hash[sha256] = ("", path.name)
    return replace(report, id=report.id or None) if report else None


def _take(
    sessions: Callable[[], Any], report: FileReport, unit: int | None, now: datetime
) -> FileReport:
    assert report.policy is not None
    with acting_as(SYSTEM), sessions() as session:
        is_new = find_policy(session, report.policy.id) is None
        try:
            record = import_policy(
                session,
                report.policy,
                organisation_id=unit,
                file_name=Path(report.file).name,
                now=now,
            )
        except InputError as error:
            session.rollback()
            named = InputError(error.what, where=Path(report.file).name, advice=error.advice)
            return replace(report, status="failed", reason=str(named), error=named, policy=None)
        note(session, "送审", record, file=(None, Path(report.file).name))
        session.commit()
    return replace(report, status="added" if is_new else "updated")
