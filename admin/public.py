"""
Public pages (企业页面): what the links in a digest open; no sign-in, phone first, no script.

Opening a page records that it was opened and nothing else, since mail scanners open links;
whatever changes something is a POST. A link is its own authority: there is no session here that
another site could misuse, so these pages need no CSRF token (and a mailbox's own unsubscribe
button could not send one).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.clock import business_date, utc_now
from admin.facts import facts_known
from admin.principal import acting_as
from admin.push import receipts
from admin.push.compose import item_from
from admin.push.jobs import signer_of
from admin.push.links import BadLink, ExpiredLink, Purpose
from admin.push.receipts import PORTAL, Visit
from admin.records.digest import Digest
from admin.records.enterprise import Enterprise
from admin.records.preference import FREQUENCIES
from admin.web import writes_on_get
from indexer.structure.topics import THEMES
from policy_match.digest import TRUST, item_rows
from policy_match.domain.facts import FactType
from policy_match.errors import PolicyMatchError

LIMIT = "60 per minute"
VERIFY_LIMIT = "20 per minute"
MAX_NUMBER = 40
public = Blueprint("public", __name__)

DONE = {
    "useful": "谢谢，已记录“有用”。",
    "useless": "谢谢，已记录“没用”。我们会据此改进。",
    "applied": "已记录“已申报”，祝顺利。",
    "contact": "已通知企业专员，一个工作日内与您联系。",
    "not-me": "已停止向这个地址发送，并请企业专员核实联系人。",
    "forward": "已转交企业专员核实，核实后会发给这位同事。",
    "frequency": "推送设置已保存。",
    "unsubscribe": "已退订，不再向这个地址发送推送。随时可以在本页恢复。",
    "answer": "已记录，谢谢。系统会据此重新匹配政策。",
}
UNITS = {FactType.MONEY: "万元", FactType.RATIO: "%"}


def install_public(app: Flask, appbuilder: Any, csrf: CSRFProtect) -> None:
    """Add the public pages, limited in rate."""
    appbuilder.sm.limiter.limit(LIMIT)(public)
    csrf.exempt(public)
    app.register_blueprint(public)
    guarded = appbuilder.sm.limiter.limit(VERIFY_LIMIT)(app.view_functions["public.verify"])
    app.view_functions["public.verify"] = guarded  # numbers could be tried out one after another


Page = Callable[..., Any]


def by_link(purpose: Purpose) -> Callable[[Page], Page]:
    """A page that a link of a purpose opens: reads it, or says clearly why it can't be used."""

    def around(page: Page) -> Page:
        @wraps(page)
        def view(token: str, **values: Any) -> Any:
            signer = signer_of(current_app.extensions["policy_match_settings"])
            try:
                link = signer.read(purpose, token, day=business_date(utc_now()))
            except BadLink:
                return _problem(
                    "链接无效", "链接不完整或被改动过。请从邮件里重新打开完整的链接。", 404
                )
            except ExpiredLink as error:
                return _problem("链接已过期", f"{error}。请查看最近一次推送里的链接。", 410)
            with acting_as(PORTAL):
                who = receipts.visit(_db(), link)
                if who is None or (purpose is Purpose.ITEM and who.item is None):
                    return _problem("内容已删除", "这份推送已不在系统中。", 404)
                return page(who, token, **values)

        return view

    return around


@public.get("/p/<token>")
@writes_on_get
@by_link(Purpose.ITEM)
def item(who: Visit, token: str) -> Any:
    """One item in plain words, with the clause and why it fits."""
    if request.method == "GET":
        receipts.opened(_db(), who, utc_now())
        _db().commit()
    return _item_page(who, token)


@public.post("/p/<token>/<act>")
@by_link(Purpose.ITEM)
def item_act(who: Visit, token: str, act: str) -> Any:
    """What the recipient says about an item."""
    now, form = utc_now(), request.form
    acts: dict[str, Callable[[], object]] = {
        "useful": lambda: receipts.rated(
            _db(), who, useful=True, now=now, reason=form.get("reason", "")
        ),
        "useless": lambda: receipts.rated(
            _db(), who, useful=False, now=now, reason=form.get("reason", "")
        ),
        "applied": lambda: receipts.applied(_db(), who, now),
        "contact": lambda: receipts.wants_contact(_db(), who, now, form.get("note", "")),
        "not-me": lambda: receipts.not_me(_db(), who, now),
        "forward": lambda: receipts.forwarded(
            _db(), who, name=form.get("name", ""), address=form.get("address", ""), now=now
        ),
    }
    if act not in acts:
        return _problem("没有这个操作", "请从页面上的按钮进入。", 404)
    try:
        acts[act]()
    except PolicyMatchError as error:
        _db().rollback()
        return _item_page(who, token, problem=str(error)), 422
    _db().commit()
    return redirect(url_for("public.item", token=token, done=act), 303)


def _item_page(who: Visit, token: str, problem: str = "") -> str:
    assert who.item is not None
    reading = item_from(who.item.content)
    return _render(
        "public/item.html",
        who,
        token=token,
        item=reading,
        rows=item_rows(reading),
        row=who.item,
        settings_token=_token(who, Purpose.SETTINGS),
        problem=problem,
    )


@public.route("/q/<token>", methods=["GET", "POST"])
@by_link(Purpose.QUESTIONS)
def questions(who: Visit, token: str) -> Any:
    """The questions of a digest, each answered by itself."""
    problem = ""
    if request.method == "POST":
        fact = request.form.get("fact", "")
        chosen = request.form.getlist("answer")
        given: str | list[str] = chosen if "many" in request.form else "".join(chosen)
        try:
            receipts.answered(_db(), who, fact, given, utc_now())
        except PolicyMatchError as error:
            _db().rollback()
            problem = str(error)
        else:
            _db().commit()
            return redirect(url_for("public.questions", token=token, done="answer"), 303)
    page = _render(
        "public/questions.html",
        who,
        token=token,
        asked=[_asked(one) for one in who.digest.questions],
        settings_token=_token(who, Purpose.SETTINGS),
        problem=problem,
    )
    return (page, 422) if problem else page


def _asked(one: dict[str, Any]) -> dict[str, Any]:
    spec = facts_known()[one["fact"]]
    return {
        **one,
        "kind": spec.type.value,
        "label": spec.label,
        "unit": UNITS.get(spec.type, spec.unit),
    }


@public.route("/u/<token>", methods=["GET", "POST"])
@by_link(Purpose.SETTINGS)
def settings(who: Visit, token: str) -> Any:
    """How often, about what, or not at all."""
    if request.method == "GET":
        return _settings_page(who, token)
    now, problem = utc_now(), ""
    done = "unsubscribe" if "unsubscribe" in request.form else "frequency"
    try:
        if done == "unsubscribe":
            receipts.unsubscribed(_db(), who, now)
        else:
            receipts.set_frequency(_db(), who, request.form.get("frequency", ""), now)
            receipts.set_themes(_db(), who, request.form.getlist("theme"), now)
    except PolicyMatchError as error:
        _db().rollback()
        problem = str(error)
    if problem:
        return _settings_page(who, token, problem), 422
    _db().commit()
    return redirect(url_for("public.settings", token=token, done=done), 303)


def _settings_page(who: Visit, token: str, problem: str = "") -> str:
    with _db().no_autoflush:
        wish = receipts.preference_of(_db(), who)
        page = _render(
            "public/settings.html",
            who,
            token=token,
            wish=wish,
            frequencies=FREQUENCIES,
            themes=THEMES,
            problem=problem,
        )
        _db().rollback()  # a page that is only looked at makes no preference
    return page


@public.route("/unsubscribe/<token>", methods=["GET", "POST"])
@by_link(Purpose.ONE_CLICK)
def one_click(who: Visit, token: str) -> Any:  # noqa: ARG001 - the route's form
    """The mailbox's own unsubscribe button (RFC 8058): a POST does it, a GET shows the page."""
    if request.method == "POST":
        receipts.unsubscribed(_db(), who, utc_now())
        _db().commit()
    done = "unsubscribe" if request.method == "POST" else None
    return redirect(url_for("public.settings", token=_token(who, Purpose.SETTINGS), done=done), 303)


@public.get("/verify")
@public.get("/verify/<number>")
def verify(number: str = "") -> Any:
    """Whether a digest's number is genuine, without saying what it held."""
    asked = (number or request.args.get("number", "")).strip().upper()[:MAX_NUMBER]
    with acting_as(PORTAL):
        found = _db().execute(
            select(Digest.number, Digest.day, Enterprise.name)
            .join(Enterprise, Enterprise.id == Digest.enterprise_id)
            .where(Digest.number == asked, Digest.state != "cancelled")
        )
        row = found.one_or_none() if asked else None
    shown = {"number": row.number, "day": row.day, "name": masked(row.name)} if row else None
    page = render_template("public/verify.html", asked=asked, found=shown, trust=TRUST)
    return page if row or not asked else (page, 404)


def masked(name: str) -> str:
    """A name that its owner knows again and others don't learn from: 云南××公司."""
    return f"{name[:2]}{'×' * max(2, min(6, len(name) - 4))}{name[-2:]}" if len(name) > 3 else name


def _token(who: Visit, purpose: Purpose) -> str:
    from admin.push.links import Link

    signer = signer_of(current_app.extensions["policy_match_settings"])
    return signer.token(Link(purpose, who.delivery.id), day=who.digest.day)


def _render(template: str, who: Visit, **values: Any) -> str:
    return render_template(
        template,
        who=who,
        done=DONE.get(_done(who, values.get("wish"))),
        trust=TRUST,
        **values,
    )


def _done(who: Visit, wish: Any) -> str:
    """What the address says was done, where it is so: anybody can write an address."""
    said = request.args.get("done", "")
    row = who.item
    facts = {
        "unsubscribe": wish is not None and wish.unsubscribed_at is not None,
        "useful": row is not None and row.useful is True,
        "useless": row is not None and row.useful is False,
        "applied": row is not None and row.applied_at is not None,
    }
    return said if facts.get(said, True) else ""


def _problem(title: str, advice: str, status: int) -> Any:
    return render_template("public/problem.html", title=title, advice=advice), status


def _db() -> Session:
    session: Session = current_app.appbuilder.session  # type: ignore[attr-defined]  # set by Flask-AppBuilder
    return session
