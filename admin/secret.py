"""The secret that signs sessions and links (密钥): given, or made on first start and kept."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from policy_match.errors import SettingsError
from policy_match.settings import Settings

FILE = "secret-key"
SHORTEST = 32


def secret_key(settings: Settings) -> str:
    """
    The secret given by setting, else the one kept in the home; made when there is none.

    Raises:
        SettingsError: the kept file holds no secret.
    """
    if settings.admin.secret_key is not None:
        return settings.admin.secret_key.value
    path = settings.home / FILE
    settings.home.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _make(path)
    kept = path.read_text("ascii").strip()
    if len(kept) < SHORTEST:
        raise SettingsError(
            f"密钥文件 {path} 是空的或不完整",
            advice="请删除这个文件后重新启动，会另做一个；已登录的人要重新登录，已发出的链接会失效",
        )
    return kept


def _make(path: Path) -> None:
    """Write a secret beside it and link it there whole; who comes second takes the first one's."""
    handle, name = tempfile.mkstemp(prefix=f"{FILE}-", dir=path.parent)  # readable by us alone
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
