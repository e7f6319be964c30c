"""Keyboard, screen reader and contrast: every page in its HTML, the main ones in a browser."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

import admin
from admin import policies
from admin.lowcode.record_type import REGISTRY
from admin.principal import Role
from admin.push.jobs import signer_of
from admin.push.links import Link, Purpose
from admin.records.delivery import Delivery
from admin.records.digest import Digest, DigestItem
from tests.admin.accessibility import problems
from tests.admin.conftest import PASSWORD
from tests.admin.desk.samples import policy_of
from tests.admin.push.world import NOW, TODAY, Box, add_officer, compose, populate

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
STATIC = Path(admin.__file__).parent / "static"
pytestmark = pytest.mark.one_database("its subject is the page; the acts behind it run on both")


@pytest.fixture
def sessions(settings: Any) -> Iterator[Any]:
    """Sessions of the push."""
    from admin.setup import open_sessions

    made = open_sessions(settings)
    yield made
    made.kw["bind"].dispose()


@pytest.fixture
def links(session: Any, sessions: Any, settings: Any) -> list[str]:
    """A world with a digest, a policy at the desk; the addresses that the mail leads to."""
    (one,) = populate(session, settings, 1)
    add_officer(session, one)
    compose(sessions, {"mail": Box()})
    policies.import_policy(session, policy_of(), now=NOW)
    delivery = session.scalars(select(Delivery)).one()
    digest = session.scalars(select(Digest)).one()
    item = session.scalars(select(DigestItem.id)).first()
    signer = signer_of(settings)

    def path(purpose: Purpose) -> str:
        link = Link(purpose, delivery.id, item if purpose is Purpose.ITEM else 0)
        return f"/{purpose.value}/{signer.token(link, day=TODAY)}"

    made = [path(one) for one in (Purpose.ITEM, Purpose.QUESTIONS, Purpose.SETTINGS)]
    return [*made, "/verify", f"/verify/{digest.number}", "/p/not-a-link"]


def addresses() -> Iterator[str]:
    """Every list, form and page of its own."""
    yield from ("/", "/accounts/", "/accounts/add", "/password/", "/trail/", "/desk/", "/search/")
    yield from ("/desk/policy/2", "/desk/measure/3", "/search/?q=补助", "/nowhere", "/api-docs/")
    for one in REGISTRY:
        yield from (f"/{one.name}/{act}" for act in ("list/", "add", "import", "show/1", "edit/1"))


def test_every_page_can_be_used_without_a_mouse_and_heard(
    login: Any, app: Any, links: list[str]
) -> None:
    found: list[str] = []
    seen = 0
    for client, paths in ((login(Role.ADMIN), addresses()), (app.test_client(), links)):
        for path in paths:
            answer = client.get(path)
            if answer.mimetype == "text/html" and answer.status_code != 302:
                seen += 1
                text = answer.get_data(as_text=True)
                found += [f"{path}: {one}" for one in problems(text)]
    assert seen > 60
    assert not found, "\n".join(found[:80])


@pytest.mark.parametrize("path", ["/desk/uploads", "/desk/policy/2/family"])
def test_pieces_that_are_put_into_pages_too(login: Any, links: list[str], path: str) -> None:
    text = login(Role.ADMIN).get(path).get_data(as_text=True)
    assert not list(problems(f"<div>{text}</div>", fragment=True))


def sheet_of(name: str) -> str:
    """A style sheet."""
    return (STATIC / name).read_text("utf-8")


def colours(sheet: str) -> dict[str, str]:
    """The named colours of a style sheet."""
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", sheet_of(sheet).split("}")[0]))


def luminance(colour: str) -> float:
    """How bright a colour is (WCAG 2.2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """How far two colours stand apart: 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((text, ground) for text in ("ink", "muted", "accent") for ground in ("bg", "card")),
        ("accent-dark", "accent-soft"), ("good", "good-soft"), ("warn", "warn-soft"),
        ("bad", "bad-soft"), ("good", "card"), ("warn", "card"), ("bad", "card"),
    ],
)  # fmt: skip
def test_text_stands_out_from_its_ground(text: str, ground: str) -> None:
    known = colours("admin.css")
    assert contrast(known[text], known[ground]) >= 4.5


def test_the_mark_of_the_focus_stands_out() -> None:
    known = colours("admin.css")
    assert contrast(known["focus"], known["card"]) >= 3
    (on_dark,) = re.findall(r"header.top { --focus: (#\w+)", sheet_of("admin.css"))
    assert contrast(on_dark, known["accent-dark"]) >= 3


SCRIPT = (Path(__file__).parent / "accessibility.js").read_text("utf-8")


def ask(page: Any, name: str) -> Any:
    """What a function of accessibility.js finds on the page."""
    return page.evaluate(f"({SCRIPT}).{name}()")


@pytest.fixture
def page(app: Any, links: list[str]) -> Iterator[Any]:
    """A browser's page of an administrator who has signed in."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        made = browser.new_page(
            viewport={"width": 1280, "height": 860},
            base_url=f"http://127.0.0.1:{server.server_port}",
        )
        made.goto("/login/")
        made.fill("#username", "admin")
        made.fill("#password", PASSWORD)
        made.keyboard.press("Enter")
        made.wait_for_selector("#nav")
        yield made
        browser.close()
    server.shutdown()
    thread.join()
    server.server_close()


MAIN = ("/", "/desk/", "/desk/policy/2", "/desk/measure/3", "/policy/show/1", "/enterprise/show/1",
        "/enterprise/list/", "/enterprise/edit/1", "/digest/show/1", "/trail/")  # fmt: skip


def test_as_drawn_all_text_stands_out_and_no_page_is_wider_than_a_phone(
    page: Any, links: list[str]
) -> None:
    found: list[str] = []
    for path in (*MAIN, *links):
        page.set_viewport_size({"width": 1280, "height": 860})
        page.goto(path)
        page.wait_for_load_state("networkidle")
        found += [f"{path}: {one}" for one in ask(page, "contrast")]
        page.set_viewport_size({"width": 390, "height": 844})
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        found += [f"{path}: {wide} px too wide"] if wide > 0 else []
    assert not found, "\n".join(found[:60])


def test_the_tab_key_goes_through_the_page_and_one_sees_where(page: Any) -> None:
    """First past the navigation, then each stop visible and ringed, and round again."""
    for path in ("/desk/", "/enterprise/edit/1"):
        page.goto(path)
        page.keyboard.press("Tab")
        first = ask(page, "focus")
        assert first["href"] == "#main", path
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null"), path
        stops = []
        for _ in range(60):
            stop = ask(page, "focus")
            if stop["body"]:
                break
            stops.append(stop)
            page.keyboard.press("Tab")
        assert len(stops) > 3
        assert [one["name"] for one in stops if not (one["ringed"] and one["shown"])] == [], path
