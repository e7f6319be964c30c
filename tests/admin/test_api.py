"""The REST resources: values, scope, masking, locking, keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select

from admin.principal import Role
from admin.records.appeal import Appeal
from admin.records.enterprise import Enterprise, FactValue
from admin.records.organisation import Organisation
from admin.records.policy import Measure
from tests.admin.world import AT_LEAST_20, add_policy, credit_code

Call = Callable[..., Any]


def unit_id(session: Any, name: str) -> int:
    found = session.scalars(select(Organisation.id).where(Organisation.name == name)).one()
    return int(found)


def enterprise(session: Any, number: int = 1, unit: str = "东山街道") -> Enterprise:
    made = Enterprise(
        credit_code=credit_code(number),
        name=f"甲{number}公司",
        organisation_id=unit_id(session, unit),
    )
    session.add(made)
    session.commit()
    return made


def test_a_record_is_made_read_changed_and_deleted(call: Any, session: Any) -> None:
    ask = call(Role.OFFICE)
    unit = unit_id(session, "东山街道")
    body = {"credit_code": credit_code(7), "name": "甲公司", "organisation": unit}
    made = ask("POST", "enterprise/", json=body | {"founded_on": "2019-03-01"})
    assert made.status_code == 201, made.get_data(as_text=True)
    path = f"enterprise/{made.json['id']}"
    assert made.headers["Location"].endswith(path)
    read = ask("GET", path)
    assert read.json["result"]["organisation"] == {"id": unit, "name": "东山街道"}
    assert read.json["result"]["founded_on"] == "2019-03-01"
    etag = read.headers["ETag"]
    assert ask("GET", path, headers={"If-None-Match": etag}).status_code == 304
    changed = ask("PUT", path, json={"name": "乙公司"}, headers={"If-Match": etag})
    assert changed.status_code == 200, changed.get_data(as_text=True)
    assert changed.json["result"]["name"] == "乙公司"
    assert ask("DELETE", path, headers={"If-Match": etag}).status_code == 412
    gone = ask("DELETE", path, headers={"If-Match": changed.headers["ETag"]})
    assert gone.status_code == 200, gone.get_data(as_text=True)
    assert ask("GET", path).status_code == 404


def test_a_change_without_the_state_it_was_read_from_is_refused(call: Any, session: Any) -> None:
    one = enterprise(session)
    answer = call(Role.OFFICE)("PUT", f"enterprise/{one.id}", json={"name": "乙公司"})
    assert answer.status_code == 428
    assert "If-Match" in answer.json["message"]


def test_wrong_values_are_named_by_field_in_chinese(call: Any, session: Any) -> None:
    answer = call(Role.OFFICE)(
        "POST",
        "enterprise/",
        json={"credit_code": "123", "founded_on": "昨天", "organisation": 999_999, "status": ["x"]},
    )
    assert answer.status_code == 422
    assert "应为文字或数字" in answer.json["errors"]["status"]
    answer = call(Role.OFFICE)(
        "POST",
        "enterprise/",
        json={"credit_code": "123", "founded_on": "昨天", "organisation": 99999},
    )
    errors = answer.json["errors"]
    assert "18 位" in errors["credit_code"]
    assert "不是日期" in errors["founded_on"]
    assert "不在您的数据范围内" in errors["organisation"]
    assert "必须填写" in errors["name"]
    assert session.scalar(select(func.count()).select_from(Enterprise)) == 0


def test_an_unknown_field_is_named_with_those_there_are(call: Any) -> None:
    answer = call(Role.OFFICE)("POST", "enterprise/", json={"nmae": "甲公司"})
    assert answer.status_code == 422
    assert "credit_code" in answer.json["errors"]["nmae"]


def test_the_same_credit_code_twice_is_a_conflict(call: Any, session: Any) -> None:
    one = enterprise(session)
    answer = call(Role.OFFICE)(
        "POST", "enterprise/", json={"credit_code": one.credit_code, "name": "乙公司"}
    )
    assert answer.status_code == 409
    assert one.credit_code in answer.json["message"]


def test_money_is_in_yuan(call: Any, session: Any) -> None:
    add_policy(session, AT_LEAST_20)
    measure = session.scalars(select(Measure)).one()
    measure.review, measure.policy.state = "machine", "review"
    session.commit()
    ask = call(Role.OFFICE)
    read = ask("GET", f"measure/{measure.id}")
    assert read.json["result"]["max_amount"] == 500_000
    headers = {"If-Match": read.headers["ETag"]}
    changed = ask("PUT", f"measure/{measure.id}", json={"max_amount": 1.2e6}, headers=headers)
    assert changed.status_code == 200, changed.get_data(as_text=True)
    assert changed.json["result"]["max_amount"] == 1_200_000


def test_facts_are_read_and_written_in_the_exchange_form(call: Any, session: Any) -> None:
    one = enterprise(session)
    ask = call(Role.OFFICE)
    read = ask("GET", f"enterprise/{one.id}")
    facts = {
        "employees": 35,
        "revenue": {"value": 5_000_000, "source": "年报", "as_of": "2025-12-31"},
    }
    changed = ask(
        "PUT",
        f"enterprise/{one.id}",
        json={"facts": facts},
        headers={"If-Match": read.headers["ETag"]},
    )
    assert changed.status_code == 200, changed.get_data(as_text=True)
    given = changed.json["result"]["facts"]
    assert given["employees"]["value"] == 35
    assert given["revenue"] | {"value": 5_000_000, "source": "年报"} == given["revenue"]
    assert changed.headers["ETag"] != read.headers["ETag"]
    rows = session.scalars(select(FactValue).where(FactValue.enterprise_id == one.id)).all()
    assert {row.stated_by for row in rows} == {"office"}
    gone = ask(
        "PUT",
        f"enterprise/{one.id}",
        json={"facts": {"employees": None}},
        headers={"If-Match": changed.headers["ETag"]},
    )
    assert "employees" not in gone.json["result"]["facts"]


def test_a_fact_that_makes_no_sense_writes_nothing(call: Any, session: Any) -> None:
    answer = call(Role.OFFICE)(
        "POST",
        "enterprise/",
        json={
            "credit_code": credit_code(3),
            "name": "甲",
            "facts": {"employes": 3, "revenue": "x"},
        },
    )
    assert answer.status_code == 422
    assert "employees" in answer.json["errors"]["facts.employes"]
    assert "facts.revenue" in answer.json["errors"]
    assert session.scalar(select(func.count()).select_from(Enterprise)) == 0


def test_a_key_makes_one_record_however_often_it_is_sent(call: Any, session: Any) -> None:
    ask = call(Role.OFFICE)
    body = {"credit_code": credit_code(5), "name": "甲公司"}
    first, second = (
        ask("POST", "enterprise/", json=body, headers={"Idempotency-Key": "k-1"}) for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_data() == second.get_data()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert session.scalar(select(func.count()).select_from(Enterprise)) == 1
    other = ask(
        "POST", "enterprise/", json=body | {"name": "乙"}, headers={"Idempotency-Key": "k-1"}
    )
    assert other.status_code == 409
    assert "另一个请求" in other.json["message"]


def test_a_key_is_ones_own(call: Any, session: Any) -> None:
    headers = {"Idempotency-Key": "k-1"}
    bodies = [{"credit_code": credit_code(n), "name": "甲"} for n in (1, 2)]
    answers = [
        call(role)("POST", "enterprise/", json=body, headers=headers)
        for role, body in zip((Role.OFFICE, Role.ADMIN), bodies, strict=True)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]


def test_a_refused_post_may_be_sent_again_with_its_key(call: Any) -> None:
    ask, headers = call(Role.OFFICE), {"Idempotency-Key": "k-2"}
    assert ask("POST", "enterprise/", json={}, headers=headers).status_code == 422
    body = {"credit_code": credit_code(5), "name": "甲公司"}
    assert ask("POST", "enterprise/", json=body, headers=headers).status_code == 201


def test_rows_out_of_scope_are_neither_listed_nor_read_nor_referred_to(
    call: Any, session: Any
) -> None:
    mine, other = enterprise(session, 1), enterprise(session, 2, "西山街道")
    ask = call(Role.TOWNSHIP)
    listed = ask("GET", "enterprise/").json
    assert ([row["id"] for row in listed["result"]], listed["count"]) == ([mine.id], 1)
    assert ask("GET", f"enterprise/{other.id}").status_code == 404
    appeal = {
        "title": "用电",
        "text": "用电问题",
        "source": "portal",
        "received_on": "2026-11-24",
    }
    refused = ask("POST", "appeal/", json=appeal | {"enterprise": other.id})
    assert refused.status_code == 422
    assert "不在您的数据范围内" in refused.json["errors"]["enterprise"]
    assert session.scalar(select(func.count()).select_from(Appeal)) == 0


def test_a_record_is_not_moved_out_of_ones_own_scope(call: Any, session: Any) -> None:
    one = enterprise(session)
    ask = call(Role.TOWNSHIP)
    etag = ask("GET", f"enterprise/{one.id}").headers["ETag"]
    answer = ask(
        "PUT",
        f"enterprise/{one.id}",
        json={"organisation": unit_id(session, "西山街道")},
        headers={"If-Match": etag},
    )
    assert answer.status_code == 422
    assert "数据范围" in answer.json["message"]
    assert ask("GET", f"enterprise/{one.id}").json["result"]["organisation"]["name"] == "东山街道"


def test_what_a_role_may_not_do_is_forbidden(call: Any) -> None:
    answer = call(Role.VIEWER)("POST", "enterprise/", json={})
    assert answer.status_code == 403
    assert "没有权限" in answer.json["message"]


def test_nobody_reads_anything(app: Any) -> None:
    answer = app.test_client().get("/api/v1/enterprise/")
    assert answer.status_code == 401
    assert "请先登录" in answer.json["message"]


def test_lists_are_searched_filtered_ordered_and_paged(call: Any, session: Any) -> None:
    for number in range(1, 6):
        enterprise(session, number)
    ask = call(Role.OFFICE)
    page = ask("GET", "enterprise/?page=1&page_size=2&order=name&desc=0").json
    assert [row["name"] for row in page["result"]] == ["甲3公司", "甲4公司"]
    assert ask("GET", "enterprise/?q=甲4").json["count"] == 1
    assert ask("GET", f"enterprise/?organisation={unit_id(session, '西山街道')}").json["count"] == 0
    for wrong in ("page_size=101", "page=x", "order=note", "nmae=1", "organisation=x"):
        answer = ask("GET", f"enterprise/?{wrong}")
        assert answer.status_code == 422, wrong
        assert answer.json["errors"]


def test_a_body_that_is_no_json_is_refused(call: Any) -> None:
    answer = call(Role.OFFICE)("POST", "enterprise/", data=b"{", content_type="application/json")
    assert answer.status_code == 400
    assert "JSON" in answer.json["message"]
    assert call(Role.OFFICE)("POST", "enterprise/", json=[1]).status_code == 422


def test_the_list_asks_the_same_queries_for_many_rows_as_for_few(
    call: Any, session: Any, app: Any
) -> None:
    from sqlalchemy import event

    ask, counts = call(Role.OFFICE), []
    for number in (1, 12):
        for n in range(number):
            enterprise(session, 100 * number + n)
        seen: list[str] = []
        with app.app_context():
            engine = app.appbuilder.session.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *args, seen=seen: seen.append(args[2]))
        assert ask("GET", "enterprise/").status_code == 200
        counts.append(len(seen))
    assert counts[0] * 2 == counts[1] + counts[0]  # the first listener still counts
