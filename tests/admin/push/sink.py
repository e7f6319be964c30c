"""A mail server that takes, refuses, hangs and hangs up as it is told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


class Sink:
    """What the server does, by recipient (脚本): words that it answers, or a behaviour."""

    def __init__(self) -> None:
        self.rcpt: Callable[[str], str] = lambda _address: ""
        self.data: Callable[[str], str] = lambda _address: ""
        self.taken: list[Any] = []
        self.sessions: list[Any] = []

    @property
    def ids(self) -> Counter[str]:
        """How often each letter was taken over, by its Message-ID."""
        return Counter(str(one["Message-ID"]) for one in self.taken)

    def keep(self, content: bytes) -> None:
        """Keep a letter that was taken over."""
        self.taken.append(message_from_bytes(content, policy=policy.SMTP))

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Answer RCPT."""
        answer = self.rcpt(address)
        if answer == "close":
            server.transport.close()
            return "421 closing"
        if answer == "hang":
            await asyncio.sleep(30)
        if answer[:1].isdigit():
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        """Answer the end of DATA."""
        answer = self.data(envelope.rcpt_tos[0])
        if answer[:1].isdigit():
            return answer
        self.keep(envelope.content)
        if answer == "hang":
            await asyncio.sleep(30)
        if answer == "close":
            server.transport.close()
        return "250 OK"


class SinkController(Controller):
    """The server in a thread."""

    def factory(self) -> SMTP:
        """A session."""
        return SMTP(self.handler, enable_SMTPUTF8=True, timeout=60)


def serve(sink: Sink) -> SinkController:
    """Start the server on a free port of this machine."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = SinkController(sink, hostname="127.0.0.1", port=port)
    controller.start()
    return controller
