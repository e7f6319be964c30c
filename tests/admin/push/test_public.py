"""What a digest's links open, and what pressing a button there records."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from admin.app import create_app
from admin.facts import state_fact
from admin.push.due import items_by_place, letter_of, load_due
from admin.push.jobs import signer_of
from admin.push.links import BadLink, ExpiredLink, Link, LinkSigner, Purpose
from admin.records.delivery import Delivery
from admin.records.digest import Digest, DigestItem, Feedback, OfficerTask
from admin.records.enterprise import Enterprise, EnterpriseContact, FactValue
from admin.records.policy import Measure
from admin.records.preference import Preference
from tests.admin.push.world import NOW, TODAY, Box, add_officer, compose, populate

CHANNELS = {"mail": Box()}


@pytest.fixture
def links(session: Any, sessions: Any, settings: Any, app: Any) -> Any:
    """A digest was composed for one enterprise; gives the path of a link."""
    (one,) = populate(session, settings, 1)
    add_officer(session, one)
    compose(sessions, CHANNELS)
    delivery = session.scalars(select(Delivery)).one()
    item = session.scalars(select(DigestItem)).one()
    signer = signer_of(settings)

    def path(purpose: Purpose) -> str:
        item_id = item.id if purpose is Purpose.ITEM else 0
        token = signer.token(Link(purpose, delivery.id, item_id), day=TODAY)
        return f"/{purpose.value}/{token}"

    return path


def counts(session: Any) -> tuple[int, int, int, int]:
    session.expire_all()
    one = session.scalars(select(Measure).where(Measure.title == "措施1")).one()
    return one.opened_count, one.useful_count, one.useless_count, one.applied_count


def kinds(session: Any) -> list[str]:
    return list(session.scalars(select(Feedback.kind).order_by(Feedback.id)))


def test_the_page_says_what_why_and_where(app: Any, links: Any) -> None:
    """Plain words, clause, reason, official source, trust."""  # mission 2
    page = app.test_client().get(links(Purpose.ITEM)).get_data(as_text=True)
    for words in (
        "措施1", "从业人员 31人，需 ≥ 20人：符合", "官方原文", "https://www.kmjn.gov.cn/c/1.html",
        "不收费", "有用", "没用", "已申报", "请专员联系我", "不是我", "转同事", "核验真伪",
    ):  # fmt: skip
        assert words in page
    assert "<script" not in page


def test_opening_counts_once_and_changes_nothing_else(app: Any, links: Any, session: Any) -> None:
    """mail scanners open links"""
    client = app.test_client()
    assert client.head(links(Purpose.ITEM)).status_code == 200
    assert counts(session) == (0, 0, 0, 0)
    for purpose in (Purpose.ITEM, Purpose.SETTINGS, Purpose.QUESTIONS):
        assert client.get(links(purpose)).status_code == 200
    client.get(links(Purpose.ITEM))
    client.get(links(Purpose.ONE_CLICK))
    client.get(links(Purpose.ITEM) + "/useful")
    assert counts(session) == (1, 0, 0, 0)
    assert kinds(session) == ["opened"]
    assert session.scalars(select(Preference)).all() == []


def test_a_mind_may_be_changed(app: Any, links: Any, session: Any) -> None:
    """useful, useless and applied are counted on the measure, once each"""  # mission 2
    client, url = app.test_client(), links(Purpose.ITEM)
    answer = client.post(url + "/useful")
    assert answer.status_code == 303
    assert "已记录“有用”" in client.get(answer.location).get_data(as_text=True)
    client.post(url + "/useful")
    assert counts(session)[1:] == (1, 0, 0)
    client.post(url + "/useless", data={"reason": "已享受过"})
    assert counts(session)[1:] == (0, 1, 0)
    client.post(url + "/applied")
    client.post(url + "/applied")
    assert counts(session)[1:] == (0, 1, 1)
    assert kinds(session) == ["useful", "opened", "useless", "applied"]
    reasons = session.scalars(select(Feedback.reason).where(Feedback.kind == "useless")).all()
    assert reasons == ["已享受过"]


def test_a_call_is_due_in_one_working_day(app: Any, links: Any, session: Any) -> None:
    client, url = app.test_client(), links(Purpose.ITEM)
    client.post(url + "/contact")
    client.post(url + "/contact")
    task = session.scalars(select(OfficerTask)).one()
    from admin.calendar import add_working_days
    from admin.clock import today

    assert task.due_on == add_working_days(session, today(), 1)
    assert str(task.officer) == "李专员"
    assert task.title == "联系企业：措施1"


def test_not_me_stops_the_address(app: Any, links: Any, session: Any) -> None:
    app.test_client().post(links(Purpose.ITEM) + "/not-me")
    assert session.scalars(select(EnterpriseContact.receives_digest)).all() == [False]
    assert "核实" in session.scalars(select(OfficerTask)).one().title


def test_forwarding_goes_through_the_officer(app: Any, links: Any, session: Any) -> None:
    client, url = app.test_client(), links(Purpose.ITEM)
    assert client.post(url + "/forward", data={"name": "王会计"}).status_code == 422
    assert kinds(session) == []
    client.post(url + "/forward", data={"name": "王会计", "address": "0871-61234567"})
    assert len(session.scalars(select(EnterpriseContact)).all()) == 1
    assert "王会计" in session.scalars(select(OfficerTask)).one().title


def test_frequency_and_unsubscribing(app: Any, links: Any, session: Any, sessions: Any) -> None:
    client, url = app.test_client(), links(Purpose.SETTINGS)
    client.post(url, data={"frequency": "monthly"})
    assert client.post(url, data={"frequency": "hourly"}).status_code == 422
    wish = session.scalars(select(Preference)).one()
    assert (wish.frequency, wish.contact_id is not None) == ("monthly", True)
    client.post(url, data={"unsubscribe": "1"})
    session.expire_all()
    assert session.scalars(select(Preference)).one().unsubscribed_at is not None
    assert compose(sessions, CHANNELS, as_of=TODAY + timedelta(days=70)).digests == 0
    client.post(url, data={"frequency": "weekly"})
    session.expire_all()
    assert session.scalars(select(Preference)).one().unsubscribed_at is None


def test_the_mailbox_s_own_button_unsubscribes(app: Any, links: Any, session: Any) -> None:
    url = links(Purpose.ONE_CLICK)
    answer = app.test_client().post(url, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 303
    assert session.scalars(select(Preference)).one().unsubscribed_at is not None


def test_an_answer_becomes_a_fact(session: Any, sessions: Any, settings: Any, app: Any) -> None:
    """Stated as 企业自报, beside what was known."""  # mission 2
    (one,) = populate(session, settings, 1, known=False)
    state_fact(
        session, one, "qualification", {"has": ["tech_sme"], "lacks": []}, source="登记", now=NOW
    )
    session.commit()
    compose(sessions, CHANNELS)
    delivery = session.scalars(select(Delivery)).one()
    url = f"/q/{signer_of(settings).token(Link(Purpose.QUESTIONS, delivery.id), day=TODAY)}"
    client = app.test_client()
    assert client.post(url, data={"fact": "employees", "answer": "很多"}).status_code == 422
    assert client.post(url, data={"fact": "revenue", "answer": "1"}).status_code == 422
    assert client.post(url, data={"fact": "employees", "answer": "35"}).status_code == 303
    client.post(url, data={"fact": "qualification", "many": "1", "answer": "high_tech"})
    session.expire_all()
    facts = session.get_one(Enterprise, one.id).facts
    assert facts["employees"]["value"] == 35
    assert facts["employees"]["source"] == "企业自报"
    assert set(facts["qualification"]["value"]["has"]) == {"tech_sme", "high_tech"}
    stated = session.scalars(select(FactValue.source).where(FactValue.fact == "employees"))
    assert stated.all() == ["企业自报"]
    assert kinds(session) == ["answered", "answered"]


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_tampered_link_says_so(app: Any, links: Any, session: Any, purpose: Purpose) -> None:
    url = links(purpose)
    other = Purpose.ITEM if purpose is not Purpose.ITEM else Purpose.SETTINGS
    for bad in (url[:-3] + "abc", url[:-5], f"/{other.value}/{url.split('/')[2]}"):
        for answer in (app.test_client().get(bad), app.test_client().post(bad)):
            assert answer.status_code in (404, 405)
        assert "链接无效" in app.test_client().get(bad).get_data(as_text=True)
    assert kinds(session) == []


def test_an_expired_link_says_so(app: Any, settings: Any, links: Any, session: Any) -> None:
    signer = signer_of(settings)
    token = signer.token(Link(Purpose.ITEM, 1, 1), day=date(2020, 1, 1))
    answer = app.test_client().get(f"/p/{token}")
    assert answer.status_code == 410
    assert "链接已过期" in answer.get_data(as_text=True)
    assert app.test_client().post(f"/p/{token}/useful").status_code == 410
    assert kinds(session) == []


def test_links_are_single_purpose_and_bound_to_the_secret() -> None:
    signer, other = LinkSigner("a" * 64, "http://x"), LinkSigner("b" * 64, "http://x")
    token = signer.token(Link(Purpose.ITEM, 7, 3), day=TODAY)
    assert signer.read(Purpose.ITEM, token, day=TODAY) == Link(Purpose.ITEM, 7, 3)
    with pytest.raises(BadLink):
        signer.read(Purpose.SETTINGS, token, day=TODAY)
    with pytest.raises(BadLink):
        other.read(Purpose.ITEM, token, day=TODAY)
    with pytest.raises(ExpiredLink):
        signer.read(Purpose.ITEM, token, day=TODAY + timedelta(days=181))


def test_each_recipient_has_links_of_its_own(session: Any, settings: Any, links: Any) -> None:
    delivery = session.scalars(select(Delivery)).one()
    items = items_by_place(session, [delivery.digest_id])[delivery.digest_id]
    due = load_due(session, delivery.id, items, TODAY)
    assert due is not None
    letter = letter_of(due, signer_of(settings))
    assert "\ue000" not in letter.html + letter.text
    (url,) = re.findall(r"详情与反馈：(\S+)", letter.text)
    token = url.rsplit("/", 1)[1]
    assert signer_of(settings).read(Purpose.ITEM, token, day=TODAY).delivery_id == delivery.id
    assert url in letter.html


def test_a_number_can_be_verified(app: Any, links: Any, session: Any) -> None:
    """without saying what the digest held or whose it was in full"""
    number = session.scalars(select(Digest.number)).one()
    page = app.test_client().get(f"/verify/{number.lower()}").get_data(as_text=True)
    assert "编号真实" in page
    assert "测试1公司" not in page
    answer = app.test_client().get("/verify?number=TS20261124-00000000")
    assert answer.status_code == 404
    assert "没有编号为" in answer.get_data(as_text=True)
    assert app.test_client().get("/verify").status_code == 200


def test_public_pages_are_limited_in_rate(settings: Any) -> None:
    client = create_app(settings).test_client()
    answers = [client.get("/verify").status_code for _ in range(30)]
    assert answers == [200] * 20 + [429] * 10
