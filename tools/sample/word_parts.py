"""Parts of Word that python-docx has no words for: numbering, footnotes, changes, text boxes."""

from __future__ import annotations

import copy
from typing import Any
from xml.sax.saxutils import escape

from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
AUTHOR = 'w:author="样例修订人" w:date="2026-01-01T00:00:00Z"'

# Word's own formats, level by level. Chapters are a list of their own, since articles run on
# through them and not every program honours the setting for that.
OUTLINES = {
    9001: (("chap", "chineseCountingThousand", "第%1章"),),
    9002: (
        ("art", "chineseCountingThousand", "第%1条"),
        ("2", "chineseCountingThousand", "（%2）"),
        ("3", "decimal", "%3."),
    ),
    9003: (
        ("1", "chineseCountingThousand", "%1、"),
        ("2", "chineseCountingThousand", "（%2）"),
        ("3", "decimal", "%3."),
        ("4", "decimalEnclosedCircle", "%4"),
    ),
}


class Numbering:
    """Word's automatic numbering for one document (自动编号)."""

    def __init__(self, document: Any) -> None:
        self.root = document.part.numbering_part.element
        for number, levels in reversed(OUTLINES.items()):
            self.root.insert(0, _outline(number, levels))
        self.next_id = 9100
        self.levels: tuple[str, ...] = ("chap", "art", "1", "2", "3", "4")
        self.restart()

    def restart(self) -> None:
        """Begin counting anew, as an attachment does."""
        self.ids = {outline: self._instance(outline) for outline in OUTLINES}
        self.current = 9003

    def apply(self, paragraph: Any, level: str) -> None:
        """Number a paragraph at a level."""
        if level in ("art", "1", "4"):
            self.current = 9002 if level == "art" else 9003
        outline = 9001 if level == "chap" else self.current
        names = [name for name, _, _ in OUTLINES[outline]]
        numbering = paragraph._p.get_or_add_pPr().get_or_add_numPr()
        numbering.get_or_add_ilvl().val = names.index(level)
        numbering.get_or_add_numId().val = self.ids[outline]

    def _instance(self, outline: int) -> int:
        self.next_id += 1
        starts = "".join(
            f'<w:lvlOverride w:ilvl="{n}"><w:startOverride w:val="1"/></w:lvlOverride>'
            for n in range(len(OUTLINES[outline]))
        )
        self.root.append(
            parse_xml(
                f'<w:num {W} w:numId="{self.next_id}"><w:abstractNumId w:val="{outline}"/>'
                f"{starts}</w:num>"
            )
        )
        return self.next_id


def _outline(number: int, levels: tuple[tuple[str, str, str], ...]) -> Any:
    parts = []
    for n, (name, form, text) in enumerate(levels):
        suffix = "space" if name in ("chap", "art") else "nothing"
        parts.append(
            f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
            f'<w:suff w:val="{suffix}"/><w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/></w:lvl>'
        )
    return parse_xml(
        f'<w:abstractNum {W} w:abstractNumId="{number}">'
        f'<w:multiLevelType w:val="multilevel"/>{"".join(parts)}</w:abstractNum>'
    )


class Footnotes:
    """The footnotes of one document (脚注)."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.texts: list[str] = []

    def add(self, paragraph: Any, text: str) -> None:
        """Set a mark at the end of a paragraph and keep the note."""
        self.texts.append(text)
        run = paragraph.add_run()
        run.font.superscript = True
        mark = OxmlElement("w:footnoteReference")
        mark.set(qn("w:id"), str(len(self.texts)))
        run._r.append(mark)

    def attach(self) -> None:
        """Put the notes into the package, if there are any."""
        if not self.texts:
            return
        notes = "".join(
            f'<w:footnote w:id="{n}"><w:p><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
            f"<w:footnoteRef/></w:r><w:r><w:t>{escape(text)}</w:t></w:r></w:p></w:footnote>"
            for n, text in enumerate(self.texts, 1)
        )
        lines = (
            '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p>'
            '</w:footnote><w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r>'
            "<w:continuationSeparator/></w:r></w:p></w:footnote>"
        )
        blob = (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            f"<w:footnotes {W}>{lines}{notes}</w:footnotes>"
        ).encode()
        main = self.document.part
        part = Part(PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, blob, main.package)
        main.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)


def tracked(run: Any, kind: str, number: int) -> None:
    """Turn a run into a tracked insertion or deletion (修订)."""
    element = run._r
    change = parse_xml(f'<w:{kind} {W} w:id="{number}" {AUTHOR}/>')
    element.getparent().replace(element, change)
    moved = copy.deepcopy(element)
    if kind == "del":
        for text in moved.findall(qn("w:t")):
            text.tag = qn("w:delText")
    change.append(moved)


def field_run(paragraph: Any, instruction: str) -> None:
    """Add a field such as the page number (域)."""
    paragraph._p.append(
        parse_xml(
            f'<w:fldSimple {W} w:instr=" {instruction} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
        )
    )


def text_box(paragraph: Any, text: str) -> None:
    """Add a text box of one paragraph (文本框)."""
    paragraph._p.append(
        parse_xml(
            f'<w:r {W} xmlns:v="urn:schemas-microsoft-com:vml"><w:pict>'
            '<v:shape id="box1" type="#_x0000_t202" style="width:420pt;height:64pt" '
            'fillcolor="#fff8e1" strokecolor="#c00000"><v:textbox><w:txbxContent><w:p>'
            '<w:r><w:rPr><w:sz w:val="24"/></w:rPr>'
            f"<w:t>{escape(text)}</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape>"
            "</w:pict></w:r>"
        )
    )
