"""The secret that signs sessions and links (密钥): given, or made on first start and kept."""

from __future__ import annotations

import os
import secrets

from policy_match.settings import Settings

FILE = "secret-key"


def secret_key(settings: Settings) -> str:
    """The secret given by setting, else the one kept in the home; made when there is none."""
    if settings.admin.secret_key is not None:
        return settings.admin.secret_key.value
    path = settings.home / FILE
    settings.home.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        made = secrets.token_hex(32)
        file.write(made)
    return made
