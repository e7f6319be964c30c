"""Refuses files that are marked secret (涉密检查)."""

from __future__ import annotations

import re

from indexer.document import BlockKind, Document
from policy_match.errors import ClassifiedFile

_TOP_BLOCKS = 20
_MARGIN_KINDS = (BlockKind.HEADER, BlockKind.FOOTER, BlockKind.TEXT_BOX)
_B = r"[ \t\u00a0\u2002-\u200a\u3000]*"
_LEVEL = rf"(?:绝{_B}密|机{_B}密|秘{_B}密)"
_STAR = re.compile(rf"(?:^|\s|\d){_LEVEL}{_B}[★☆✩✭*＊]")
_ALONE = re.compile(
    rf"(?:(?:No\.?|№)?{_B}\d{{1,8}}{_B})?【?{_LEVEL}】?(?:{_B}(?:\d{{1,2}}{_B}[年月]|长期))?"
    rf"(?:\s+(?:特急|特提|加急|急件|平急))?{_B}$"
)
_LABEL = re.compile(rf"(?:密级|秘密等级|保密级别){_B}[:：]?{_B}【?{_LEVEL}")
_META_LABELS = ("密级", "秘密等级", "保密级别")


def refuse_classified(document: Document) -> None:
    """
    Raise when a file bears a mark of secrecy where such marks stand (涉密即拒).

    Marks stand at the top of the first page and in margins; text that speaks about secrecy
    (商业秘密保护, 保守国家秘密) is no mark. The message says nothing of the content.

    Raises:
        ClassifiedFile: the file is marked 秘密, 机密 or 绝密.
    """
    top = document.blocks[:_TOP_BLOCKS]
    margins = (block for block in document.blocks if block.kind in _MARGIN_KINDS)
    labelled = any(re.search(_LEVEL, document.meta.get(name, "")) for name in _META_LABELS)
    if labelled or any(_marked(block.text) for block in (*top, *margins)):
        raise ClassifiedFile(
            "文件标有密级，已拒绝读取，未保存、未记录任何内容",
            advice="涉密文件不得录入本系统；如系误标，请由制发机关更正后重新提供",
        )


def _marked(text: str) -> bool:
    line = text.strip()[:80]
    if "密" not in line:
        return False
    return bool(_STAR.search(line) or _ALONE.match(line) or _LABEL.match(line))
