"""Web pages of government portals, and pages that Word has saved (网页)."""

from __future__ import annotations

from pathlib import Path

from indexer.document import BlockKind, Document, Layout, RawBlock
from indexer.readers import html_meta
from indexer.readers.html_blocks import blocks_of
from indexer.readers.html_main import find_main
from indexer.readers.html_tree import decode_html, parse_html, prune
from indexer.safety import Limits, check_size
from policy_match.errors import DocumentError

_TITLE_AMONG = 8  # the title is looked for in so many blocks before it is put in front
_MAX_META = 500


def read(path: Path, limits: Limits) -> Document:
    """Read a saved web page (读取网页)."""
    check_size(path.stat().st_size, limits.max_html_bytes, where=path.name, kind="网页")
    source, warning = decode_html(path.read_bytes(), path.name)
    root = parse_html(source, path.name)
    tags = html_meta.meta_tags(root)
    title = html_meta.page_title(root, tags) or html_meta.heading_of(root)
    url = html_meta.page_url(root, tags, source)
    prune(root)
    main = find_main(root)
    pairs, tables = html_meta.meta_rows(root)
    blocks = blocks_of(main, skip=tables)
    if not blocks:
        raise DocumentError(
            "网页里没有找到正文",
            where=path.name,
            advice="正文可能由脚本加载；请在浏览器中等内容显示后另存，或改用附件原文",
        )
    meta = {key: value[:_MAX_META] for key, value in (tags | pairs).items()}
    return Document(
        name=path.name,
        format="html",
        blocks=tuple(_with_title(title, blocks)),
        meta=meta,
        attachments=tuple(html_meta.attachments(main, root, url)),
        warnings=(warning,) if warning else (),
        url=url,
    )


def _with_title(title: str | None, blocks: list[RawBlock]) -> list[RawBlock]:
    """Put the page's title in front unless the text itself begins with it."""
    if not title:
        return blocks
    bare = "".join(title.split())
    start = "".join("".join(b.text.split()) for b in blocks[:_TITLE_AMONG])
    if bare in start:
        return blocks
    layout = Layout(centered=True)
    return [RawBlock(kind=BlockKind.HEADING, text=title, level=1, layout=layout), *blocks]
