"""
Pages beside the lists of records (页面): the home page, and types with a page of their own.

`PAGES` are added to the application; `VIEWS` give a record type a view of its own.
"""

from __future__ import annotations

from typing import Any

from admin.lowcode.views import RecordView
from admin.pages.api_docs import ApiDocsView
from admin.pages.codes import CodesView
from admin.pages.desk import DeskView
from admin.pages.digest import DeliveryPage, DigestPage
from admin.pages.enterprise import EnterprisePage
from admin.pages.home import HomeView
from admin.pages.job import JobPage
from admin.pages.metrics import MetricsView
from admin.pages.policy import PolicyPage
from admin.pages.review import ReviewView
from admin.pages.search import SearchView
from admin.pages.trail import TrailView
from admin.pages.users import PasswordView, UsersView

PAGES: tuple[Any, ...] = (
    DeskView,
    ReviewView,
    SearchView,
    CodesView,
    UsersView,
    PasswordView,
    TrailView,
    MetricsView,
    ApiDocsView,
)
VIEWS: dict[str, type[RecordView]] = {
    "delivery": DeliveryPage,
    "digest": DigestPage,
    "enterprise": EnterprisePage,
    "job": JobPage,
    "policy": PolicyPage,
}

__all__ = ["PAGES", "VIEWS", "HomeView"]
