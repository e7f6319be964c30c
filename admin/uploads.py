"""
Files handed in at the policy desk (上传): checked, kept, read by a job.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath, PureWindowsPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.jobs import enqueue
from admin.principal import Principal
from admin.records.job import Upload
from admin.records.policy import Policy
from indexer.readers import SUFFIXES
from indexer.safety import DEFAULT

MAX_FILE_BYTES = DEFAULT.max_file_bytes
MAX_FILES = 200
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one file that was handed in (接收结果)."""

    name: str
    problem: str = ""
    upload: Upload | None = None
    policy_id: int | None = None  # of the policy that the same bytes were read into


def receive(
    session: Session,
    files: Sequence[tuple[str, Callable[[], bytes]]],
    principal: Principal,
    now: datetime,
) -> list[Received]:
    """
    Take files in (接收上传); each accepted one gets a job that reads it. The caller commits.

    Args:
        session: the request's.
        files: name and what gives the content, one after the other.
        principal: whose unit is to review them.
        now: when they came.
    """
    if len(files) > MAX_FILES:
        problem = f"一次最多上传 {MAX_FILES} 个文件，这里有 {len(files)} 个；请分几次上传"
        return [Received("", problem)]
    return [_receive(session, base_name(name), read, principal, now) for name, read in files]


def base_name(name: str) -> str:
    """A file's own name, whatever folders a browser sends before it."""
    return PurePosixPath(PureWindowsPath(name).as_posix()).name[:300]


def _receive(
    session: Session,
    name: str,
    read: Callable[[], bytes],
    principal: Principal,
    now: datetime,
) -> Received:
    if principal.organisation_id is None and not principal.sees_all:
        return Received(name, "您的账号没有所属单位，不能上传；请系统管理员在“账号”页选好单位")
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES:
        known = "、".join(sorted(one.lstrip(".") for one in SUFFIXES))
        return Received(name, f"不支持“{suffix or '没有后缀'}”文件；可以上传：{known}")
    content = read()
    problem = size_problem(len(content))
    if problem:
        return Received(name, problem)
    sha256 = hashlib.sha256(content).hexdigest()
    twin = known_upload(session, sha256)
    if twin is not None:
        return Received(name, f"与“{twin.name}”是同一份文件，正在读取，没有重复收录")
    policy = known_policy(session, sha256)
    if policy is not None:
        what = f"与《{policy.title}》是同一份文件，已在审核台，没有重复收录"
        return Received(name, what, policy_id=policy.id)
    return Received(name, upload=_keep(session, name, content, sha256, principal, now))


def size_problem(size: int) -> str:
    """Why a file of that size is refused; empty when it is not."""
    if size == 0:
        return "文件是空的（0 字节）；请确认文件已完整下载后再上传"
    if size > MAX_FILE_BYTES:
        return (
            f"文件过大：{size / MIB:.0f} MB，上限 {MAX_FILE_BYTES // MIB} MB；"
            "请拆分，或去掉其中的图片和附件后再上传"
        )
    return ""


def known_upload(session: Session, sha256: str) -> Upload | None:
    """The upload with the same bytes that waits to be read; one that failed may come again."""
    return session.scalars(
        select(Upload)
        .where(Upload.sha256 == sha256, Upload.state == "pending")
        .order_by(Upload.id.desc())
        .limit(1)
    ).first()


def known_policy(session: Session, sha256: str) -> Policy | None:
    """The policy that was read from the same bytes."""
    return session.scalars(select(Policy).where(Policy.sha256 == sha256).limit(1)).first()


def _keep(
    session: Session,
    name: str,
    content: bytes,
    sha256: str,
    principal: Principal,
    now: datetime,
) -> Upload:
    upload = Upload(
        name=name,
        sha256=sha256,
        size=len(content),
        content=content,
        organisation_id=principal.organisation_id,
        uploaded_by=principal.name,
    )
    session.add(upload)
    session.flush()
    job = enqueue(
        session,
        "read",
        f"upload:{upload.id}",
        payload={"upload_id": upload.id},
        requested_by=principal.name,
        now=now,
    )
    upload.job_id = job.id
    return upload
