"""With a real browser: a docx is handed in, one rule corrected, the policy published."""

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

from admin.clock import utc_now
from admin.facts import state_fact
from admin.jobs import run_due
from admin.records.enterprise import Enterprise
from admin.records.policy import Policy
from admin.setup import open_sessions
from policy_match.settings import Settings
from tests.admin.conftest import PASSWORD
from tests.admin.desk.samples import LINES
from tests.admin.desk.test_reading import docx_bytes

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.one_database("its subject is the page; the acts behind it run on both"),
]


@pytest.fixture
def address(app: Any) -> Iterator[str]:
    """The application on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(address: str) -> Iterator[Any]:
    """A page of somebody of the office who has signed in; scripts must not fail on it."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        made = browser.new_page(viewport={"width": 1360, "height": 900}, base_url=address)
        failures: list[str] = []
        made.on("pageerror", lambda error: failures.append(str(error)))
        made.on(
            "console",
            lambda one: failures.append(one.text) if "Content Security" in one.text else 0,
        )
        made.goto("/login/")
        made.fill("#username", "office")
        made.fill("#password", PASSWORD)
        made.click("button[type=submit]")
        yield made
        browser.close()
    assert failures == []


def read_files(settings: Settings) -> None:
    sessions = open_sessions(settings)
    run_due(sessions, settings, utc_now(), kinds=["read"])
    sessions.kw["bind"].dispose()


def add_enterprises(session: Any) -> None:
    for n, capital in enumerate((9_000_000, 6_000_000, 100_000)):
        one = Enterprise(credit_code=f"TEST{n:014d}", name=f"企业{n}", region="530115")
        session.add(one)
        session.flush()
        facts = {"registered_capital": capital, "industry": ["C"], "entity_type": ["enterprise"]}
        for fact, value in facts.items():
            state_fact(session, one, fact, value, source="登记", now=utc_now())
    session.flush()
    from admin.facts import refresh_snapshots

    ids = list(session.scalars(select(Enterprise.id)))
    refresh_snapshots(session, ids, as_of=utc_now().date())


def test_from_a_docx_to_what_enterprises_may_see(
    page: Any, session: Any, settings: Settings, tmp_path: Path
) -> None:
    lines = ("昆明市晋宁区人民政府文件", "晋政发〔2026〕1号", *LINES, "（此件公开发布）")
    docx_bytes(tmp_path / "措施.docx", lines)
    add_enterprises(session)
    from playwright.sync_api import expect

    page.goto("/desk/")
    page.set_input_files("#files", tmp_path / "措施.docx")
    page.click("text=上传并读取")
    page.wait_for_selector("#uploads progress")
    read_files(settings)
    page.wait_for_selector("#uploads >> text=已读取", timeout=15_000)
    page.click("#uploads a")
    page.click(".desk-measures a >> nth=0")

    page.wait_for_selector("#reach dl")
    before = page.inner_text("#reach .good dd")
    capital = page.locator(".node.leaf", has_text=re.compile("注册资本")).locator(
        "input[name^=text]"
    )
    capital.first.fill("800 万元")
    expect(page.locator("#reach .good dd")).not_to_have_text(before)
    page.locator("[data-act=wrap]").nth(1).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".tree .node.group .node.group")
    page.locator(".tree .node.group .node.group [data-act=unwrap]").first.click()
    expect(page.locator(".tree .node.group")).to_have_count(1)
    assert capital.first.input_value() == "800 万元"
    page.click("text=保存并审核通过")

    page.wait_for_url(re.compile("/desk/"))
    policy = session.scalars(select(Policy)).one()
    page.goto(f"/desk/policy/{policy.id}")
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("text=发布选中的措施")
    page.wait_for_selector("text=正在更新索引并匹配企业")
    session.expire_all()
    published = [one for one in policy.measures if one.review == "published"]
    assert published
    rule = published[0].rule
    assert rule is not None
    assert "8000000" in str(rule.criteria)
    assert rule.author == "office"


def test_marked_text_becomes_what_a_leaf_rests_on(
    page: Any, session: Any, settings: Settings
) -> None:
    from admin import policies
    from tests.admin.desk.samples import policy_of

    record = policies.import_policy(session, policy_of(), now=utc_now())
    measure = record.measures[0]
    page.goto(f"/desk/measure/{measure.id}")
    page.evaluate(
        """() => {
          const marks = [...document.querySelectorAll('mark')];
          const mark = marks.find(one => one.innerText.includes('注册资本'));
          window.getSelection().selectAllChildren(mark);
        }"""
    )
    page.wait_for_timeout(100)
    page.locator(".tree .node.leaf [data-quote]").nth(1).click()
    page.click("text=存为草稿")
    page.wait_for_selector("text=已存为新的草稿")
    session.expire_all()
    rule = measure.rules[-1]
    text = "\n".join(LINES)
    quote = "注册资本500万元以上"
    leaf = rule.criteria["all"][1]
    assert (leaf["quote"], leaf["at"]) == (
        quote,
        [text.index(quote), text.index(quote) + len(quote)],
    )


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(page: Any, tmp_path: Path) -> None:
    large = tmp_path / "大.pdf"
    with large.open("wb") as out:
        out.truncate(300 * 2**20)
    page.goto("/desk/")
    page.set_input_files("#files", large)
    page.wait_for_selector("form.upload .error:not([hidden])")
    assert "“大.pdf”有 300 MB" in page.inner_text("form.upload .error")
    page.click("text=上传并读取")
    assert page.url.endswith("/desk/")
