"""One writer at a time: a lock the system releases when its holder dies (写锁)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from policy_match.errors import IndexLocked

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


_PID_AT = 1  # byte 0 is what is locked; on Windows a locked byte can't be read


class WriteLock:
    """
    Holds the right to write to a folder, until `release` or the end of the process (写锁).

    Args:
        folder: the index's folder, which is there.

    Raises:
        IndexLocked: another process, or another index object of this one, is writing.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "writer.lock"
        self._handle: int | None = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _take(self._handle)
        except OSError as error:
            self.release()
            raise IndexLocked(
                f"索引正被另一个写入者占用（{self._holder()}）",
                where=str(folder),
                advice="请等它写完再试；若该进程已卡住，结束它即可，锁会自动释放",
            ) from error
        self._write_pid(self._handle)

    def _write_pid(self, handle: int) -> None:
        os.ftruncate(handle, 0)
        os.lseek(handle, _PID_AT, os.SEEK_SET)
        os.write(handle, str(os.getpid()).encode())

    def _holder(self) -> str:
        with self._path.open("rb") as file:
            file.seek(_PID_AT)
            pid = file.read().decode("ascii", "replace").strip("\0")
        return f"进程号 {pid}" if pid else "进程号未知"

    def release(self) -> None:
        """Let others write; a second call does nothing."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
