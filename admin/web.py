"""
What every response carries and every request starts with (网页公共部分).

Security headers with a nonce for scripts, Chinese error pages, who acts, whether the request only
reads, and a correlation id in the log.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask, Response, g, jsonify, render_template, request
from flask.json.provider import DefaultJSONProvider
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden, HTTPException, TooManyRequests

from admin.db import is_reading_only, set_reading_only
from admin.principal import NOBODY, peek_principal, set_principal

_CSP = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
MAX_JSON_BYTES = 2 * 2**20  # of a body of the API; files come by forms
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_MESSAGES = {
    400: ("请求有误", "请返回上一页检查后重试。"),
    401: ("请先登录", "登录已过期或尚未登录。"),
    403: ("没有权限", "您的角色不能打开这个页面。如需要，请联系系统管理员。"),
    404: ("没有找到", "记录不存在、已删除，或不在您的数据范围内。"),
    405: ("操作方式不对", "请从页面上的按钮进入。"),
    409: ("已被别人修改", "请刷新页面后重试。"),
    413: ("文件太大", "一次上传的文件合计不能超过 {limit} MB。请分几次上传。"),
    429: ("操作太频繁", "请稍等一分钟再试。"),
    500: ("系统出错了", "错误已记录，编号 {id}。请把编号告诉系统管理员。"),
}


class Json(DefaultJSONProvider):
    """JSON whose nesting exhausts the interpreter is a wrong body, not a fault of ours."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """
        Read JSON.

        Raises:
            ValueError: it is none, or nested too deeply.
        """
        try:
            return super().loads(s, **kwargs)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def install_web(app: Flask) -> None:
    """Set up headers, error pages and the start of every request."""
    app.json = Json(app)
    app.before_request(_start)
    app.after_request(_finish)
    app.teardown_request(_end)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _crash)
    app.register_error_handler(CSRFError, _csrf)
    app.jinja_env.globals["csp_nonce"] = lambda: g.get("nonce", "")


def writes_on_get(view: Any) -> Any:
    """Mark a page that records something though it is only opened (receipts of links)."""
    view.writes_on_get = True
    return view


def reads_on_post(view: Any) -> Any:
    """Mark an answer that only reads though it is posted, so that it never waits for a writer."""
    view.reads_on_post = True
    return view


def _start() -> None:
    g.nonce = secrets.token_urlsafe(16)
    g.request_id = secrets.token_hex(6)
    g.outer = (peek_principal(), is_reading_only())
    set_principal(NOBODY)
    if _wants_json():
        request.max_content_length = MAX_JSON_BYTES
    view = app_view()
    reads = request.method in ("GET", "HEAD", "OPTIONS")
    if getattr(view, "reads_on_post", False):
        reads = True
    set_reading_only(reads and not getattr(view, "writes_on_get", False))


def app_view() -> Any:
    """The function that will answer this request, or None."""
    from flask import current_app

    return current_app.view_functions.get(request.endpoint or "")


def _finish(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", _CSP.format(nonce=g.get("nonce", "")))
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _end(_error: BaseException | None) -> None:
    principal, reads = g.pop("outer", (None, False))
    set_principal(principal)
    set_reading_only(reads)


def _wants_json() -> bool:
    return request.path.startswith("/api/")


class NotYours(Forbidden):
    """A record may be seen and not changed; the description is what people read (只能查看)."""


class TooOften(TooManyRequests):
    """Something was tried too often; the description says for how long to wait (次数太多)."""


def _http_error(error: HTTPException) -> Any:
    code = error.code or 500
    if error.response is not None:
        return error.response
    said = code == 422 or isinstance(
        error, NotYours | TooOften
    )  # else werkzeug's words, in English
    return _page(code, error.description if said else "")


def _csrf(_error: CSRFError) -> Any:
    if _wants_json():
        return jsonify(message="缺少或过期的 CSRF 令牌"), 400
    g.user = current_user  # Flask-AppBuilder sets it later than the check of the token
    title, advice = "页面已过期", "为了安全，打开太久的表单需要刷新后再提交。"
    return render_template("admin/error.html", title=title, advice=advice), 400


def _crash(error: Exception) -> Any:
    from flask import current_app

    current_app.logger.exception("request %s failed", g.get("request_id", ""), exc_info=error)
    session = current_app.appbuilder.session  # type: ignore[attr-defined]  # set by Flask-AppBuilder
    session.rollback()
    return _page(500)


def _page(code: int, detail: str | None = "") -> Any:
    from flask import current_app

    g.setdefault("user", current_user)  # an error may come before Flask-AppBuilder sets it
    title, advice = _MESSAGES.get(code, ("出错了", "请返回上一页重试。"))
    if code == 413 and _wants_json():
        return jsonify(message=f"请求正文太大：不能超过 {MAX_JSON_BYTES // 2**20} MB"), code
    limit = (current_app.config.get("MAX_CONTENT_LENGTH") or 0) // 2**20
    advice = detail or advice.format(limit=limit, id=g.get("request_id", ""))
    if _wants_json():
        return jsonify(message=f"{title}：{advice}"), code
    return render_template("admin/error.html", title=title, advice=advice), code
