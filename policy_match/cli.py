"""
The command line (命令行): one root group that loads a command's code only when it is run.

`indexer` and `admin` add their commands through the entry-point group `policy_match.commands`.
"""

from __future__ import annotations

import gettext
import os
import sys
from importlib import import_module, resources
from importlib.metadata import entry_points, version
from io import TextIOWrapper

import click

GROUP = "policy_match.commands"
_DOMAIN = "policy-match"

_OWN = {
    "search": "policy_match.commands.search:search",
    "match": "policy_match.commands.match:match",
    "find-enterprises": "policy_match.commands.find_enterprises:find_enterprises",
    "check": "policy_match.commands.check:check",
    "simulate": "policy_match.commands.simulate:simulate",
    "rollback": "policy_match.commands.rollback:rollback",
    "bench": "policy_match.commands.bench:bench",
    "doctor": "policy_match.commands.doctor:doctor",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's form
        """All command names, sorted."""
        return sorted({*_OWN, *(point.name for point in entry_points(group=GROUP))})

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's form
        cmd_name: str,
    ) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name in _OWN:
            module, _, attribute = _OWN[cmd_name].partition(":")
            return _as_command(getattr(import_module(module), attribute))
        for point in entry_points(group=GROUP, name=cmd_name):
            return _as_command(point.load())
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a wrong name is answered in Chinese with the nearest ones."""
        import difflib

        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            near = difflib.get_close_matches(name, self.list_commands(ctx), n=2)
            hint = f"是不是想用：{'、'.join(near)}？" if near else "用 --help 查看全部命令。"
            raise click.UsageError(f"没有“{name}”这个命令。{hint}", ctx)
        return super().resolve_command(ctx, args)


def _as_command(loaded: object) -> click.Command:
    if not isinstance(loaded, click.Command):
        raise TypeError(f"{loaded!r} is registered as a command but is none")
    loaded.options_metavar = "[选项]"
    return loaded


def speak_chinese() -> None:
    """
    Have the command-line library say its own messages in Chinese.

    For this process only, and only when it runs as a command: importing changes nothing.
    """
    os.environ["LANGUAGE"] = "zh_CN"
    folder = resources.files("policy_match.data").joinpath("locale")
    gettext.bindtextdomain(_DOMAIN, str(folder))
    gettext.textdomain(_DOMAIN)


def run() -> None:
    """The console script."""
    speak_chinese()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # half a character never stops the rest
    main(prog_name="policy-match")


@click.group(
    cls=LazyGroup,
    options_metavar="[选项]",
    subcommand_metavar="命令 …",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="政策找企业：读取政策文件，建立索引，匹配企业并说明理由。",
)
@click.version_option(
    version("policy-match"), message="policy-match %(version)s", help="显示版本。"
)
def main() -> None:
    """Run the command line."""
