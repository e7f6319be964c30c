"""
The job `read` (读取任务): one uploaded file, read where it can do no harm, taken in for review.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import undefer

from admin.clock import business_date
from admin.db import reading_only
from admin.jobs import READ, JobRun, handler
from admin.policies import import_policy
from admin.records.job import Upload
from indexer.pipeline import Reading
from indexer.readers.isolated import IsolatedPool, Outcome
from policy_match.domain.policy import Policy
from policy_match.errors import InputError, PolicyMatchError

_STEPS = 3
_UNFIT = re.compile(r'[\x00-\x1f/\\:*?"<>|]+')


@handler("read", slot=READ)
def read_upload(run: JobRun) -> Mapping[str, Any]:
    """Read the upload that the payload names; a file that can't be read says why, by name."""
    name, content = _take(run)
    if content is None:
        return {"skipped": "文件内容已不在"}
    outcome = read_bytes(name, content, run)
    if outcome.error is not None:
        return _fail(run, name, outcome.error)
    return _accept(run, name, outcome.unwrap().policy)


def _take(run: JobRun) -> tuple[str, bytes | None]:
    with reading_only(), run.session() as session:
        upload = _upload(session, run, undefer(Upload.content))
        name, content = (upload.name, upload.content) if upload else ("", None)
    with run.session() as session:
        run.progress(session, done=1, total=_STEPS, message="正在读取和识别")
        session.commit()
    return name, content


def _upload(session: Any, run: JobRun, *options: Any) -> Upload | None:
    found: Upload | None = session.scalars(
        select(Upload).where(Upload.id == run.payload["upload_id"]).options(*options)
    ).one_or_none()
    return found


def read_bytes(name: str, content: bytes, run: JobRun) -> Outcome[Reading]:
    """Read a file's bytes in a process of its own, under a name that any system can bear."""
    from indexer.pipeline import read

    with tempfile.TemporaryDirectory(prefix="policy-match-") as folder:
        path = Path(folder) / safe_name(name)
        path.write_bytes(content)
        with IsolatedPool(1) as pool:
            return pool.run(partial(read, as_of=business_date(run.clock())), path)


def safe_name(name: str) -> str:
    """
    A name for the disk: the ending kept, the rest short and harmless.

    >>> safe_name("../通知.docx")
    '.._通知.docx'
    """
    path = PurePosixPath(_UNFIT.sub("_", name))
    return f"{path.stem[:60] or '文件'}{path.suffix[:10]}"


def _fail(run: JobRun, name: str, error: PolicyMatchError) -> Mapping[str, Any]:
    """The file can't be read: that is the outcome, not a fault to try again."""
    reason = str(type(error)(error.what, where=name, advice=error.advice))
    with run.session() as session:
        upload = _upload(session, run)
        if upload is not None:
            upload.state, upload.error, upload.content = "failed", reason, None
        run.progress(session, done=_STEPS, message=reason)
        session.commit()
    return {"failed": reason}


def _accept(run: JobRun, name: str, policy: Policy) -> Mapping[str, Any]:
    source = policy.source.model_copy(update={"file": name})
    with run.session() as session:
        upload = _upload(session, run)
        try:
            record = import_policy(
                session,
                policy.model_copy(update={"source": source}),
                organisation_id=upload.organisation_id if upload else None,
                file_name=name,
                now=run.clock(),
            )
        except InputError as error:
            session.rollback()
            return _fail(run, name, error)
        if upload is not None:
            upload.state, upload.policy_id, upload.error = "done", record.id, None
        measures = len(record.measures)
        run.progress(session, done=_STEPS, message=f"读出 {measures} 项措施")
        session.commit()
        return {"policy_id": record.id, "measures": measures}
