"""
The sample in the database (样例数据): units, enterprises, officers, policies, activities, appeals.

Enterprises and policies are those that the library bundles; all are invented and marked 样例.
Running it again adds only what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from admin.clock import business_date
from admin.facts import state_fact
from admin.importing import import_files
from admin.policies import approve, draft_of, problems_of, publish
from admin.principal import SYSTEM, acting_as
from admin.records.activity import Activity
from admin.records.appeal import Appeal
from admin.records.enterprise import Enterprise, EnterpriseContact
from admin.records.officer import Assignment, Officer
from admin.records.organisation import Organisation
from admin.records.person import Person
from admin.records.policy import Policy
from policy_match.domain.codes import code_table
from policy_match.errors import InputError
from policy_match.sample import sample_folder

MARK = "样例"
OFFICE = "晋宁区营商环境办"
DISTRICT = "530115"
Part = Callable[[Session, Path, datetime], str]
DEPARTMENTS = (
    "晋宁区发展和改革局",
    "晋宁区工业和信息化局",
    "晋宁区科技局",
    "晋宁区财政局",
    "晋宁区人力资源和社会保障局",
    "晋宁区自然资源局",
    "晋宁区商务局",
    "晋宁区市场监督管理局",
    "国家税务总局昆明市晋宁区税务局",
)


def seed(sessions: sessionmaker[Session], *, now: datetime) -> Iterator[str]:
    """Write the sample (写入样例), each part in a transaction of its own; says what it did."""
    with sample_folder() as folder, acting_as(SYSTEM):
        yield from _parts((_units, _enterprises, _officers), sessions, folder, now)
        yield _read_policies(sessions, folder, now)
        with sessions() as session:
            yield _publish(session, now)
        yield from _parts((_activities, _appeals), sessions, folder, now)


def _parts(
    parts: Iterable[Part], sessions: sessionmaker[Session], folder: Path, now: datetime
) -> Iterator[str]:
    for part in parts:
        with sessions() as session:
            yield part(session, folder, now)
            session.commit()


def _units(session: Session, _folder: Path, _now: datetime) -> str:
    have = set(session.scalars(select(Organisation.name)))
    office = session.scalars(select(Organisation).where(Organisation.name == OFFICE)).first()
    if office is None:
        office = Organisation(name=OFFICE, kind="office", region=DISTRICT, landline="0871-00000000")
        session.add(office)
    units = [
        Organisation(name=name, kind="department", region=DISTRICT, parent=office)
        for name in DEPARTMENTS
        if name not in have
    ]
    units += [
        Organisation(name=name, kind="township", region=code, parent=office)
        for code, name in _townships()
        if name not in have
    ]
    session.add_all(units)
    return f"机构：新增 {len(units)} 个"


def _townships() -> Iterator[tuple[str, str]]:
    table = code_table("region")
    for code in table:
        if len(code) == 9 and code.startswith(DISTRICT):
            yield code, str(table.label_of(code))


def _enterprises(session: Session, folder: Path, now: datetime) -> str:
    have = set(session.scalars(select(Enterprise.credit_code)))
    by_region = {
        unit.region: unit
        for unit in session.scalars(select(Organisation).where(Organisation.kind == "township"))
    }
    office = session.scalars(select(Organisation).where(Organisation.name == OFFICE)).one()
    count = 0
    with (folder / "enterprises.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if record["credit_code"] not in have:
                count += 1
                region = _first(record["facts"].get("region"))
                unit = by_region.get((region or "")[:9], office)
                _add_enterprise(session, record, unit, count, now)
    return f"企业：新增 {count} 家"


def _add_enterprise(
    session: Session, record: Mapping[str, Any], unit: Organisation, number: int, now: datetime
) -> None:
    facts = record["facts"]
    founded = _value(facts.get("established_on"))
    one = Enterprise(
        credit_code=record["credit_code"],
        name=record["name"],
        organisation=unit,
        region=_first(facts.get("region")),
        industry=_first(facts.get("industry")),
        founded_on=date.fromisoformat(founded) if founded else None,
        business_scope=record.get("business_scope"),
        address=record.get("address"),
        attested=record.get("attested") or {},
        note=f"{MARK}：虚构企业",
    )
    session.add(one)
    for name, stated in facts.items():
        if _value(stated) is None:
            continue  # said to be unknown
        day = stated.get("as_of") if isinstance(stated, dict) else None
        source = stated.get("source") if isinstance(stated, dict) else None
        state_fact(
            session,
            one,
            name,
            _value(stated),
            source=source or MARK,
            now=now,
            as_of=date.fromisoformat(day) if day else None,
            stated_by=MARK,
        )
    contact = EnterpriseContact(name=f"{MARK}联系人{number}", email=f"contact{number}@example.com")
    one.contacts.append(contact)


def _value(stated: Any) -> Any:
    return stated["value"] if isinstance(stated, dict) and "value" in stated else stated


def _first(stated: Any) -> str | None:
    value = _value(stated)
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, str) else None


def _officers(session: Session, _folder: Path, _now: datetime) -> str:
    count = 0
    townships = session.scalars(select(Organisation).where(Organisation.kind == "township"))
    for number, unit in enumerate(townships.all(), 1):
        name = f"{MARK}专员{number}"
        if session.scalars(select(Person.id).where(Person.name == name)).first():
            continue
        person = Person(name=name, organisation=unit, position="企业专员", landline="0871-00000000")
        officer = Officer(person=person, landline="0871-00000000", duties="政策咨询、诉求代办")
        session.add(officer)
        looked_after = select(Enterprise).where(Enterprise.organisation_id == unit.id)
        for enterprise in session.scalars(looked_after):
            session.add(Assignment(officer=officer, enterprise=enterprise))
        count += 1
    return f"企业专员：新增 {count} 名，各负责本乡镇（街道）的企业"


def _read_policies(sessions: sessionmaker[Session], folder: Path, now: datetime) -> str:
    counts: dict[str, int] = {}
    reports = import_files(
        sessions, [folder / "policies"], as_of=business_date(now), now=now, organisation=OFFICE
    )
    for report in reports:
        counts[report.status] = counts.get(report.status, 0) + 1
    return f"政策：读取 {counts.get('added', 0)} 份，送到审核台"


def _publish(session: Session, now: datetime) -> str:
    """Publish what can be: a policy that lacks something waits at the desk, as a real one would."""
    published = waiting = 0
    drafts = session.scalars(select(Policy).where(Policy.state != "published")).all()
    for policy in drafts:
        sound = [one for one in policy.measures if _approved(session, one, now)]
        if problems_of(policy, sound):
            waiting += 1
            continue
        publish(session, policy, sound, SYSTEM, now)
        published += 1
    session.commit()
    return f"发布：{published} 个政策；{waiting} 个留在审核台，等工作人员补齐或核对"


def _approved(session: Session, measure: Any, now: datetime) -> bool:
    if draft_of(measure) is None:
        return False
    try:
        approve(session, measure, SYSTEM, now)
    except InputError:  # a rule that can't be decided stays at the desk
        return False
    return True


def _activities(session: Session, _folder: Path, now: datetime) -> str:
    if session.scalar(select(func.count()).select_from(Activity)):
        return "活动：已有，未改动"
    officers = session.scalars(select(Officer).limit(3)).all()
    kinds = (("visit", "走访"), ("reception_day", "企业接待日"), ("talk", "政企同心谈"))
    for number, (officer, (kind, word)) in enumerate(zip(officers, kinds, strict=False)):
        unit = officer.person.organisation
        of_unit = select(Enterprise).where(Enterprise.organisation_id == unit.id).limit(2)
        session.add(
            Activity(
                kind=kind,
                title=f"{MARK}：{word}",
                organisation=unit,
                officer=officer,
                starts_at=now + timedelta(days=number + 1),
                place=unit.name,
                enterprises=list(session.scalars(of_unit)),
            )
        )
    return f"活动：新增 {len(officers)} 场"


def _appeals(session: Session, _folder: Path, now: datetime) -> str:
    if session.scalar(select(func.count()).select_from(Appeal)):
        return "诉求：已有，未改动"
    texts = (
        ("land_energy", "用电增容办理慢", "生产线扩建需要增容，希望明确办理时限。"),
        ("finance_tax", "研发补助怎么申报", "不清楚需要哪些材料，找谁咨询。"),
        ("talent", "技术工人难招", "希望组织专场招聘。"),
    )
    enterprises = session.scalars(select(Enterprise).order_by(Enterprise.id).limit(3)).all()
    day = business_date(now)
    for one, (topic, title, words) in zip(enterprises, texts, strict=False):
        session.add(
            Appeal(
                number=f"SQ{day:%Y%m%d}-{MARK}{one.id}",
                title=f"{MARK}：{title}",
                text=words,
                topic=topic,
                enterprise=one,
                organisation=one.organisation,
                received_on=day,
            )
        )
    return f"诉求：新增 {len(enterprises)} 件"
