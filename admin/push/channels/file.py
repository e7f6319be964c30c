"""
The file channel (文件): a letter becomes a mail file and a page in the home's folder `digests`.

The default, so that everything can be tried without a mail server. Files are named after the
delivery and put in place by one rename: sending the same letter twice leaves one file.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import ClassVar

from admin.push.channels.base import Channel, Letter, Outcome, Result
from admin.push.channels.message import build_message
from policy_match.errors import os_reason
from policy_match.settings import Settings

SENDER = "policy-match@localhost.invalid"


class FileChannel(Channel):
    """Writes letters into a folder (文件渠道)."""

    name: ClassVar[str] = "file"
    timeout_seconds: ClassVar[float] = 60.0
    disturbs: ClassVar[bool] = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of(cls, settings: Settings) -> FileChannel:
        """The channel of the settings."""
        return cls(settings.home / "digests")

    def send(self, letter: Letter) -> Result:
        """Write the page, then the mail file: where that stands, the letter was sent."""
        stem = f"{letter.number}-{letter.id}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _put(self.folder / f"{stem}.html", letter.html.encode())
            _put(self.folder / f"{stem}.eml", bytes(build_message(letter, sender=SENDER)))
        except OSError as error:
            return Result(Outcome.RETRY, f"写不了推送文件（{os_reason(error)}）", is_down=True)
        return Result(Outcome.SENT)


def _put(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".tmp-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
