"""Trying again, later each time, while a server is away (带退避的重试)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from policy_match.search.elastic.trouble import ServerTrouble, may_pass, told

_FIRST, _LONGEST = 0.1, 5.0  # seconds between two tries

Answer = TypeVar("Answer")


class Patience:
    """
    How long to go on trying against one server (重试时限).

    Args:
        url: the server, for messages.
        seconds: no try begins later than this after the first.
        sleep: what waits; once it gives something true, there is no further try.
    """

    def __init__(
        self, url: str, seconds: float, *, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self.url = url
        self.seconds = seconds
        self._sleep = sleep

    def run(self, ask: Callable[[], Answer]) -> Answer:
        """
        What `ask` gives, tried again while the trouble may pass.

        Raises:
            ServiceUnavailable: the server stayed away.
            ServiceError: it refused.
            IndexIncompatible: it is no Elasticsearch, or of a wrong version.
        """
        waits = self.waits()
        while True:
            try:
                return ask()
            except ServerTrouble as error:
                if not may_pass(error) or not waits():
                    raise told(error, self.url) from error

    def waits(self) -> Callable[[], bool]:
        """A function that waits, longer each time; False once the time is over."""
        end = time.monotonic() + self.seconds
        pause = _FIRST

        def wait() -> bool:
            nonlocal pause
            spread = pause * random.uniform(0.5, 1.0)  # noqa: S311 - keeps clients out of step
            if time.monotonic() + spread > end:
                return False
            pause = min(pause * 2, _LONGEST)
            return not self._sleep(spread)

        return wait
