"""Where the bundled sample lies (自带样例)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib import resources
from pathlib import Path


def sample_folder() -> AbstractContextManager[Path]:
    """
    The folder of the bundled sample, as a context: policies/ and enterprises.jsonl.

    All of it was written for this project; no document or enterprise is real.
    """
    return resources.as_file(resources.files("policy_match.data").joinpath("sample"))
