"""The documents of the golden tests, written by code: what each holds can be read here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import xlsxwriter
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from tests.golden.readers.office import cell, docx, level, numbered, paragraph, run, table

CENTER = '<w:jc w:val="center"/>'
BOLD = "<w:b/>"


def _styled(text: str, style: str) -> str:
    return paragraph(text, f'<w:pStyle w:val="{style}"/>')


def word_numbering(path: Path) -> Path:
    """Automatic numbers: 第一条, （一）, 1., ①, restarts and overrides."""
    chinese = (
        level(0, "chineseCountingThousand", "第%1条")
        + level(1, "chineseCounting", "（%2）")
        + level(2, "decimal", "%3.")
        + level(3, "decimalEnclosedCircle", "%4")
    )
    outline = level(0, "decimal", "%1") + level(1, "decimal", "%1.%2")
    legal = level(0, "chineseCounting", "%1、") + level(1, "decimal", "%1.%2", "<w:isLgl/>")
    annex = level(0, "ideographTraditional", "附件%1", '<w:pStyle w:val="Annex"/>')
    numbering = "".join(
        f'<w:abstractNum w:abstractNumId="{n}">{levels}</w:abstractNum>'
        for n, levels in enumerate((chinese, outline, legal, annex))
    )
    numbering += "".join(
        f'<w:num w:numId="{n + 1}"><w:abstractNumId w:val="{n}"/></w:num>' for n in range(4)
    )
    numbering += (
        '<w:num w:numId="9"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
        '<w:startOverride w:val="5"/></w:lvlOverride></w:num>'
    )
    styles = (
        '<w:style w:type="paragraph" w:styleId="Annex"><w:name w:val="附件标题"/><w:pPr>'
        '<w:numPr><w:numId w:val="4"/></w:numPr></w:pPr></w:style>'
    )
    body = (
        numbered("支持范围。", 1)
        + numbered("依法注册；", 1, 1)
        + numbered("信用良好。", 1, 1)
        + numbered("支持标准。", 1)
        + numbered("又从一开始。", 1, 1)
        + numbered("按投入的百分之十；", 1, 2)
        + numbered("最高一百万元。", 1, 3)
        + numbered("总则", 2)
        + numbered("2024年起施行", 2, 1)
        + numbered("工作要求", 3)
        + numbered("全部用阿拉伯数字", 3, 1)
        + numbered("从五开始。", 9)
        + numbered("接着数。", 1)
        + _styled("申报表", "Annex")
        + _styled("承诺书", "Annex")
        + numbered("没有编号的段落", 0)
    )
    return docx(path, body, styles=styles, numbering=numbering)


def word_revisions(path: Path) -> Path:
    """Tracked changes as accepted, fields, hidden text, soft breaks, content controls."""

    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    code = "<w:r><w:instrText> REF x </w:instrText></w:r>"
    field = mark("begin") + code + mark("separate") + run("附件1") + mark("end")
    changed = f"<w:del>{run('50')}</w:del><w:ins>{run('80')}</w:ins>"
    body = (
        paragraph(run("最高") + changed + run("万元"))
        + paragraph(run("见") + field + run("。"))
        + paragraph(run("公开") + run("内部批注", "<w:vanish/>") + run("内容"))
        + paragraph("<w:r><w:t>第一行</w:t><w:br/><w:t>第二行</w:t><w:tab/><w:t>后</w:t></w:r>")
        + f"<w:sdt><w:sdtContent>{paragraph('控件里的段落')}</w:sdtContent></w:sdt>"
        + paragraph(run("段落标记已删，"), '<w:rPr><w:del w:id="1"/></w:rPr>')
        + paragraph("与下一段合并。")
        + f"<w:moveFrom>{paragraph('移走的原处')}</w:moveFrom>"
        + f"<w:moveTo>{paragraph('移来的新处')}</w:moveTo>"
        + paragraph('<w:hyperlink r:id="rId9">' + run("申报平台") + "</w:hyperlink>")
    )
    return docx(path, body)


def word_layout(path: Path) -> Path:
    """Headings, a text box (once), header, footer, footnote, a centred bold title."""
    box = f"<w:txbxContent>{paragraph('文本框里的联系电话')}</w:txbxContent>"
    drawing = (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>"
        f"{box}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}"
        "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    styles = (
        '<w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="32"/></w:rPr></w:rPrDefault>'
        '</w:docDefaults><w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/>'
        '</w:style><w:style w:type="paragraph" w:styleId="H2"><w:name w:val="二级"/>'
        '<w:basedOn w:val="H1"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>'
    )
    reference = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    body = (
        paragraph(run("关于支持企业发展的若干措施", BOLD + '<w:sz w:val="44"/>'), CENTER)
        + _styled("第一章 总则", "H1")
        + _styled("适用范围", "H2")
        + paragraph(run("本措施自印发之日起施行") + reference + drawing)
    )
    footnotes = (
        f'<w:footnote w:type="separator" w:id="0">{paragraph("——")}</w:footnote>'
        f'<w:footnote w:id="2">{paragraph("由发展改革部门负责解释。")}</w:footnote>'
    )
    section = (
        '<w:headerReference w:type="default" r:id="header1"/>'
        '<w:footerReference w:type="default" r:id="footer1"/>'
    )
    return docx(
        path,
        body,
        section,
        styles=styles,
        footnotes=footnotes,
        header1=paragraph("某发改规〔2024〕3号"),
        footer1=paragraph("- 1 -") + paragraph("此件公开发布"),
    )


def word_tables(path: Path) -> Path:
    """Merged cells both ways, a nested table, a frame of one cell."""
    wide, down = '<w:gridSpan w:val="2"/>', '<w:vMerge w:val="restart"/>'
    nested = table(cell("甲") + cell("10万元"), cell("乙") + cell("20万元"))
    two = paragraph("奖励10万元") + paragraph("限一次")
    body = table(cell(paragraph("框里的正文第一段") + paragraph("第二段"))) + table(
        cell("类别") + cell("条件与标准", wide),
        cell("研发", down) + cell("高新技术企业") + cell("奖励50万元"),
        cell("", "<w:vMerge/>") + cell("科技型中小企业") + cell(two),
        cell("分档") + cell(nested, wide),
    )
    return docx(path, body)


_PAGE = """<!DOCTYPE html>
<html><head><meta charset="{charset}">
<title>关于支持中小企业发展的通知 - 某市人民政府门户网站</title>
<meta name="ArticleTitle" content="关于支持中小企业发展的通知">
<script>var x = "脚本里的文字不是正文";</script><style>p {{ color: red }}</style></head>
<body><div class="header"><ul><li><a href="/">首页</a></li><li><a href="/zwgk">政务公开</a></li>
</ul></div><nav><a href="/a">导航</a></nav>
<div class="wrap">
<table class="info"><tr><td>索引号：</td><td>0151-2024-001</td>
<td>发 文 机 关：</td><td>某市工业和信息化局</td></tr>
<tr><td>文　　号：</td><td>某工信规〔2024〕2号</td><td>成文日期：</td>
<td>2024年3月1日</td></tr></table>
<div class="body-text">
<h2 style="text-align:center">支持办法</h2>
<p>　　为贯彻落实党中央、国务院关于促进中小企业发展的决策部署，结合我市实际，
制定本办法。<!-- 注释不是正文 --></p>
<p>一、支持对象<br>在本市注册、具有独立法人资格的中小企业，近三年无重大违法行为。</p>
<p style="display:none">隐藏的摘要文字隐藏的摘要文字隐藏的摘要文字隐藏的摘要文字</p>
<ol class="custom_cn1"><li><p>上年度研发投入不低于销售收入的百分之三；</p></li>
<li>具有健全的财务管理制度，依法纳税。</li></ol>
<ul><li>热线电话：12345</li></ul>
<table border="1"><tr><th rowspan="2">类别</th><th colspan="2">标准</th></tr>
<tr><td>小型</td><td>微型</td></tr>
<tr><td>奖励</td><td><p>20万元</p><p>分两年拨付</p></td><td>10万元</td></tr></table>
<p><strong>附件：</strong><a href="P020240301.docx">1.申报书</a>
<a href="/files/list.xlsx?v=2">2.名单</a></p>
<p align="right">某市工业和信息化局</p><p align="right">2024年3月1日</p>
</div></div>
<div class="footer"><p>主办单位：某市人民政府办公室 备案序号：第000000号 网站地图</p></div>
</body></html>
"""


def page_utf8(path: Path) -> Path:
    """A portal page with navigation, meta table, spans, lists and attachments."""
    path.write_text(_PAGE.format(charset="utf-8"), encoding="utf-8")
    return path


def page_gb2312(path: Path) -> Path:
    """A page that says gb2312 and uses characters beyond it."""
    text = _PAGE.format(charset="gb2312").replace("热线电话", "镕基路垚鑫大厦热线")
    path.write_bytes(text.encode("gb18030"))
    return path


def page_from_word(path: Path) -> Path:
    """Markup as Word exports it: mso styles, o:p, conditional comments, numbers in spans."""
    path.write_text(
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta charset="utf-8">'
        "<!--[if gte mso 9]><xml><w:View>Print</w:View></xml><![endif]--></head>"
        '<body lang=ZH-CN><div class=WordSection1><p class=MsoNormal style="text-align:center">'
        "<b><span style='font-size:22.0pt'>关于组织申报的通知<o:p></o:p></span></b></p>"
        "<p class=MsoListParagraph><![if !supportLists]><span style='mso-list:Ignore'>一、</span>"
        "<![endif]><span>申报条件应当同时符合下列要求，缺一不可<o:p>&nbsp;</o:p></span></p>"
        "<p class=MsoNormal><span>（一）在本省依法登记注册，具有独立法人资格的企业；</span></p>"
        "</div></body></html>",
        encoding="utf-8",
    )
    return path


def pdf_pages(path: Path) -> Path:
    """Wrapped lines, a paragraph over the page break, header, page numbers, a ruled table."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    page = canvas.Canvas(str(path), pagesize=A4, invariant=True)
    page.setTitle("支持办法")

    def lines(number: int, top: float, *texts: str) -> None:
        page.setFont("STSong-Light", 9)
        page.drawString(72, 800, "某市政策汇编（2024年版）")
        page.drawCentredString(A4[0] / 2, 30, f"- {number} -")
        page.setFont("STSong-Light", 14)
        for n, text in enumerate(texts):
            indent = 28 if text.startswith(">") else 0
            page.drawString(80 + indent, top - 24 * n, text.removeprefix(">"))

    page.setFont("STSong-Light", 20)
    page.drawCentredString(A4[0] / 2, 740, "支持中小企业发展办法")
    lines(
        1,
        700,
        ">第一条 为促进中小企业健康发展，根据有关法律法规的规定，结合本",
        "市实际，制定本办法。",
        ">第二条 在本市注册的中小企业，符合下列条件的，可以申请一次性奖",
        "励，奖励资金从本级财政预算中统筹安排，不与其他同类资金重复享受",
    )
    page.showPage()
    lines(2, 760, "，具体由财政部门核定。", ">第三条 奖励标准见下表。")
    _ruled_table(page, 700)
    page.showPage()
    lines(3, 760, ">附件：申报表")
    page.showPage()
    page.save()
    return path


def _ruled_table(page: canvas.Canvas, top: float) -> None:
    """Three columns; the first cell of the second row reaches down over the third."""
    page.setFont("STSong-Light", 12)
    xs, ys = (80, 200, 340, 500), (top, top - 30, top - 60, top - 90)
    for n, y in enumerate(ys):
        page.line(xs[1] if n == 2 else xs[0], y, xs[-1], y)
    for x in xs:
        page.line(x, ys[0], x, ys[-1])
    rows = (("类别", "条件", "标准"), ("研发", "高企", "50万元"), ("", "科小", "10万元"))
    for n, row in enumerate(rows):
        for x, text in zip(xs, row, strict=False):
            page.drawString(x + 5, ys[n] - 20, text)


def workbook(path: Path) -> Path:
    """Two sheets, a merged heading, numbers, dates, a truth value, an empty row, a hidden sheet."""
    book = xlsxwriter.Workbook(path)
    first = book.add_worksheet("申报清单")
    first.merge_range(0, 0, 0, 2, "2024年度申报清单")
    for column, text in enumerate(("企业名称", "金额（万元）", "成立日期")):
        first.write(1, column, text)
    first.write(3, 0, "甲公司")
    first.write(3, 1, 120)
    first.write(3, 2, 45352, book.add_format({"num_format": "yyyy-mm-dd"}))
    second = book.add_worksheet("说明")
    second.write(0, 0, "是否公开")
    second.write(0, 1, True)
    second.write(0, 2, 0.03)
    hidden = book.add_worksheet("草稿")
    hidden.write(0, 0, "不应读出")
    hidden.hide()
    book.close()
    return path


def text_gb18030(path: Path) -> Path:
    """Plain text in the encoding of old notepads, with blank lines and ideographic indents."""
    text = "关于申报的通知\r\n\r\n　　一、申报条件\r\n　　企业依法注册。\r\n"
    path.write_bytes(text.encode("gb18030"))
    return path


CASES: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "word_numbering": ("docx", word_numbering),
    "word_revisions": ("docx", word_revisions),
    "word_layout": ("docx", word_layout),
    "word_tables": ("docx", word_tables),
    "page_utf8": ("html", page_utf8),
    "page_gb2312": ("html", page_gb2312),
    "page_from_word": ("html", page_from_word),
    "pdf_pages": ("pdf", pdf_pages),
    "workbook": ("xlsx", workbook),
    "text_gb18030": ("txt", text_gb18030),
}
