"""Sessions of the push's tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from admin.principal import SYSTEM, acting_as
from admin.setup import open_sessions


@pytest.fixture
def sessions(settings: Any) -> Iterator[Any]:
    """Sessions like the worker's, acting as the system."""
    made = open_sessions(settings)
    with acting_as(SYSTEM):
        yield made
    made.kw["bind"].dispose()
