"""The option --with-model of the commands that read files (外接模型补读)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from policy_match import cli_support as cli

if TYPE_CHECKING:
    from indexer.model import Improver

P = ParamSpec("P")
R = TypeVar("R")


def model_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add --with-model, off by default."""
    return click.option(
        "--with-model",
        is_flag=True,
        help="用外接模型补读规则没有读出的条件（先设置 POLICY_MATCH_MODEL_URL、_MODEL_NAME）。",
    )(command)


@contextmanager
def improving(asked: bool) -> Iterator[Improver | None]:
    """The improver that the settings describe; says at the end what it did."""
    if not asked:
        yield None
        return
    from indexer.model import Improver
    from indexer.model.http import HttpExtractor
    from policy_match.settings import load_settings

    extractor = HttpExtractor(load_settings().model)
    improver = Improver(extractor)
    try:
        yield improver
    finally:
        extractor.close()
        for warning in improver.warnings:
            cli.say(f"提示：{warning}")
        cli.say(
            f"外接模型补读 {improver.added} 个条件（须先复核），"
            f"另有 {improver.refused} 个与原文对不上，未采用。"
        )
