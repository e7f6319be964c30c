"""What is published changes by review only: not by another's file, the API, a form, a workbook."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from admin import policies, uploads
from admin.clock import utc_now
from admin.jobs import run_due
from admin.policies.content import change, newest_content
from admin.policies.drafts import save_rule
from admin.principal import Principal, Role
from admin.records.job import Upload
from admin.records.organisation import Organisation
from admin.records.policy import Measure, Policy
from admin.setup import open_sessions
from tests.admin.conftest import csrf_of
from tests.admin.desk.samples import LINES, policy_of
from tests.admin.desk.test_reading import NUMBERED, docx_bytes
from tests.admin.test_records import unit
from tests.admin.world import AT_LEAST_20, NOW, add_policy

FORGED = tuple(line.replace("50万元", "5000万元") for line in NUMBERED)


@pytest.fixture
def sessions(settings: Any) -> Any:
    made = open_sessions(settings)
    yield made
    made.kw["bind"].dispose()


def hand_in(session: Any, unit_: Organisation, name: str, content: bytes) -> Upload:
    someone = Principal("某人", organisation_id=unit_.id, roles=frozenset({Role.DEPARTMENT}))
    uploads.receive(session, [(name, lambda: content)], someone, NOW)
    session.flush()
    return session.scalars(select(Upload).order_by(Upload.id.desc())).first()


def read_all(sessions: Any, settings: Any) -> None:
    run_due(sessions, settings, utc_now(), kinds=["read"])


def stated(session: Any) -> tuple[Any, ...]:
    session.expire_all()
    policy = session.scalars(select(Policy)).one()
    amounts = [measure.max_amount for measure in policy.measures]
    return policy.organisation.name, policy.file_name, policy.text_hash, amounts


def test_a_file_with_anothers_number_changes_nothing(
    session: Any, sessions: Any, settings: Any, tmp_path: Path
) -> None:
    """The upload fails, and says whose policy has that number."""
    theirs, mine = unit(session, "测试区科技局"), unit(session, "测试区工信局")
    hand_in(session, theirs, "真.docx", docx_bytes(tmp_path / "a.docx", NUMBERED))
    read_all(sessions, settings)
    before = stated(session)
    upload = hand_in(session, mine, "假.docx", docx_bytes(tmp_path / "b.docx", FORGED))
    read_all(sessions, settings)
    assert stated(session) == before
    session.expire_all()
    assert upload.state == "failed"
    assert f"与测试区科技局的《{LINES[0]}》文号（晋政发〔2026〕1号）相同" in str(upload.error)
    assert "请联系测试区科技局" in str(upload.error)
    assert upload.content is None


def test_the_office_and_the_unit_itself_may_read_it_again(session: Any) -> None:
    theirs, office = unit(session, "测试区科技局"), unit(session, "测试区营商环境办")
    policies.import_policy(session, policy_of(), organisation_id=theirs.id, now=NOW)
    for one in (theirs, office):
        again = policies.import_policy(session, policy_of(), organisation_id=one.id, now=NOW)
        assert again.organisation_id == theirs.id


def test_an_account_without_a_unit_hands_nothing_in(session: Any) -> None:
    nowhere = Principal("某人", roles=frozenset({Role.DEPARTMENT}))
    (answer,) = uploads.receive(session, [("a.docx", lambda: b"x")], nowhere, NOW)
    assert "没有所属单位" in answer.problem


@pytest.fixture
def measure(session: Any) -> Measure:
    policy = add_policy(session, AT_LEAST_20, organisation=unit(session, "测试区科技局"))
    return policy.measures[0]


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"max_amount": 999_999_999}, "最高金额"),
        ({"rate": 0.9}, "比例"),
        ({"opens_on": "2026-01-01"}, "开始日期"),
        ({"closes_on": "2029-01-01"}, "截止日期"),
        ({"rolling": True}, "常年受理"),
    ],
)
def test_the_api_does_not_change_a_published_measure(
    call: Any,
    session: Any,
    measure: Measure,
    change: dict[str, Any],
    label: str,
) -> None:
    ask = call(Role.DEPARTMENT)
    path = f"measure/{measure.id}"
    etag = ask("GET", path).headers["ETag"]
    answer = ask("PUT", path, json=change, headers={"If-Match": etag})
    assert answer.status_code == 409
    assert f"{label}属于已发布的内容" in answer.json["message"]
    assert "政策审核台" in answer.json["message"]
    assert ask("GET", path).headers["ETag"] == etag


def test_what_stays_the_same_or_is_no_promise_may_be_sent(
    call: Any,
    session: Any,
    measure: Measure,
) -> None:
    ask = call(Role.DEPARTMENT)
    path = f"measure/{measure.id}"
    etag = ask("GET", path).headers["ETag"]
    body = {"max_amount": 500_000, "is_open": False, "contact": "0871-12345678"}
    answer = ask("PUT", path, json=body, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.json
    assert answer.json["result"]["is_open"] is False


def test_a_measure_under_review_is_free(call: Any, session: Any, measure: Measure) -> None:
    measure.review, measure.rule_id = "machine", None
    session.flush()
    ask = call(Role.DEPARTMENT)
    etag = ask("GET", f"measure/{measure.id}").headers["ETag"]
    answer = ask("PUT", f"measure/{measure.id}", json={"max_amount": 7}, headers={"If-Match": etag})
    assert answer.status_code == 200


def test_the_form_says_where_to_change_it(login: Any, session: Any, measure: Measure) -> None:
    client = login(Role.DEPARTMENT)
    url = f"/measure/edit/{measure.id}"
    page = client.get(url).get_data(as_text=True)
    answer = client.post(
        url,
        data={
            "csrf_token": csrf_of(page), "version": str(measure.version), "title": measure.title,
            "max_amount": "88888", "mode": measure.mode, "is_open": "是",
        },
    )  # fmt: skip
    assert "属于已发布的内容" in answer.get_data(as_text=True)
    session.expire_all()
    assert session.get(Measure, measure.id).max_amount == 500_000


def test_the_desk_keeps_a_change_of_a_published_measure_until_it_is_published(
    session: Any, measure: Measure
) -> None:
    """What enterprises are told stays; that the money is spent holds at once."""
    said = newest_content(measure)
    change(measure, ["max_amount", "is_open"], replace(said, max_amount=7.0, is_open=False))
    session.flush()
    assert (measure.max_amount, measure.is_open) == (500_000, False)
    rule = measure.rule
    draft = save_rule(
        session, measure, rule.criteria, rule.scope, author="某人", text_hash=rule.text_hash
    )
    assert (draft.state, draft.number) == ("draft", 2)
    assert newest_content(measure).max_amount == 7.0


def test_a_rule_alone_is_no_change_of_what_is_told(session: Any, measure: Measure) -> None:
    change(measure, ["is_open"], replace(newest_content(measure), is_open=False))
    assert measure.pending is None
    assert measure.is_open is False
