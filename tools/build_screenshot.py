"""
Draw what a terminal shows, as an SVG for the README, from a real run on the bundled sample.

    python tools/build_screenshot.py      docs/images/demo.svg

The SVG names no font to fetch and holds no link.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

TARGET = Path(__file__).resolve().parents[1] / "docs" / "images" / "demo.svg"
AS_OF = "2026-11-24"
WIDTH = 92


def run(*words: str, cwd: Path) -> str:
    """What `policy-match` prints, colours included."""
    environment = os.environ | {"FORCE_COLOR": "1", "COLUMNS": str(WIDTH)}
    command = [sys.executable, "-m", "policy_match", *words]
    done = subprocess.run(
        command, cwd=cwd, env=environment, check=True, text=True, stdout=subprocess.PIPE
    )
    return done.stdout


def capture() -> str:
    """A demo run as typed and answered, up to the end of the first match it explains."""
    with TemporaryDirectory() as name:
        words = ("demo", "--folder", "演示", "--as-of", AS_OF)
        shown = run(*words, cwd=Path(name))
    head, _, matches = shown.partition("④ 三条匹配")
    first = matches.lstrip("\x1b[0m\n").split("\n\n", 1)[0]
    return f"$ policy-match {' '.join(words)}\n{head}④ 三条匹配\n\n{first}\n…"


def as_svg(text: str) -> str:
    """The text as a picture, without the fonts that rich would fetch."""
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi(text.rstrip()))
    svg = console.export_svg(title="policy-match", theme=SVG_EXPORT_THEME, unique_id="demo")
    svg = re.sub(r"@font-face \{.*?\}\n?", "", svg, flags=re.S)
    return re.sub(r"<!--.*?-->\n?", "", svg).replace("Fira Code, ", "") + "\n"


def main() -> None:
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(as_svg(capture()), "utf-8")


if __name__ == "__main__":
    main()
