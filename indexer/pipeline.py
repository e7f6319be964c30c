"""
From files to policies in an index (处理流程): read → structure → extract → put.

A run may be killed at any time: what was committed stays, and the next run goes on from there,
since a file whose bytes this version of the program has read already is not read again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from indexer.amend import as_issued, current_readings
from indexer.dedupe import Register
from indexer.doubts import marked
from indexer.files import FoundFile, file_hash, find_files
from indexer.learned import completed
from indexer.lineage import derive_events
from indexer.reader_version import reader_version
from indexer.readers import read_document
from indexer.structure import structure
from policy_match.domain.policy import Policy, Source
from policy_match.errors import ClassifiedFile, PolicyMatchError, UnsafeFile
from policy_match.search.ports import PolicyIndex

BATCH_FILES = 200
BATCH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class FileReport:
    """
    What came of one file (单个文件的处理结果).

    `status` is added, updated, unchanged, duplicate_of or failed (`read` where nothing is
    indexed; `missing` and `removed` of a file that has gone from the disk). `id` is the policy's,
    of a duplicate that of the policy it copies. `reason` says why it failed, or what the reader
    warned of.
    """

    file: str
    status: str
    id: str | None = None
    reason: str | None = None
    policy: Policy | None = None
    error: PolicyMatchError | None = None

    def to_json(self) -> dict[str, Any]:
        """The line of `policy-match index --json` (spec/cli.md)."""
        return {"file": self.file, "id": self.id, "status": self.status, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Reading:
    """A policy with what the reader warned of (读取结果)."""

    policy: Policy
    warnings: tuple[str, ...] = ()


Improve = Callable[[Policy], Policy]


class Pool(Protocol):
    """What runs functions on files; `readers.isolated.IsolatedPool` does it in processes."""

    def map(self, fn: Any, paths: Iterable[Path]) -> Iterator[Any]:
        """One outcome a path, in the order of the paths."""
        ...


def read_policy(path: Path, *, as_of: date) -> Policy:
    """
    Read one file into a policy, in this process (读取一份政策).

    Args:
        path: the file.
        as_of: the day that the status is given for.

    Raises:
        DocumentError: the file can't be read, is unsafe, or is marked secret.
    """
    return marked(completed(read(path, as_of=as_of).policy))


def read(path: Path, *, as_of: date) -> Reading:
    """As read_policy, with the reader's warnings; this is what runs in a worker (隔离中读取)."""
    from indexer.extract import extract_measures

    sha256 = file_hash(path)
    document = read_document(path)
    policy = structure(document)
    policy = policy.model_copy(
        update={
            "measures": extract_measures(policy, document),
            "source": Source(file=_place(path), url=policy.source.url, sha256=sha256),
        }
    )
    return Reading(_dated(policy, as_of), document.warnings)


def _place(path: Path) -> str:
    """Where a file is, whatever folder a run starts in."""
    return str(path.absolute())


def _dated(policy: Policy, as_of: date) -> Policy:
    status = policy.status_on(as_of)
    return policy if status is policy.status else policy.model_copy(update={"status": status})


def extract_files(
    paths: Iterable[Path],
    *,
    as_of: date,
    workers: int = 1,
    pool: Pool | None = None,
    improve: Improve | None = None,
) -> Iterator[FileReport]:
    """
    Read files and folders; index nothing (试读).

    Args:
        paths: files and folders.
        as_of: the day that the status is given for.
        workers: reading processes.
        pool: runs the reading instead of processes of our own.
        improve: an outside model's addition to what rules read, such as `indexer.model.Improver`.

    Yields:
        A report a file, in sorted order: `read` with the policy, or `failed` with the reason.
    """
    with _pool(workers, pool) as running:
        found = list(find_files(paths))
        outcomes = running.map(partial(read, as_of=as_of), [f.path for f in found if not f.error])
        for one in found:
            if one.error:
                yield _failed(one.path, one.error)
            else:
                yield _read(one.path, next(outcomes), improve)


def _read(path: Path, outcome: Any, improve: Improve | None = None) -> FileReport:
    if outcome.error is not None:
        return _failed(path, outcome.error)
    reading: Reading = outcome.unwrap()
    if reading.policy.source.file != _place(path):  # a worker may lie; the index goes by this
        what = f"读取进程交回的不是这份文件，而是 {reading.policy.source.file}"
        return _failed(path, UnsafeFile(what, where=str(path), advice="文件可能不安全，请不要打开"))
    reason = "；".join(reading.warnings) or None
    policy = completed(reading.policy)
    policy = marked(improve(policy) if improve is not None else policy)
    return FileReport(str(path), "read", policy.id, reason, policy)


def _failed(path: Path, error: PolicyMatchError) -> FileReport:
    """A failure; of a file marked secret not even the place inside it is told."""
    if isinstance(error, ClassifiedFile):
        error = ClassifiedFile(error.what, where=str(path), advice=error.advice)
    return FileReport(str(path), "failed", reason=str(error), error=error)


def index_files(
    paths: Iterable[Path],
    index: PolicyIndex,
    *,
    as_of: date,
    again: bool = False,
    prune: bool = False,
    workers: int = 1,
    pool: Pool | None = None,
    improve: Improve | None = None,
) -> Iterator[FileReport]:
    """
    Read files and folders into an index, only what is new or changed (建立索引).

    Args:
        paths: files and folders.
        index: where policies go; committed every 200 files or 5 seconds.
        as_of: the day that the status is given for.
        again: read unchanged files too; those that another version of the program has read are
            read again in any case.
        prune: remove the policies whose files have gone from the folders.
        workers: reading processes.
        pool: runs the reading instead of processes of our own.
        improve: an outside model's addition to what rules read, such as `indexer.model.Improver`.

    Yields:
        A report a file; `added` and `updated` come after their commit. At the end one for every
        file that has gone from the folders: `missing`, or with `prune` `removed`.
    """
    paths = list(paths)
    run = _Run(index, as_of=as_of, again=again)
    to_read: list[Path] = []
    for found in find_files(paths):
        report = run.plan(found)
        if report is not None:
            yield report
        elif run.first_of_its_bytes(found.path):
            to_read.append(found.path)
    with _pool(workers, pool) as running:
        outcomes = running.map(partial(read, as_of=as_of), to_read)
        for path, outcome in zip(to_read, outcomes, strict=True):
            run.take(_read(path, outcome, improve))
            if run.due():
                yield from run.commit()
        yield from run.commit()
    yield from run.report_gone(paths, prune=prune)
    run.settle()


class _Run:
    """One run of index_files: the register, the batch that waits for its commit (一次索引)."""

    def __init__(self, index: PolicyIndex, *, as_of: date, again: bool) -> None:
        self.index = index
        self.as_of = as_of
        self.again = again
        self.register = Register(index.sources(), reader_version())
        self.changed = False
        self.hashes: dict[Path, str] = {}
        self.twins: dict[str, list[Path]] = {}
        self.reports: list[FileReport] = []
        self.puts: dict[str, Policy] = {}
        self.removals: set[str] = set()
        self.since = time.monotonic()

    def plan(self, found: FoundFile) -> FileReport | None:
        """A report at once for what need not be read; None for what must be."""
        if found.error is not None:
            return _failed(found.path, found.error)
        try:
            sha256 = file_hash(found.path)
        except PolicyMatchError as error:
            return _failed(found.path, error)
        self.hashes[found.path] = sha256
        if self.again:
            return None
        place = _place(found.path)
        known = self.register.unchanged(place, sha256)
        if known is not None:
            return FileReport(str(found.path), "unchanged", known)
        other = self.register.copy_of(place, sha256)
        return self._copy(found.path, other) if other is not None else None

    def first_of_its_bytes(self, path: Path) -> bool:
        """Whether a file is the first with its bytes; the others get its report later."""
        twins = self.twins.setdefault(self.hashes[path], [])
        twins.append(path)
        return len(twins) == 1

    def take(self, report: FileReport) -> None:
        """Put a file that has been read into the batch, with those that have the same bytes."""
        path = Path(report.file)
        sha256 = self.hashes[path]
        if report.policy is not None:
            report = self._admit(report, report.policy, sha256)
        self.reports.append(report)
        for twin in self.twins.get(sha256, [])[1:]:
            if report.id is None:
                self.reports.append(replace(report, file=str(twin)))
            else:
                self.reports.append(self._copy(twin, report.id))

    def _admit(self, report: FileReport, policy: Policy, sha256: str) -> FileReport:
        verdict = self.register.admit(policy, _place(Path(report.file)), sha256)
        if verdict.status == "duplicate_of":
            return self._copy(Path(report.file), verdict.of)
        if verdict.of is not None and verdict.of != policy.id:
            self.removals.add(verdict.of)
            self.puts.pop(verdict.of, None)
        source = policy.source.model_copy(update={"reader": reader_version()})
        self.puts[policy.id] = policy.model_copy(update={"source": source})
        return replace(report, status=verdict.status)

    def _copy(self, path: Path, of: str | None) -> FileReport:
        """The report of a copy; it names the file that it copies."""
        original = self.register.file_of(of) or of
        return FileReport(str(path), "duplicate_of", of, f"与 {original} 是同一份文件，未重复收录")

    def due(self) -> bool:
        """Whether the batch is full or has waited long enough."""
        waited = time.monotonic() - self.since
        return len(self.reports) >= BATCH_FILES or waited >= BATCH_SECONDS

    def commit(self) -> list[FileReport]:
        """Write the batch to the index; its reports."""
        gone = self.removals - set(self.puts)
        if self.puts:
            self.index.put(self.puts.values())
        if gone:
            self.index.remove(sorted(gone))
        self.changed = self.changed or bool(self.puts or gone)
        reports, self.reports = self.reports, []
        self.puts, self.removals = {}, set()
        self.since = time.monotonic()
        return reports

    def report_gone(self, roots: Iterable[Path], *, prune: bool) -> list[FileReport]:
        """What has gone from the folders, removed from the index if wanted."""
        gone = self.register.gone(roots)
        if gone and prune:
            self.index.remove(sorted({policy_id for _, policy_id in gone}))
            self.changed = True
        status = "removed" if prune else "missing"
        return [FileReport(file, status, one, "文件已不在磁盘上") for file, one in gone]

    def settle(self) -> None:
        """Carry amendments and repeals over to the policies that they change."""
        if not self.changed:
            return
        before = {policy.id: policy for policy in self.index.iter_policies()}
        derived = derive_events(map(as_issued, before.values()))
        current = current_readings(derived, as_of=self.as_of)
        after = (_dated(policy, self.as_of) for policy in current)
        moved = [policy for policy in after if policy != before[policy.id]]
        if moved:
            self.index.put(moved)


def _pool(workers: int, pool: Pool | None) -> AbstractContextManager[Pool]:
    if pool is not None:
        from contextlib import nullcontext

        return nullcontext(pool)
    from indexer.readers.isolated import IsolatedPool

    return IsolatedPool(workers)
