"""
Logging with a correlation id (日志).

The library logs under `policy_match`, `indexer` and `admin` and is silent until a program asks;
the command line asks with what the settings say. A line carries a short id that is the same for
all that one command, request or job does. Log what happened and to which id; never the name,
address or facts of an enterprise or person, and never a secret.
"""

from __future__ import annotations

import json
import logging
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

ROOTS = ("policy_match", "indexer", "admin")
_correlation: ContextVar[str] = ContextVar("correlation_id", default="-")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "correlation_id"}

for _root in ROOTS:
    logging.getLogger(_root).addHandler(logging.NullHandler())


def correlation_id() -> str:
    """The id of what is being done now, or `-`."""
    return _correlation.get()


@contextmanager
def correlated(value: str | None = None) -> Iterator[str]:
    """
    Give everything logged inside the same id (关联编号).

    Args:
        value: an id from outside, such as a request header; made up when None. Only letters,
            digits and -_. of it are kept, so that it cannot forge a line.
    """
    clean = "".join(
        char for char in value or "" if char.isascii() and (char.isalnum() or char in "-_.")
    )
    made = clean[:64] or secrets.token_hex(6)
    token = _correlation.set(made)
    try:
        yield made
    finally:
        _correlation.reset(token)


class JsonFormatter(logging.Formatter):
    """One JSON object a line; what `extra` holds stands beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        row = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "correlation_id": correlation_id(),
            "message": record.getMessage(),
        }
        row |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            row["exception"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """One line for people: time, level, id, logger, message."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text; line feeds in the message are shown, not obeyed."""
        when = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        message = record.getMessage().replace("\n", "\\n").replace("\r", "\\r")
        line = f"{when} {record.levelname:<7} [{correlation_id()}] {record.name}: {message}"
        extra = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if extra:
            line += " " + " ".join(f"{key}={value!r}" for key, value in extra.items())
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure_logging(level: str, form: str, *, stream: TextIO | None = None) -> None:
    """
    Send our log lines to a stream; calling it again replaces what it set up (配置日志).

    Args:
        level: debug, info, warning, error or off.
        form: text or json.
        stream: stderr by default: stdout belongs to results.
    """
    handler: logging.Handler = logging.NullHandler()
    if level != "off":
        handler = logging.StreamHandler(stream or sys.stderr)
        handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    for name in ROOTS:
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = level == "off"
        logger.setLevel(logging.NOTSET if level == "off" else level.upper())
