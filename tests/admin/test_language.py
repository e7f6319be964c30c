"""Every page speaks Chinese, fetches nothing from elsewhere, and can be read by a screen reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from admin.lowcode.record_type import REGISTRY
from admin.principal import Role
from tests.admin.world import AT_LEAST_20, add_enterprise, add_policy

# words that stand on pages though they are not Chinese, each with its reason
ALLOWED = {
    "xlsx": "the ending of a file",
    "GB": "a national standard's number",
    "REST": "a form of interface",
    "Authorize": "the button of the Swagger UI that the text speaks of",
    "http": "the beginning of an address",
    "https": "the beginning of an address",
    "PDF": "a form of files",
    "docx": "the ending of a file",
    "html": "the ending of a file",
    "pdf": "the ending of a file",
    "txt": "the ending of a file",
    "MB": "a unit of files",
    "doc": "the ending of a file",
    "policy": "a command's name: policy-match push",
    "match": "as above",
    "push": "as above",
}
OURS = re.compile(r"^(viewer|office|admin|officer|department|township)$")  # names of test accounts
pytestmark = pytest.mark.one_database(
    "words stand in templates; test_records opens every list on both"
)
SILENT = {"script", "style", "svg", "code", "kbd", "pre"}
VOID = {"input", "br", "img", "meta", "link", "hr", "use", "path", "wbr"}


class Page(HTMLParser):
    """What a page shows: words, headings, addresses, inputs and their labels."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.headings: list[int] = []
        self.addresses: list[str] = []
        self.inputs: list[dict[str, str | None]] = []
        self.labelled: set[str] = set()
        self.lang: str | None = None
        self._silent = 0
        self._in_label = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.lang = given.get("lang")
        if tag in SILENT and tag not in VOID:
            self._silent += 1
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in ("script", "link", "img", "form", "iframe"):
            self.addresses += [v for k, v in given.items() if k in ("src", "href", "action") and v]
        if tag == "label":
            self._in_label = True
        if tag == "label" and given.get("for"):
            self.labelled.add(str(given["for"]))
        if tag in ("input", "select", "textarea") and given.get("type") not in ("hidden", "submit"):
            if self._in_label:
                self.labelled.add(str(given.get("id")))
            self.inputs.append(given)
        for name in ("placeholder", "title", "aria-label"):
            self.words += _words(given.get(name) or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._in_label = False
        if tag in SILENT:
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words += _words(data)


def _words(text: str) -> Iterator[str]:
    yield from re.findall(r"[A-Za-z]{2,}", text)


@pytest.fixture
def pages(login: Any, session: Any) -> list[tuple[str, str]]:
    """Every list, form and page of its own, as 系统管理员 and as 企业专员."""
    add_policy(session, AT_LEAST_20, document={"id": "p1", "title": "支持企业发展若干措施"})
    add_enterprise(session, 1)
    found = []
    for role in (Role.ADMIN, Role.OFFICER):
        client = login(role)
        paths = ["/", "/accounts/", "/accounts/add", "/password/", "/trail/", "/desk/"]
        for one in REGISTRY:
            paths += [f"/{one.name}/{act}" for act in ("list/", "add", "import", "show/1")]
        for path in paths:
            answer = client.get(path)
            if answer.status_code == 200:
                found.append((f"{role.value} {path}", answer.get_data(as_text=True)))
    assert len(found) > 60
    return found


def test_pages_are_chinese_local_and_accessible(pages: list[tuple[str, str]]) -> None:
    problems: list[str] = []
    for where, text in pages:
        page = Page(text)
        strange = {w for w in page.words if w not in ALLOWED and not OURS.match(w)}
        strange -= {w for w in strange if w.isupper() and len(w) > 6}  # parts of credit codes
        strange = {w for w in strange if w not in ("MA",)}
        problems += [f"{where}: word {word}" for word in sorted(strange)]
        problems += [
            f"{where}: fetches {url}" for url in page.addresses if re.match("(https?:)?//", url)
        ]
        if page.lang != "zh-CN":
            problems.append(f"{where}: lang {page.lang}")
        if page.headings.count(1) != 1:
            problems.append(f"{where}: {page.headings.count(1)} h1")
        body = page.headings[page.headings.index(1) :] if 1 in page.headings else []
        problems += [
            f"{where}: h{before} then h{after}"
            for before, after in pairwise(body)
            if after > before + 1
        ]
        problems += [
            f"{where}: no label for {one.get('name')}"
            for one in page.inputs
            if str(one.get("id")) not in page.labelled and not one.get("aria-label")
        ]
    assert not problems, "\n".join(problems[:60])


def test_dates_are_written_as_people_read_them(pages: list[tuple[str, str]]) -> None:
    for where, text in pages:
        shown = re.sub(r"<(script|style|input|option|select)[^>]*>", "", text)
        shown = re.sub(r"<[^>]+>", " ", shown)
        if "/add" in where or "/import" in where or "/trail/" in where:
            continue  # examples of what may be typed
        assert not re.search(r"\b20\d\d-\d\d-\d\d\b", shown), where
