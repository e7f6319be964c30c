"""The digest's page in the admin: what was sent, harmlessly; sending again by a person."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import closing
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
from docx import Document
from sqlalchemy import select, update

from admin.principal import Role
from admin.push.sheet import build_sheet
from admin.records.delivery import Delivery
from admin.records.digest import Digest
from admin.records.policy import Measure
from tests.admin.conftest import csrf_of
from tests.admin.push.test_mail_golden import ITEM
from tests.admin.push.world import Box, add_officer, compose, deliveries, match_all, populate

CHANNELS = {"mail": Box()}


def test_the_page_shows_what_was_sent_without_running_it(
    session: Any, sessions: Any, settings: Any, login: Any
) -> None:
    """A policy's own markup neither reaches the mail nor the page."""
    populate(session, settings, 1)
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\ue000u.0\ue001"
    session.execute(update(Measure).where(Measure.title == "措施1").values(title=evil))
    session.execute(update(Measure).values(version=Measure.version + 1))
    match_all(session, settings)
    compose(sessions, CHANNELS)
    digest = session.scalars(select(Digest)).one()
    assert "<script" not in digest.html
    assert "<img" not in digest.html
    assert "\ue000u.0\ue001</span>" not in digest.html
    page = login(Role.OFFICE).get(f"/digest/show/{digest.id}").get_data(as_text=True)
    assert "sandbox srcdoc=" in page
    assert "<script>alert" not in page
    assert "&amp;lt;script&amp;gt;" in page
    assert "内容与反馈" in page


def test_the_sheet_is_one_page_of_what_was_sent(
    session: Any, sessions: Any, settings: Any, login: Any
) -> None:
    # mission 3
    (one,) = populate(session, settings, 1)
    add_officer(session, one)
    compose(sessions, CHANNELS)
    digest = session.scalars(select(Digest)).one()
    answer = login(Role.OFFICE).get(f"/digest/sheet/{digest.id}")
    document = Document(BytesIO(answer.data))
    words = "\n".join(one.text for one in document.paragraphs)
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert digest.number in words
    assert "您的企业专员：东山街道 李专员 0871-67890000" in words
    assert "不收费" in words
    assert "从业人员 31人，需 ≥ 20人：符合" in cells
    assert login(Role.OFFICER).get(f"/digest/sheet/{digest.id}").status_code in (403, 404, 302)


def test_a_person_sends_again(session: Any, sessions: Any, settings: Any, login: Any) -> None:
    populate(session, settings, 1)
    compose(sessions, CHANNELS)
    session.execute(update(Delivery).values(state="uncertain", reason="没有答复"))
    client = login(Role.OFFICE)
    (one,) = deliveries(session)
    page = client.get(f"/digest/show/{one.digest_id}").get_data(as_text=True)
    assert "重发" in page
    url, data = f"/delivery/resend/{one.id}", {"csrf_token": csrf_of(page), "back": "1"}
    assert client.get(url).status_code == 405
    assert client.post(url, data=data).status_code == 302
    assert deliveries(session)[0].state == "pending"
    assert "没有重发" in client.post(url, data=data, follow_redirects=True).get_data(as_text=True)
    session.execute(update(Delivery).values(state="dead"))
    viewer = login(Role.VIEWER)
    data["csrf_token"] = csrf_of(viewer.get("/password/").get_data(as_text=True))
    viewer.post(url, data=data)
    assert deliveries(session)[0].state == "dead"


def test_counts_are_on_the_policy_s_page(
    session: Any, sessions: Any, settings: Any, login: Any
) -> None:
    """opened, useful, applied"""
    populate(session, settings, 1)
    session.execute(
        update(Measure)
        .where(Measure.title == "措施1")
        .values(opened_count=4, useful_count=3, useless_count=1, applied_count=2)
    )
    page = login(Role.OFFICE).get("/policy/show/1").get_data(as_text=True)
    assert "打开 4，有用 3，没用 1，已申报 2" in page


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_full_digest_fits_on_one_page_of_paper(tmp_path: Path) -> None:
    """Five items, as an office prints it: one page, with words on it."""
    item = replace(ITEM, link=None)
    content = build_sheet(
        number="TS20261124-0A1B2C3D",
        enterprise="示例机械有限公司",
        day=date(2026, 11, 24),
        sender="示例区营商环境办",
        caller="您的企业专员：东山街道 李专员 0871-67890000",
        verify_url="https://zc.example.cn/verify/TS20261124-0A1B2C3D",
        items=[replace(item, title=f"支持企业首次升规（{n}）") for n in range(1, 6)],
        questions=[],
    )
    (tmp_path / "sheet.docx").write_bytes(content.read())
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(tmp_path / "sheet.docx")], check=True, capture_output=True)
    with closing(pdfium.PdfDocument(tmp_path / "sheet.pdf")) as pdf:
        assert len(pdf) == 1
        with closing(pdf[0]) as page, closing(page.get_textpage()) as text:
            words = text.get_text_range()
            picture = page.render(scale=1).to_pil().convert("L")
    for expected in ("支持企业首次升规（5）", "TS20261124-0A1B2C3D", "不收费", "李专员"):
        assert expected in words
    dark = sum(picture.histogram()[:128]) / (picture.width * picture.height)
    assert 0.01 < dark < 0.25
