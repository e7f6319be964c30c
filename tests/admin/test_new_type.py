"""A new record type is one file: list, form, API and template come from its declaration."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from admin.lowcode.record_type import REGISTRY
from admin.lowcode.workbook import template
from admin.principal import SYSTEM, Role, acting_as
from admin.setup import init_database
from policy_match.settings import load_settings

SOURCE = '''
"""观察点: a place where the climate for business is watched."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from admin.db import Record
from admin.lowcode.record_type import Field, Group, REGISTRY, RecordType


class WatchPoint(Record):
    """A watch point (观察点)."""

    __tablename__ = "watch_point"

    name: Mapped[str] = mapped_column(String(60))

    def __str__(self) -> str:
        return self.name


REGISTRY.add(
    RecordType(
        model=WatchPoint,
        name="watch_point",
        label="观察点",
        menu="服务",
        form=(Group("观察点", (Field("name", "名称", "单位全称"),)),),
        columns=("name",),
        search=("name",),
        key="name",
        api=True,
    )
)
'''


@pytest.fixture
def new_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The type of one new file, taken out again afterwards."""
    (tmp_path / "watch_point.py").write_text(textwrap.dedent(SOURCE), "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    __import__("watch_point")
    yield REGISTRY["watch_point"]
    one = REGISTRY["watch_point"]
    REGISTRY.remove("watch_point")
    one.model.metadata.remove(one.model.__table__)
    one.model.registry._dispose_cls(one.model)
    sys.modules.pop("watch_point")


def test_one_file_gives_list_form_api_and_template(new_type: Any, tmp_path: Path) -> None:
    from admin.app import create_app
    from admin.setup import add_user
    from tests.admin.conftest import PASSWORD, csrf_of

    settings = load_settings({"POLICY_MATCH_HOME": str(tmp_path / "home")}, dotenv=None)
    list(init_database(settings))
    app = create_app(settings, testing=True)
    with app.app_context(), acting_as(SYSTEM):
        engine = app.extensions["sqlalchemy"].engine
        new_type.model.__table__.create(engine)
    add_user(app, username="office", password=PASSWORD, role=Role.OFFICE)
    client = app.test_client()
    token = csrf_of(client.get("/login/").get_data(as_text=True))
    client.post("/login/", data={"username": "office", "password": PASSWORD, "csrf_token": token})
    form = client.get("/watch_point/add").get_data(as_text=True)
    assert "单位全称" in form
    made = client.post("/watch_point/add", data={"csrf_token": csrf_of(form), "name": "东站"})
    assert made.status_code == 302
    assert "东站" in client.get("/watch_point/list/?q=东").get_data(as_text=True)
    signed_in = client.post(
        "/api/v1/security/login",
        json={"username": "office", "password": PASSWORD, "provider": "db"},
    )
    bearer = {"Authorization": f"Bearer {signed_in.json['access_token']}"}
    answer = client.get("/api/v1/watch_point/", headers=bearer)
    assert [row["name"] for row in answer.json["result"]] == ["东站"]
    spec = client.get("/api/v1/_openapi", headers=bearer).json
    assert spec["components"]["schemas"]["WatchPoint"]["properties"]["name"]["title"] == "名称"
    assert [cell.value for cell in load_workbook(template(new_type)).worksheets[0][1]] == ["名称"]
    with app.app_context():
        app.appbuilder.session.remove()
        engine.dispose()
