"""导入文件: a workbook that was handed in, with what became of it; kept a week."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from admin.db import Json, Record
from admin.records.job import Job


class ImportFile(Record):
    """A filled workbook (导入文件)."""

    __tablename__ = "import_file"
    __audit_hidden__ = frozenset({"content", "report"})

    record_type: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(300))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    user_id: Mapped[int | None] = mapped_column(Integer, index=True)
    report: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"))

    job: Mapped[Job | None] = relationship()
