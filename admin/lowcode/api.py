"""
The REST resource of a record type (接口): `/api/v1/NAME/`, beside `/api/v1/security/login`.

Flask-AppBuilder signs in, asks for permissions and collects the OpenAPI; values, row scope and
masking are those of the pages. ETag and If-Match guard against lost updates, Idempotency-Key
against records made twice.
"""

from __future__ import annotations

from typing import Any

from flask import Response, g, json, make_response, request
from flask_appbuilder.api import BaseApi, expose
from flask_appbuilder.security.decorators import permission_name, protect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import BadRequest

from admin.clock import utc_now
from admin.lowcode import exchange, idempotency, listing, service
from admin.lowcode.openapi import paths_of, schemas_of
from admin.lowcode.record_type import RecordType
from admin.principal import current_principal
from admin.scope import is_changeable

NOT_JSON = "请求正文不是 JSON，或嵌套过深；请核对正文，并设 Content-Type: application/json"
_METHODS = {
    "get_list": "list",
    "get": "show",
    "post": "add",
    "put": "edit",
    "delete": "delete",
}


class RecordApi(BaseApi):  # type: ignore[misc]  # Flask-AppBuilder ships no types
    """The resource of one record type; made by `make_api`."""

    record_type: RecordType

    def db(self) -> Session:
        """The request's session."""
        session: Session = self.appbuilder.session
        return session

    @expose("/", methods=["GET"])
    @protect()
    @permission_name("list")
    def get_list(self) -> Response:
        """One page of the records in scope."""
        try:
            query, size = exchange.list_query(self.record_type, request.args)
        except service.FormErrors as error:
            return self._refused(error)
        page = listing.list_page(
            self.db(),
            self.record_type,
            query,
            size=size,
            loads=exchange.loads(self.record_type),
            exact=True,
        )
        personal = current_principal().sees_personal
        rows = [
            exchange.to_json(self.record_type, row, personal=personal, whole=False)
            for row in page.rows
        ]
        return _answer(200, count=page.total, page=page.number, page_size=size, result=rows)

    @expose("/<int:pk>", methods=["GET"])
    @protect()
    @permission_name("show")
    def get(self, pk: int) -> Response:
        """One record; 304 where the caller has it already."""
        record = service.get_record(self.db(), self.record_type, pk)
        if record is None:
            return self.response_404()
        answer = self._given(200, record)
        answer.make_conditional(request)
        return answer

    @expose("/", methods=["POST"])
    @protect()
    @permission_name("add")
    def post(self) -> Response:
        """A new record."""
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return self._create()
        hashed = idempotency.request_hash(request.path, request.get_data())
        try:
            return self._once(idempotency.check_key(key), hashed)
        except idempotency.KeyReused as error:
            return _answer(409, message=str(error))
        except ValueError as error:
            return _answer(400, message=str(error))

    def _once(self, key: str, hashed: str) -> Response:
        user_id = int(g.user.id)
        earlier = idempotency.earlier_answer(self.db(), user_id, key, hashed)
        if earlier is None:
            answer = self._create(key=key, hashed=hashed)
            if answer.status_code != 409:
                return answer
            # another request with the same key may have been faster; else the conflict stands
            earlier = idempotency.earlier_answer(self.db(), user_id, key, hashed)
            if earlier is None:
                return answer
        replay = make_response(earlier[1], earlier[0])
        replay.headers["Content-Type"] = "application/json; charset=utf-8"
        replay.headers["Idempotent-Replayed"] = "true"
        return replay

    def _create(self, *, key: str = "", hashed: str = "") -> Response:
        session = self.db()
        record = service.new_record(self.record_type)
        problem = self._written(record, is_new=True)
        if problem is not None:
            return problem
        try:
            session.commit() if not key else self._keep(record, key, hashed)
        except IntegrityError:
            session.rollback()
            return _answer(409, message="与已有的记录重复，请检查编号、名称或代码")
        return self._given(201, record)

    def _keep(self, record: Any, key: str, hashed: str) -> None:
        session = self.db()
        service.settle(session)
        body = self._given(201, record).get_data(as_text=True)
        idempotency.keep_answer(session, int(g.user.id), key, hashed, 201, body, utc_now())
        session.commit()

    @expose("/<int:pk>", methods=["PUT"])
    @protect()
    @permission_name("edit")
    def put(self, pk: int) -> Response:
        """Change the fields that are given; If-Match says which state they were read from."""
        record = service.get_record(self.db(), self.record_type, pk)
        if record is None:
            return self.response_404()
        if not is_changeable(self.db(), record):
            return _answer(403, message=service.NOT_YOURS)
        problem = self._stale(record) or self._written(record, is_new=False)
        if problem is not None:
            return problem
        refused = self._committed()
        return refused or self._given(200, record)

    @expose("/<int:pk>", methods=["DELETE"])
    @protect()
    @permission_name("delete")
    def delete(self, pk: int) -> Response:
        """Delete a record that nothing refers to."""
        record = service.get_record(self.db(), self.record_type, pk)
        if record is None:
            return self.response_404()
        if not is_changeable(self.db(), record):
            return _answer(403, message=service.NOT_YOURS)
        problem = self._stale(record)
        if problem is not None:
            return problem
        self.db().delete(record)
        return self._committed() or _answer(200, message=f"已删除{self.record_type.label}")

    def _committed(self) -> Response | None:
        try:
            problem = service.commit(self.db(), self.record_type)
        except StaleDataError:
            self.db().rollback()
            return _answer(412, message="这条记录刚被别人修改，请重新读取后再改")
        return _answer(409, message=problem) if problem else None

    def _stale(self, record: Any) -> Response | None:
        """Refuse a change that was made from another state than the present one."""
        if "If-Match" not in request.headers:
            return _answer(428, message="请带上 If-Match 请求头：读取记录时 ETag 的值")
        if request.if_match.contains(exchange.etag_of(self.record_type, record)):
            return None
        return _answer(412, message="这条记录已被别人修改，请重新读取后再改")

    def _written(self, record: Any, *, is_new: bool) -> Response | None:
        """Put what was sent into a record and flush it; the answer where it is refused."""
        session = self.db()
        try:
            body = request.get_json()
        except BadRequest:
            return _answer(400, message=NOT_JSON)
        except UnicodeError:
            return _answer(400, message="请求正文不是 UTF-8 编码的 JSON")
        try:
            problem = self._write(record, body, is_new=is_new)
        except service.FormErrors as error:
            session.rollback()
            return self._refused(error)
        except IntegrityError:
            problem = "与已有的记录重复，或引用的记录刚被删除"
        except StaleDataError:
            session.rollback()
            return _answer(412, message="这条记录刚被别人修改，请重新读取后再改")
        if problem:
            session.rollback()
            return _answer(409, message=problem)
        return None

    def _write(self, record: Any, body: Any, *, is_new: bool) -> str | None:
        """Write what was sent, uncommitted; says in words what it is a duplicate of."""
        session, record_type = self.db(), self.record_type
        values = exchange.read_json(session, record_type, body, is_new=is_new, record=record)
        service.apply_values(record_type, record, values)
        with session.no_autoflush:
            problem = service.duplicate_of(session, record_type, record)
        if problem:
            return problem
        session.add(record)
        session.flush()
        self._write_extras(record, body)
        session.flush()
        if not is_changeable(session, record):
            raise service.FormErrors({"": service.OUT_OF_SCOPE})
        return None

    def _write_extras(self, record: Any, body: dict[str, Any]) -> None:
        for extra in self.record_type.extras:
            if extra.name in body:
                extra.write(self.db(), record, body[extra.name], utc_now())

    def _given(self, status: int, record: Any) -> Response:
        personal = current_principal().sees_personal
        shown = exchange.to_json(self.record_type, record, personal=personal, whole=True)
        answer = _answer(status, id=record.id, result=shown)
        answer.set_etag(exchange.etag_of(self.record_type, record))
        if status == 201:
            answer.headers["Location"] = f"{request.path}{record.id}"
        return answer

    def _refused(self, error: service.FormErrors) -> Response:
        status = 409 if isinstance(error, service.IsSettled) else 422
        return _answer(status, message=str(error), errors=error.errors)

    def response_403(self) -> Response:
        """No permission, in Chinese."""
        return _answer(403, message="没有权限：您的角色不能做这件事")

    def response_404(self) -> Response:
        """Not there, or not in scope, in Chinese."""
        return _answer(404, message="没有找到：记录不存在、已删除，或不在您的数据范围内")

    def add_api_spec(self, api_spec: Any) -> None:
        """Say in the OpenAPI what there is, from the declaration."""
        for name, schema in schemas_of(self.record_type).items():
            api_spec.components.schema(name, schema)
        for path, operations in paths_of(self.record_type, self.include_route_methods).items():
            api_spec.path(path=path, operations=operations)


def _answer(status: int, **body: Any) -> Response:
    answer = make_response(json.dumps(body, ensure_ascii=False), status)
    answer.headers["Content-Type"] = "application/json; charset=utf-8"
    return answer


def make_api(record_type: RecordType) -> type[Any]:
    """The resource of a type; a method that no role may use has no address."""
    acts = frozenset[str]().union(*record_type.access.values())
    return type(
        f"{record_type.name.title().replace('_', '')}Api",
        (RecordApi,),
        {
            "record_type": record_type,
            "resource_name": record_type.name,
            "class_permission_name": record_type.name,
            "base_permissions": [f"can_{act}" for act in sorted(acts)],
            "include_route_methods": {m for m, act in _METHODS.items() if act in acts},
            "access": record_type.access,
        },
    )
