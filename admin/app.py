"""
The web application (管理端应用): `create_app(settings)` builds one, with no state of its own.

It creates no tables and writes no rows: `policy-match admin init` migrates and makes roles.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, redirect, url_for
from flask_appbuilder import AppBuilder
from flask_appbuilder.models.sqla.base import SQLA
from flask_wtf.csrf import CSRFProtect

from admin.audit import install_audit
from admin.celery_app import make_celery
from admin.db import configure_engine, engine_options, read_url
from admin.facts import install_facts
from admin.health import install_health
from admin.lowcode.api import make_api
from admin.lowcode.views import RecordView, make_view
from admin.pages import PAGES, VIEWS, HomeView
from admin.pages.api_docs import OpenApiDocument
from admin.public import install_public
from admin.records import load_records
from admin.scope import install_scope
from admin.secret import secret_key
from admin.security import StaffSecurityManager
from admin.sign_in import install_stamp
from admin.tasks import install_bell
from admin.web import install_web
from policy_match.settings import Settings, check_admin

MAX_UPLOAD_BYTES = 200 * 2**20
APP_NAME = "政策找企业"


def create_app(settings: Settings, *, testing: bool = False) -> Flask:
    """
    Build the admin.

    Args:
        settings: everything it needs, read once at the edge.
        testing: errors are raised, not shown; limits of requests are off.

    Raises:
        SettingsError: production without a secret, a channel without an address.
    """
    check_admin(settings)
    registry = load_records()
    app = Flask("admin", template_folder="templates", static_folder="static")
    app.config.update(_config(settings, testing=testing))
    app.extensions["policy_match_settings"] = settings
    install_web(app)
    install_health(app)
    csrf = CSRFProtect(app)
    db = SQLA(app)
    with app.app_context():
        configure_engine(db.engine)
        install_scope(db.session)
        install_audit(db.session)
        install_facts(db.session)
        install_bell(db.session, _bell(app, settings))
        appbuilder = AppBuilder(
            app,
            db.session,
            indexview=HomeView,
            base_template="admin/base.html",
            security_manager_class=StaffSecurityManager,
            update_perms=False,
        )
        for record_type in registry:
            base = VIEWS.get(record_type.name, RecordView)
            appbuilder.add_view_no_menu(make_view(record_type, base))
            if record_type.api:
                appbuilder.add_api(make_api(record_type))
        appbuilder.add_api(OpenApiDocument)
        for page in PAGES:
            appbuilder.add_view_no_menu(page)
    install_stamp(app)
    install_templates(app, appbuilder)
    install_public(app, appbuilder, csrf)
    return app


def _bell(app: Flask, settings: Settings) -> Any:
    """The task queue that requests ring after they commit."""
    celery = make_celery(settings, flask=app)
    app.extensions["celery"] = celery
    return celery


def _config(settings: Settings, *, testing: bool) -> dict[str, Any]:
    admin = settings.admin
    url = read_url(admin.database_url.value)
    secure = admin.base_url.startswith("https://")
    redis = admin.broker_url.value.startswith(("redis://", "rediss://"))
    return {
        "APP_NAME": APP_NAME,
        "TESTING": testing,
        "SECRET_KEY": secret_key(settings),
        "JWT_ACCESS_TOKEN_EXPIRES": timedelta(hours=1),
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(url),
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "AUTH_ROLE_ADMIN": "系统管理员",
        "AUTH_ROLE_PUBLIC": "未登录",
        "AUTH_RATE_LIMITED": not testing,
        "AUTH_RATE_LIMIT": "10 per minute",
        "RATELIMIT_ENABLED": not testing,
        "RATELIMIT_STORAGE_URI": admin.broker_url.value if redis else "memory://",
        "FAB_ADD_OPENAPI_VIEWS": False,  # the page and the document are ours: admin.pages.api_docs
        "BABEL_DEFAULT_LOCALE": "zh",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "LANGUAGES": {"zh": {"flag": "cn", "name": "中文"}},
        "MAX_CONTENT_LENGTH": MAX_UPLOAD_BYTES,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_NAME": "policy_match_session",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=10),
        "WTF_CSRF_TIME_LIMIT": 8 * 3600,
        "WTF_CSRF_SSL_STRICT": False,
        "UPLOAD_FOLDER": str(Path(settings.home) / "uploads"),
    }


def install_templates(app: Flask, appbuilder: Any) -> None:
    """What every template may use: the navigation, how values are shown, our icons."""
    from admin.lowcode import values
    from admin.navigation import navigation

    app.context_processor(
        lambda: {"navigation": lambda: navigation(appbuilder), "appbuilder": appbuilder}
    )
    app.jinja_env.globals.update(
        show_value=values.show,
        typed_value=values.typed,
        moment_words=values.moment_words,
        code_words=values.code_words,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.add_url_rule(
        "/favicon.ico", "favicon", lambda: redirect(url_for("static", filename="favicon.svg"))
    )
