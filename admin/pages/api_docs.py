"""接口文档: the OpenAPI of the REST resources, shown by the Swagger UI that the admin carries."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import request
from flask_appbuilder.api.manager import OpenApi
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access

from admin.lowcode.record_type import Access
from admin.principal import Role

READERS = (Role.ADMIN, Role.OFFICE, Role.DEPARTMENT)


class OpenApiDocument(OpenApi):  # type: ignore[misc]  # Flask-AppBuilder ships no types
    """The OpenAPI document (接口说明文件)."""

    class_permission_name = "openapi"
    access: ClassVar[Access] = dict.fromkeys(READERS, frozenset({"get"}))


class ApiDocsView(BaseView):  # type: ignore[misc]  # Flask-AppBuilder ships no types
    """The page that shows it (接口文档)."""

    route_base = "/api-docs"
    class_permission_name = "api_docs"
    default_view = "show"
    access: ClassVar[Access] = dict.fromkeys(READERS, frozenset({"show"}))
    title, menu, icon = "接口文档", "系统", "book"

    @expose("/")
    @has_access
    def show(self) -> Any:
        """All resources, to read and to try."""
        return self.render_template(
            "admin/swagger.html", openapi_uri=f"{request.script_root}/api/v1/_openapi"
        )
