"""The desk through the web: upload, review, save, publish; who may, and who changed what."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from admin import policies
from admin.principal import SYSTEM, Role
from admin.records.enterprise import Enterprise
from admin.records.job import Upload
from admin.records.organisation import Organisation
from admin.records.policy import Measure, Policy, Rule
from policy_match.domain.policy import Reference, Relation
from tests.admin.conftest import csrf_of
from tests.admin.desk.samples import policy_of

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
_FIELD = re.compile(
    r"<(input|textarea|select)\b([^>]*)>(.*?)(?=<(?:input|textarea|select)\b|$)", re.S
)


@pytest.fixture
def policy(session: Any) -> Policy:
    record = policies.import_policy(session, policy_of(), now=NOW)
    unit = session.scalars(select(Organisation).where(Organisation.name == "测试区科技局")).one()
    record.organisation_id = unit.id
    session.flush()
    return record


def attribute(text: str, name: str) -> str | None:
    found = re.search(rf'\b{name}="([^"]*)"', text) or re.search(rf"\b{name}='([^']*)'", text)
    return unescape(found[1]) if found else None


def form_of(page: str) -> MultiDict[str, str]:
    """What a browser would send of the rule form, untouched."""
    inside = page[page.index('<form id="rule-form"') :]
    inside = inside[: inside.index("</form>")]
    form: MultiDict[str, str] = MultiDict()
    for kind, head, rest in _FIELD.findall(inside):
        name = attribute(head, "name")
        if not name or ("checkbox" in head and "checked" not in head):
            continue
        if kind == "textarea":
            form.add(name, unescape(rest[: rest.index("</textarea>")]))
        elif kind == "select":
            chosen = re.search(r'<option value="([^"]*)" selected>', rest)
            first = re.search(r'<option value="([^"]*)"', rest)
            form.add(name, unescape((chosen or first or [""])[1]))
        else:
            form.add(name, attribute(head, "value") or "")
    return form


def measure_page(client: Any, policy: Policy, n: int = 0) -> tuple[str, str, MultiDict[str, str]]:
    url = f"/desk/measure/{policy.measures[n].id}"
    answer = client.get(url)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200, page
    return url, page, form_of(page)


def key_of(form: MultiDict[str, str], fact: str) -> str:
    return next(name.split("-")[1] for name, value in form.items() if value == fact)


def test_files_are_taken_in_and_problems_named(login: Any, session: Any) -> None:
    client = login(Role.DEPARTMENT)
    page = client.get("/desk/").get_data(as_text=True)
    answer = client.post(
        "/desk/upload",
        data={
            "csrf_token": csrf_of(page),
            "files": [
                (io.BytesIO("测试区支持企业若干措施\n第一条 给予补助。".encode()), "措施.txt"),
                (io.BytesIO(b"MZ"), "工具.exe"),
            ],
        },
        follow_redirects=True,
    ).get_data(as_text=True)
    assert "已收下 1 个文件" in answer
    assert "工具.exe：不支持" in answer
    upload = session.scalars(select(Upload)).one()
    assert upload.organisation.name == "测试区科技局"
    assert "措施.txt" in client.get("/desk/uploads").get_data(as_text=True)


def test_a_request_that_is_too_large_gets_a_chinese_page(login: Any, app: Any) -> None:
    client = login(Role.OFFICE)
    app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = client.post("/desk/upload", data={"files": [(io.BytesIO(b"0" * 5000), "大.pdf")]})
    assert answer.status_code == 413
    assert "文件太大" in answer.get_data(as_text=True)


def test_text_and_quote_are_shown_and_never_trusted(login: Any, session: Any) -> None:
    lines = ("<script>alert(1)</script>", "第一条 对注册资本500万元以上的制造业企业<b>补助</b>。")
    record = policies.import_policy(session, policy_of(lines), now=NOW)
    _, page, _ = measure_page(login(Role.OFFICE), record)
    assert "<script>alert" not in page
    assert "&lt;b&gt;补助" in page
    assert re.search(r"<mark[^>]*>注册资本500万元以上</mark>", page)


def test_the_rule_is_shown_in_peoples_units(login: Any, policy: Policy) -> None:
    _, page, form = measure_page(login(Role.OFFICE), policy)
    assert "500 万元" in form.values()
    assert "5000000" not in re.sub(r'name="tree" value="[^"]*"', "", page)
    assert "制造业" in page


def test_saving_a_correction_makes_a_new_draft_and_approves_it(
    login: Any, session: Any, policy: Policy
) -> None:
    client = login(Role.OFFICE)
    url, _, form = measure_page(client, policy)
    form[f"text-{key_of(form, 'registered_capital')}"] = "800万元"
    form["max_amount"] = "60万元"
    form["then"] = "approve"
    assert client.post(f"{url}/save", data=form).status_code == 302
    session.expire_all()
    measure = policy.measures[0]
    rules = session.scalars(select(Rule).where(Rule.measure_id == measure.id)).all()
    assert [(r.number, r.state) for r in rules] == [(1, "retired"), (2, "draft")]
    assert rules[1].criteria["all"][0]["value"] == 8_000_000
    assert rules[1].criteria["all"][0]["by"] == rules[1].author == "office"
    assert rules[1].reviewed_by == "office"
    assert (measure.max_amount, measure.review) == (600_000, "reviewed")


def test_a_rule_that_makes_no_sense_is_not_saved(login: Any, session: Any, policy: Policy) -> None:
    client = login(Role.OFFICE)
    url, _, form = measure_page(client, policy)
    form[f"text-{key_of(form, 'registered_capital')}"] = "很多"
    form["closes_on"], form["opens_on"] = "2026-01-01", "2026-02-01"
    answer = client.post(f"{url}/save", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "“很多”不是数字" in page
    assert "截止日期早于开始日期" in page
    assert "很多" in form_of(page).values()
    session.expire_all()
    assert len(policy.measures[0].rules) == 1


def test_the_second_editor_sees_what_the_first_one_changed(
    login: Any, session: Any, policy: Policy
) -> None:
    first, second = login(Role.OFFICE), login(Role.DEPARTMENT)
    url, _, mine = measure_page(first, policy)
    _, _, yours = measure_page(second, policy)
    key = key_of(mine, "registered_capital")
    mine[f"text-{key}"], mine["contact"] = "800万元", "科技局"
    yours[f"text-{key}"] = "300万元"
    assert first.post(f"{url}/save", data=mine).status_code == 302
    answer = second.post(f"{url}/save", data=yours)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "office在您打开之后改过" in page
    assert "≥ 500万元 → ≥ 800万元" in page
    assert "咨询方式：（空） → 科技局" in page
    again = form_of(page)
    assert again[f"text-{key}"] == "300万元"
    assert second.post(f"{url}/save", data=again).status_code == 302
    session.expire_all()
    assert policy.measures[0].rules[-1].criteria["all"][0]["value"] == 3_000_000


@pytest.mark.parametrize(
    ("act", "count"), [("add_fact", 4), ("wrap", 4), ("add_attest", 4), ("refresh", 3)]
)
def test_an_act_answers_with_the_new_tree_and_saves_nothing(
    login: Any, session: Any, policy: Policy, act: str, count: int
) -> None:
    client = login(Role.OFFICE)
    url, _, form = measure_page(client, policy)
    form["act"] = f"{act}:1"
    answer = client.post(f"{url}/tree", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert page.count('class="node ') == count
    session.expire_all()
    assert len(policy.measures[0].rules) == 1


def test_a_scope_of_its_own_can_be_set(login: Any, session: Any, policy: Policy) -> None:
    client = login(Role.OFFICE)
    url, page, form = measure_page(client, policy)
    form["act"] = "own_scope:0"
    fragment = client.post(f"{url}/tree", data=form).get_data(as_text=True)
    whole = f'<form id="rule-form">{fragment}</form>'
    scoped = form_of(whole)
    for name in ("base", "csrf_token", "title", "mode"):
        scoped[name] = form[name]
    assert client.post(f"{url}/save", data=scoped).status_code == 302
    session.expire_all()
    scope = policy.measures[0].rules[-1].scope
    assert scope == {"all": [{"fact": "region", "op": "in", "value": ["530115"], "by": "office"}]}
    assert "原文另有规定" in page


def test_the_reach_follows_what_is_typed(login: Any, session: Any, policy: Policy) -> None:
    for n, capital in enumerate((9_000_000, 6_000_000, 100_000)):
        session.add(
            Enterprise(
                credit_code=f"TEST{n:014d}",
                name=f"企业{n}",
                facts={"region": ["530115"], "industry": ["C"], "registered_capital": capital},
                facts_changed_at=NOW,
            )
        )
    session.flush()
    client = login(Role.OFFICE)
    url, _, form = measure_page(client, policy)

    def counts() -> list[str]:
        page = client.post(f"{url}/reach", data=form).get_data(as_text=True)
        return re.findall(r"<dd>(\d+)</dd>", page)

    assert counts() == ["2", "0", "0", "1"]
    form[f"text-{key_of(form, 'registered_capital')}"] = "800万元"
    assert counts() == ["1", "0", "0", "2"]


def test_a_broken_form_is_refused_in_words(login: Any, policy: Policy) -> None:
    client = login(Role.OFFICE)
    url, _, form = measure_page(client, policy)
    for tree in ("", "[]", '{"n":1,"k":"all","c":[{"n":1,"k":"all","c":[]}]}', "[" * 5000):
        form["tree"] = tree
        answer = client.post(f"{url}/save", data=form)
        assert answer.status_code == 422, tree[:20]
        assert "请刷新页面" in answer.get_data(as_text=True)


def test_publishing_through_the_page(login: Any, session: Any, policy: Policy) -> None:
    client = login(Role.OFFICE)
    page = client.get(f"/desk/policy/{policy.id}").get_data(as_text=True)
    first = policy.measures[0]
    policies.approve(session, first, SYSTEM, NOW)
    session.flush()
    data = {"csrf_token": csrf_of(page), "measure": [str(m.id) for m in policy.measures]}
    refused = client.post(f"/desk/policy/{policy.id}/publish", data=data, follow_redirects=True)
    assert "还没有审核" in refused.get_data(as_text=True)
    data["measure"] = [str(first.id)]
    done = client.post(f"/desk/policy/{policy.id}/publish", data=data, follow_redirects=True)
    assert "已发布 1 项措施" in done.get_data(as_text=True)
    session.expire_all()
    assert (policy.state, policy.published_by) == ("published", "office")
    client.post(f"/desk/policy/{policy.id}/withdraw", data={"csrf_token": csrf_of(page)})
    session.expire_all()
    assert policy.state == "withdrawn"


def test_another_units_policy_can_be_read_but_not_changed(
    login: Any, session: Any, policy: Policy
) -> None:
    other = session.scalars(select(Organisation).where(Organisation.name == "测试区工信局")).one()
    policy.organisation_id, policy.state = other.id, "published"
    session.flush()
    client = login(Role.DEPARTMENT)
    url, page, form = measure_page(client, policy)
    assert "您只能查看" in page
    assert "保存并审核通过" not in page
    assert client.post(f"{url}/save", data=form).status_code == 403
    answer = client.post(
        f"/desk/policy/{policy.id}/withdraw", data={"csrf_token": form["csrf_token"]}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("role", [Role.TOWNSHIP, Role.OFFICER, Role.VIEWER])
def test_other_roles_have_no_desk(login: Any, policy: Policy, role: Role) -> None:
    client = login(role)
    for url in ("/desk/", f"/desk/policy/{policy.id}", f"/desk/measure/{policy.measures[0].id}"):
        assert client.get(url).status_code in (302, 403)


def test_near_versions_and_lineage_are_found(login: Any, session: Any, policy: Policy) -> None:
    newer = policy_of(
        ("测试区支持企业发展若干措施（修订）", *policy_of().text.split("\n")[1:]),
        capital=8_000_000,
    ).model_copy(update={"id": "p-newer", "doc_no": "测政〔2026〕9号"})
    later = policies.import_policy(session, newer, now=NOW)
    client = login(Role.OFFICE)
    page = client.get(f"/desk/policy/{policy.id}/family").get_data(as_text=True)
    assert "相近的文件" in page
    compared = client.get(f"/desk/policy/{later.id}/compare/{policy.id}").get_data(as_text=True)
    assert "≥ 500万元" in compared
    assert "≥ 800万元" in compared


def test_a_policy_knows_what_rests_on_it(login: Any, session: Any, policy: Policy) -> None:
    # mission 1
    detail = policy_of(("测试区贷款贴息实施细则", "第一条 依据若干措施制定本细则。")).model_copy(
        update={
            "id": "p-detail",
            "doc_no": "测科〔2026〕3号",
            "measures": (),
            "references": (Reference(doc_no=policy.doc_no, relation=Relation.IMPLEMENTS),),
        }
    )
    policies.import_policy(session, detail, now=NOW)
    page = login(Role.OFFICE).get(f"/desk/policy/{policy.id}/family").get_data(as_text=True)
    assert "由其落实" in page
    assert "测试区贷款贴息实施细则" in page
    other = session.scalars(select(Policy.id).where(Policy.key == "p-detail")).one()
    drawn = page[page.index("<svg class=") : page.index("</svg>")]
    assert f'<a href="/desk/policy/{other}">' in drawn
    assert "《测试区支持企业发展若干措施》的脉络图" in drawn


def test_a_measure_set_aside_can_come_back(login: Any, session: Any, policy: Policy) -> None:
    client = login(Role.OFFICE)
    url, _, form = measure_page(client, policy)
    token = {"csrf_token": form["csrf_token"]}
    client.post(f"{url}/reject", data={**token, "reason": "不是措施"})
    session.expire_all()
    assert session.get(Measure, policy.measures[0].id).review == "withdrawn"
    client.post(f"{url}/restore", data=token)
    session.expire_all()
    assert session.get(Measure, policy.measures[0].id).review == "machine"


def test_the_base_of_a_form_is_json_that_holds_what_stood_there(login: Any, policy: Policy) -> None:
    _, _, form = measure_page(login(Role.OFFICE), policy)
    base = json.loads(form["base"])
    assert base["rule"] == 1
    assert base["fields"]["title"] == policy.measures[0].title
