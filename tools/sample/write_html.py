"""Writes a sample document as a page of a government portal (政府网站网页)."""

from __future__ import annotations

from html import escape
from string import Template

from .source import SAMPLE_LINE, Block, Source, cells

NAV = ("首页", "新闻动态", "政务公开", "政务服务", "互动交流", "走进本地")

HEAD = Template("""<!DOCTYPE html>
<html lang="zh-CN">
<head>
$charset<title>$title - $site</title>
<meta name="SiteName" content="$site">
<meta name="ArticleTitle" content="$title">
<meta name="PubDate" content="$published">
<meta name="ContentSource" content="$origin">
<link rel="stylesheet" href="/static/css/style.css">
<script>var columnId = "900$serial"; function doPrint() { window.print(); }</script>
</head>
<body>
<div class="top"><a href="/login">登录</a> | <a href="/register">注册</a>
 | <a href="/wza">无障碍阅读</a></div>
<div class="header"><img src="/static/img/logo.png" alt="$site"></div>
<ul class="nav">$nav</ul>
<div class="crumbs">当前位置：<a href="/">首页</a> &gt; <a href="/zwgk/">政务公开</a> &gt;
<a href="/zwgk/zcwj/">$column</a></div>
""")

META = Template("""<table class="xxgk-meta" border="0" cellspacing="0">
<tr><th>索引号</th><td>$index</td><th>主题分类</th><td>$topic</td></tr>
<tr><th>发文机关</th><td>$issuers</td><th>成文日期</th><td>$issued</td></tr>
<tr><th>标　　题</th><td colspan="3">$title</td></tr>
<tr><th>发文字号</th><td>$doc_no</td><th>发布日期</th><td>$published</td></tr>
</table>
""")

INFO = Template("""<div class="info">发布时间：$published　来源：$origin
　浏览次数：<span id="hits">0</span>
<a href="javascript:doPrint()">【打印】</a>
字号：<a href="#">大</a> <a href="#">中</a> <a href="#">小</a></div>
""")

FOOT = Template("""<div class="share">分享到：<a href="#">微信</a> <a href="#">微博</a></div>
<div class="related"><h3>相关文件</h3>
<ul><li><a href="/zwgk/list.html">更多政策文件</a></li></ul></div>
<div class="footer"><p>主办：$site运行维护中心　版权所有</p>
<p>网站标识码：9000000000　备案号：样例ICP备90000000号</p><p>$sample</p></div>
</body>
</html>
""")


def write_html(source: Source) -> bytes:
    """The document as a web page, in the encoding its source names."""
    head, options = source.head, source.options
    published = str(head["published"])
    fields = {
        "title": escape(source.title),
        "site": head["site"],
        "origin": head.get("origin") or "、".join(head["expect"]["issuers"]),
        "published": published,
        "column": head.get("column", "政策文件"),
        "serial": source.file[:2],
        "nav": "".join(f'<li><a href="/c{n}/">{name}</a></li>' for n, name in enumerate(NAV)),
        "charset": "" if options.get("no_charset") else '<meta charset="utf-8">\n',
        "index": f"SAMPLE-{source.file[:2]}-{published.replace('-', '')}",
        "topic": head.get("topic", "工业、交通 / 其他"),
        "issuers": "　".join(head["expect"]["issuers"]),
        "issued": _chinese_date(str(head["expect"]["issued_on"])),
        "doc_no": source.doc_no or "无",
        "sample": SAMPLE_LINE,
    }
    meta = META if options.get("meta_table") else INFO
    page = HEAD.substitute(fields) + meta.substitute(fields) + _article(source)
    page += FOOT.substitute(fields)
    return page.encode(options.get("encoding", "utf-8"))


def _chinese_date(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{year}年{int(month)}月{int(day)}日"


def _article(source: Source) -> str:
    head = source.head
    title = "<br>".join(escape(line) for line in source.title_lines)
    parts = ['<div class="article" id="zoom">', f"<h1>{title}</h1>", '<div class="TRS_Editor">']
    if source.doc_no:
        parts.append(f'<p style="text-align: center;">{escape(source.doc_no)}</p>')
    if head.get("to"):
        parts.append(f"<p>{escape(head['to'])}：</p>")
    parts += [_html(block) for block in source.blocks]
    parts += [f"<p>{SAMPLE_LINE}</p>", "</div>", _files(source), "</div>"]
    return "\n".join(part for part in parts if part) + "\n"


def _files(source: Source) -> str:
    names = [block.text for block in source.blocks if block.kind == "attach"]
    items = "".join(
        f'<li><a href="./P90{n:04d}.docx">{n}.{escape(name)}.docx</a></li>'
        for n, name in enumerate(names, 1)
    )
    return (
        f'<div class="attachments"><strong>附件下载：</strong><ul>{items}</ul></div>'
        if names
        else ""
    )


def _html(block: Block) -> str:
    text = escape(block.full_text)
    if block.kind == "table":
        return _table(block)
    if block.kind in ("chap", "sec", "center"):
        return f'<p style="text-align: center;"><strong>{text}</strong></p>'
    if block.kind == "annex":
        return f'<p>{block.number}</p>\n<p style="text-align: center;">{escape(block.text)}</p>'
    if block.kind == "inner":
        return f'<p style="text-align: center;"><strong>{escape(block.text)}</strong></p>'
    if block.kind in ("sign", "date"):
        return f'<p style="text-align: right;">{escape(block.text)}</p>'
    if block.kind == "art":
        number, rest = escape(block.number), escape(block.text)
        return f"<p>&emsp;&emsp;<strong>{number}</strong>&emsp;{rest}</p>"
    if block.kind == "1":
        return f"<p>　　<b>{text}</b></p>"
    return f"<p>　　{text}</p>"


def _table(block: Block) -> str:
    lines = ['<table class="doc" border="1" cellspacing="0">']
    found = cells(block.rows)
    for r in range(len(block.rows)):
        row = ""
        for cell in (cell for cell in found if cell.row == r):
            rows = f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
            columns = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
            row += f"<td{rows}{columns}><p>{escape(cell.text)}</p></td>"
        lines.append(f"<tr>{row}</tr>")
    return "\n".join([*lines, "</table>"])
