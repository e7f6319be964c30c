"""On a phone: open the link of a digest, press 有用, and it is counted."""

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

from admin.push.channels.file import FileChannel
from admin.push.deliver import drain
from admin.push.jobs import signer_of
from admin.records.policy import Measure
from tests.admin.push.world import Clock, add_officer, compose, populate

playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.one_database("its subject is the page; the acts behind it run on both")


@pytest.fixture
def address(app: Any) -> Iterator[str]:
    """The application on a free port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_from_the_digest_file_to_the_count(
    session: Any, sessions: Any, settings: Any, address: str
) -> None:
    """Without script, at the width of a phone."""  # mission 2
    (one,) = populate(session, settings, 1)
    add_officer(session, one)
    channels = {"file": FileChannel.of(settings)}
    compose(sessions, channels)
    assert drain(sessions, channels, signer_of(settings), clock=Clock()).counts == {"sent": 1}
    (written,) = Path(settings.home / "digests").glob("*.html")
    (link,) = re.findall(r'href="http://127\.0\.0\.1:8080(/p/[^"]+)"', written.read_text("utf-8"))
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 740}, java_script_enabled=False)
        page.goto(address + link)
        page.get_by_role("button", name="有用", exact=True).click()
        page.get_by_text("已记录“有用”").wait_for()
        box = page.locator("main").bounding_box()
        page.screenshot(path=str(settings.home / "phone.png"), full_page=True)
        browser.close()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    counted = session.scalars(select(Measure).where(Measure.title == "措施1")).one()
    session.refresh(counted)
    assert (counted.opened_count, counted.useful_count) == (1, 1)
