"""
What every command shares: output, errors, exit codes (命令行公共部分).

Exit codes: 0 done; 1 some inputs failed, each named on stderr: a file, a record, a rule, a line
of queries, an index or a policy that is not there; 2 wrong use: what was typed or set makes no
sense, whatever the inputs hold; 3 a needed service can't be reached.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from policy_match.errors import PolicyMatchError, QueryError, ServiceUnavailable, SettingsError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

EXIT_SOME_FAILED = 1
EXIT_WRONG_USE = 2
EXIT_UNAVAILABLE = 3

P = ParamSpec("P")
R = TypeVar("R")


def emit_json(row: Any) -> None:
    """Print one JSON line on stdout; nothing else goes there under --json."""
    sys.stdout.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")


def console() -> Console:
    """Where text for people goes."""
    from rich.console import Console

    return Console(highlight=False, markup=False)


def line(text: str = "", *, bold: bool = False) -> None:
    """
    Print a line for people.

    Unlike a table it is left to the terminal to wrap: Chinese has no blanks to break at, so a
    wrapper that looks for them breaks in the wrong places.
    """
    click.echo(click.style(text, bold=True) if bold else text)


def say(message: str) -> None:
    """Tell people something on stderr."""
    click.echo(message, err=True)


class Failures:
    """Names each failed input on stderr and remembers that there was one."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, error: object) -> None:
        """Name one failed input."""
        self.count += 1
        say(f"错误：{error}")

    def leave(self) -> None:
        """End the command with exit code 1 when some input failed."""
        if self.count:
            raise SystemExit(EXIT_SOME_FAILED)


def handles_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Turn our errors into one line on stderr and an exit code; no traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with _settled():
                return command(*args, **kwargs)
        except ServiceUnavailable as error:
            say(f"错误：{error}")
            raise SystemExit(EXIT_UNAVAILABLE) from None
        except (QueryError, SettingsError) as error:
            say(f"错误：{error}")
            raise SystemExit(EXIT_WRONG_USE) from None
        except PolicyMatchError as error:
            say(f"错误：{error}")
            raise SystemExit(EXIT_SOME_FAILED) from None
        except BrokenPipeError:
            sys.stderr.close()  # the reader of our output left; say nothing
            raise SystemExit(0) from None

    return run


@contextmanager
def _settled() -> Iterator[None]:
    """Logs as the settings say, under one correlation id; doubtful settings are named."""
    from policy_match.logs import configure_logging, correlated
    from policy_match.settings import load_settings

    settings = load_settings()
    configure_logging(settings.log.level, settings.log.format)
    for warning in settings.warnings:
        say(f"提示：{warning}")
    with correlated():
        yield


class Day(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.5 on only
    """A day written 2026-11-24 (日期)."""

    name = "日期"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the day, or say how to write it."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"“{value}”不是日期，请写成 2026-11-24 这样的形式", param, ctx)


def as_of_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add --as-of, which defaults to today: the command line is where the clock is read."""
    return click.option(
        "--as-of", type=Day(), default=date.today, show_default="今天", help="按哪一天判断。"
    )(command)


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help="逐行输出 JSON，供程序读取。")(
        command
    )


def index_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add --index; the setting POLICY_MATCH_INDEX stands in for it."""
    return click.option(
        "--index",
        "index",
        metavar="目录或网址",
        help="索引所在：目录（内置引擎）或 Elasticsearch 网址。",
    )(command)


def table(*columns: str, title: str | None = None) -> Table:
    """A table for people with the given headings."""
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


@contextmanager
def progress(title: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr, shown only on a terminal; yields a function that advances it."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    err = Console(stderr=True)
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(title, total=total)
        yield lambda step: bar.advance(task, step)
