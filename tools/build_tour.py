"""
Photograph every page of the admin over a demo, at desk and phone width (管理后台的截图).

    python tools/build_tour.py [--home 文件夹] [--only 名字…]

Fills a demo (or takes the one in `--home`, that `make demo` filled), opens each page with the
system's Chromium and writes small pictures into docs/images/admin: `NAME.png`, `NAME-phone.png`.
The tour (docs/tutorials/admin-tour.md) shows them in the order of the work.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import func, select
from werkzeug.serving import make_server

from admin.app import create_app
from admin.demo import fill
from admin.principal import SYSTEM, Role, acting_as
from admin.push.jobs import signer_of
from admin.push.links import Link, Purpose
from admin.records.activity import Activity
from admin.records.delivery import Delivery
from admin.records.digest import Digest
from admin.records.match import Match
from admin.records.officer import Assignment, Officer
from admin.records.policy import Measure, Policy
from admin.seed import OFFICE
from admin.setup import add_user, open_sessions
from policy_match.settings import Settings, load_settings

TARGET = Path(__file__).resolve().parents[1] / "docs" / "images" / "admin"
DESK, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
LONGEST = {"desk": 1150, "phone": 1500}  # pictures are cut below; the page goes on
COLOURS = 48
PASSWORD = "Tour-2026-jietu"


@dataclass(frozen=True, slots=True)
class Shot:
    """One page to photograph (一张截图)."""

    name: str
    path: str
    user: str | None = "office"
    ready: str | None = None  # waits for this selector
    at: str | None = None  # begins at this element, not at the top
    phone_only: bool = False
    press: str | None = None  # a button that is pressed first


def shots(settings: Settings) -> list[Shot]:
    """The pages in the order of the work, with the records that have most to show."""
    sessions = open_sessions(settings)
    with acting_as(SYSTEM), sessions() as session:
        policy, measure = _liveliest(session)
        waiting = session.scalars(
            select(Policy.id).where(Policy.state == "review", Policy.measures.any()).limit(1)
        ).first()
        draft = session.scalars(
            select(Measure.id).where(Measure.policy_id == waiting).order_by(Measure.position)
        ).first()
        digest = session.scalars(
            select(Digest).where(Digest.items.any()).order_by(func.length(Digest.html).desc())
        ).first()
        assert digest is not None, "the demo has sent no digest"
        counted = digest.items[0].measure.policy_id
        asking = next((one for one in session.scalars(select(Digest)) if one.questions), digest)
        chain = _longest_chain(session)
        links = _links(settings, session, digest)
        questions = _links(settings, session, asking)[Purpose.QUESTIONS]
        activity = session.scalars(select(Activity.id)).first()
    sessions.kw["bind"].dispose()
    return [
        Shot("login", "/login/", user=None),
        Shot("home", "/"),
        Shot("desk", "/desk/"),
        Shot("desk-policy", f"/desk/policy/{waiting}"),
        Shot("review", f"/desk/measure/{draft or measure}", ready="#reach dl"),
        Shot("lineage", f"/desk/policy/{chain}", ready=".chain", at="section:has(.chain)"),
        Shot("search", "/search/?q=研发补助"),
        Shot("policy", f"/policy/show/{policy}", ready=".chart svg"),
        Shot("policies", "/policy/list/"),
        Shot("enterprises", "/enterprise/list/"),
        Shot("enterprise", f"/enterprise/show/{digest.enterprise_id}"),
        Shot("enterprise-form", f"/enterprise/edit/{digest.enterprise_id}"),
        Shot("import", "/enterprise/import"),
        Shot("matches", "/match/list/"),
        Shot("digest", f"/digest/show/{digest.id}"),
        Shot("deliveries", "/delivery/list/"),
        Shot("public-item", links[Purpose.ITEM], user=None, phone_only=True),
        Shot("public-useful", links[Purpose.ITEM], user=None, phone_only=True, press="有用"),
        Shot("public-applied", links[Purpose.ITEM], user=None, phone_only=True, press="已申报"),
        Shot("public-questions", questions, user=None, phone_only=True),
        Shot("public-settings", links[Purpose.SETTINGS], user=None, phone_only=True),
        Shot("verify", f"/verify/{digest.number}", user=None, phone_only=True),
        Shot("officer-home", "/", user="officer", phone_only=True),
        Shot("officer-enterprises", "/enterprise/list/", user="officer", phone_only=True),
        Shot("counted", f"/policy/show/{counted}", at="#measures"),
        Shot("activity", f"/activity/show/{activity}"),
        Shot("appeals", "/appeal/list/"),
        Shot("officers", "/officer/list/"),
        Shot("accounts", "/accounts/", user="admin"),
        Shot("jobs", "/job/list/", user="admin"),
        Shot("schedules", "/schedule/list/", user="admin"),
        Shot("trail", "/trail/", user="admin"),
        Shot("api", "/api-docs/", user="admin", ready=".swagger-ui .opblock"),
        Shot("problem", "/enterprise/show/999999"),
    ]


def _liveliest(session: Any) -> tuple[int, int]:
    """The policy with most enterprises that fit, and a measure of it."""
    row = session.execute(
        select(Measure.policy_id, func.min(Measure.id))
        .join(Match, Match.measure_id == Measure.id)
        .where(Match.superseded_at.is_(None), Match.verdict == "eligible")
        .group_by(Measure.policy_id)
        .order_by(func.count().desc(), Measure.policy_id)
    ).first()
    assert row is not None, "the demo has no match"
    return int(row[0]), int(row[1])


def _longest_chain(session: Any) -> int:
    """The district's policy that rests on most others."""
    found = session.execute(select(Policy.id, Policy.level, Policy.document["references"])).all()

    def rests_on(references: Any) -> int:
        return sum(one["relation"] in ("basis", "implements") for one in references or ())

    return int(max(found, key=lambda row: (row[1] == "district", rests_on(row[2])))[0])


def _links(settings: Settings, session: Any, digest: Digest) -> dict[Purpose, str]:
    """The links that the digest's mail has."""
    delivery = session.scalars(select(Delivery).where(Delivery.digest_id == digest.id)).first()
    signer = signer_of(settings)
    item = digest.items[0].id

    def path(purpose: Purpose) -> str:
        one = Link(purpose, delivery.id, item if purpose is Purpose.ITEM else 0)
        return f"/{purpose.value}/{signer.token(one, day=digest.day)}"

    return {one: path(one) for one in (Purpose.ITEM, Purpose.QUESTIONS, Purpose.SETTINGS)}


def add_users(app: Any, settings: Settings) -> None:
    """Those who sign in on the pictures; the officer is one of the sample's."""
    for name, role, unit in (
        ("admin", Role.ADMIN, OFFICE),
        ("office", Role.OFFICE, OFFICE),
        ("officer", Role.OFFICER, None),
    ):
        add_user(app, username=name, password=PASSWORD, role=role, organisation=unit)
    sessions = open_sessions(settings)
    with acting_as(SYSTEM), sessions() as session:
        from flask_appbuilder.security.sqla.models import User

        busiest = session.scalars(
            select(Officer)
            .join(Assignment, Assignment.officer_id == Officer.id)
            .group_by(Officer.id)
            .order_by(func.count().desc(), Officer.id)
        ).first()
        users = {one.username: one for one in session.scalars(select(User))}
        assert busiest is not None
        busiest.person.user_id = users["officer"].id
        users["officer"].first_name = busiest.person.name
        users["office"].first_name, users["admin"].first_name = "样例科员", "样例管理员"
        session.commit()
    sessions.kw["bind"].dispose()


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The application on a free port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


class Camera:
    """Opens pages as somebody at a width, and writes what is seen."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser, self._address = browser, address
        self._pages: dict[tuple[str | None, str], Page] = {}

    def take(self, shot: Shot) -> Iterator[str]:
        """Photograph a page at each of its widths; tells what overflows."""
        for kind in ("phone",) if shot.phone_only else ("desk", "phone"):
            page = self._page(shot.user, kind)
            page.goto(self._address + shot.path)
            if shot.ready:
                page.wait_for_selector(shot.ready, timeout=60_000)
            if shot.press:
                page.get_by_role("button", name=shot.press, exact=True).click()
            page.wait_for_load_state("networkidle")
            wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if wide > 0:
                yield f"{shot.name} ({kind}): {wide} px wider than the screen"
            suffix = "-phone" if kind == "phone" else ""
            _write(TARGET / f"{shot.name}{suffix}.png", _picture(page, shot, kind))

    def _page(self, user: str | None, kind: str) -> Page:
        if (user, kind) not in self._pages:
            size = PHONE if kind == "phone" else DESK
            page = self._browser.new_page(viewport=size, locale="zh-CN")
            if user is not None:
                page.goto(f"{self._address}/login/")
                page.fill("#username", user)
                page.fill("#password", PASSWORD)
                page.click("button[type=submit]")
            self._pages[user, kind] = page
        return self._pages[user, kind]


def _picture(page: Page, shot: Shot, kind: str) -> bytes:
    """The page in a window as tall as the longest picture, from its top or from an element on."""
    size = PHONE if kind == "phone" else DESK
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({**size, "height": max(size["height"], min(height, LONGEST[kind]))})
    if shot.at is not None:
        page.locator(shot.at).first.evaluate("one => one.scrollIntoView()")
    page.wait_for_timeout(400)  # charts are drawn anew for the new size
    taken = bytes(page.screenshot())
    page.set_viewport_size(size)
    return taken


def _write(path: Path, png: bytes) -> None:
    """The picture with few colours: a third of the size, and text stays sharp."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    small = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def photograph(settings: Settings, only: list[str]) -> int:
    """Take all pictures; gives how many pages are wider than their screen."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = create_app(settings, testing=True)
    add_users(app, settings)
    TARGET.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    problems: list[str] = []
    with serving(app) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--lang=zh-CN"],
            env={**os.environ, "LANGUAGE": "zh_CN"},
        )
        camera = Camera(browser, address)
        for shot in shots(settings):
            if not only or shot.name in only:
                print(shot.name, flush=True)
                problems += camera.take(shot)
        browser.close()
    size = sum(one.stat().st_size for one in TARGET.glob("*.png"))
    print("\n".join([*problems, f"{size / 2**20:.1f} MB in {TARGET}"]))
    return len(problems)


def main() -> int:
    parser = argparse.ArgumentParser(description=re.split(r"\n\n", __doc__ or "")[0])
    parser.add_argument("--home", type=Path, help="a home that make demo filled; it is copied")
    parser.add_argument("--only", nargs="*", default=[], help="names of pictures")
    given = parser.parse_args()
    with TemporaryDirectory() as name:
        home = Path(name) / "admin"
        if given.home:
            shutil.copytree(given.home, home)
        settings = load_settings({"POLICY_MATCH_HOME": str(home)}, dotenv=None)
        if not given.home:
            for line in fill(settings):
                print(line, flush=True)
        return photograph(settings, given.only)


if __name__ == "__main__":
    sys.exit(main())
