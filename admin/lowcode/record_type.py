"""
A record type, declared once (记录类型).

The declaration reads like a form: groups of fields with labels and help texts. From it come the
list, show and edit pages, the search, the filters, the xlsx template, import and export, the
REST resource, the chart, and who may do what. `admin/records/` holds one file a type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import Boolean, Date, Integer, Numeric, String, Text, inspect
from sqlalchemy.orm import RelationshipProperty

from admin.db import Record, UtcDateTime
from admin.lowcode.finding import declare_search
from admin.lowcode.indexes import declare_indexes
from admin.principal import Role

Choices = Sequence[tuple[str, str]]


class Kind(StrEnum):
    """How a field is shown and typed (字段类型)."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"  # kept in yuan, typed and shown in 万元
    DATE = "date"
    MOMENT = "moment"
    BOOL = "bool"
    CODE = "code"  # a code of a national table, picked by name, code or pinyin initials
    REFERENCE = "reference"
    REFERENCES = "references"
    COMPUTED = "computed"  # a property; shown, never typed


@dataclass(frozen=True, slots=True)
class Field:
    """
    One field (字段).

    Args:
        name: the attribute of the model; a relationship's name for a reference.
        label: what people call it.
        help: a sentence under the field.
        kind: how it is typed; told from the column where left out.
        choices: value and label of each choice.
        code_set: the code table of a `CODE` field (region, industry).
        required: whether it must be filled; told from the column where left out.
        personal: masked for those who may not see personal data.
        mentions: a text in which addresses and telephone numbers may stand; those are masked.
        read_only: shown, never typed.
        default: what a new record starts with; a function is called.
        show: how the value is shown where it is not its plain text.
        check: raises ValueError with a Chinese sentence for a value that makes no sense.
    """

    name: str
    label: str
    help: str = ""
    kind: Kind | None = None
    choices: Choices = ()
    code_set: str | None = None
    required: bool | None = None
    personal: bool = False
    mentions: bool = False
    read_only: bool = False
    default: Any = None
    show: Callable[[Any], str] | None = None
    check: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together on a page (分组)."""

    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Counts by one column; each bar links to its records (图表)."""

    by: str
    title: str


@dataclass(frozen=True, slots=True)
class Related:
    """Records of another type that refer to this one (相关记录)."""

    type: str
    by: str  # the reference on the other type that points here
    title: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extra:
    """
    What a type gives and takes beside its columns (附加内容): the facts of an enterprise.

    Args:
        name: its key in the API.
        label: what people call it.
        read: gives it, in the exchange form.
        write: takes it (session, record, value, now); raises FormErrors.
        schema: what the OpenAPI says of it.
        state: what changes with it, for the ETag.
        columns: label and hint of each column it adds to workbooks.
        cells: takes a row's cells of those columns (session, record, {label: cell}, now) and says
            whether that changed anything; raises FormErrors by label.
    """

    name: str
    label: str
    read: Callable[[Any], Any]
    write: Callable[[Any, Any, Any, datetime], None]
    schema: dict[str, Any]
    state: Callable[[Any], str]
    columns: Callable[[], Mapping[str, str]]
    cells: Callable[[Any, Any, Mapping[str, Any], datetime], bool]


CRUD = frozenset({"list", "show", "add", "edit", "delete", "export", "import"})
EDIT = frozenset({"list", "show", "add", "edit", "export", "import"})
CHANGE = frozenset({"list", "show", "edit", "export"})
READ = frozenset({"list", "show", "export"})
NONE: frozenset[str] = frozenset()

Access = Mapping[Role, frozenset[str]]


def access(
    office: frozenset[str] = CRUD,
    department: frozenset[str] = READ,
    township: frozenset[str] = READ,
    officer: frozenset[str] = READ,
    viewer: frozenset[str] = READ,
    admin: frozenset[str] = CRUD,
) -> Access:
    """Who may do what with a type; whoever is not named may read what is in scope (权限)."""
    return {
        Role.ADMIN: admin,
        Role.OFFICE: office,
        Role.DEPARTMENT: department,
        Role.TOWNSHIP: township,
        Role.OFFICER: officer,
        Role.VIEWER: viewer,
    }


class Settled(ValueError):
    """A record's state forbids what a `before_save` was asked to let through (已定稿)."""


@dataclass(frozen=True)  # no slots: what follows from the declaration is worked out once
class RecordType:
    """
    A record type (记录类型).

    Args:
        model: its table.
        name: its name in addresses and permissions: small letters, `_`.
        label: what people call one record.
        menu: the menu it stands in; None for none.
        form: its fields in groups, in the order of the page.
        columns: the fields of the list.
        search: the text columns that the search box looks into.
        filters: the fields to filter by.
        order: the column to order by, and whether descending.
        large: holds hundred thousands of records; each column that its list can be ordered by has
            an index (the filters of every type have).
        key: the column that tells records apart in an import (credit_code, number).
        imports: the fields of the xlsx template; those that can be typed where left out.
        related: what is shown below a record.
        api: the resource `/api/v1/NAME/` exists; the fields it takes on POST and PUT are those
            that can be typed.
        chart: a chart above the list.
        access: who may do what.
        empty: what the list says when there is nothing: what to do about it.
        help: one sentence below the title of the list.
        actions: link texts and functions of a record to an address, shown on its page.
        before_save: called with the record before it is written; raises ValueError in Chinese,
            or Settled where not the values are wrong but the record may not be changed so.
        show_template: a page of its own instead of the plain one.
        icon: a name of an icon.
        extras: what the API and workbooks carry beside the columns.
    """

    model: type[Record]
    name: str
    label: str
    form: tuple[Group, ...]
    columns: tuple[str, ...]
    menu: str | None = None
    search: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    order: tuple[str, bool] = ("id", True)
    large: bool = False
    key: str | None = None
    imports: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    api: bool = False
    chart: Chart | None = None
    access: Access = field(default_factory=access)
    empty: str = ""
    help: str = ""
    actions: tuple[tuple[str, Callable[[Any], str | None]], ...] = ()
    before_save: Callable[[Any], None] | None = None
    show_template: str = "admin/show.html"
    icon: str = ""
    extras: tuple[Extra, ...] = ()

    @cached_property
    def fields(self) -> dict[str, Field]:
        """All fields by name, in the order of the form."""
        return {one.name: one for group in self.form for one in group.fields}

    @cached_property
    def typed(self) -> tuple[Field, ...]:
        """The fields that can be typed."""
        return tuple(f for f in self.fields.values() if not self.is_read_only(f))

    @cached_property
    def import_fields(self) -> tuple[Field, ...]:
        """The fields of the xlsx template."""
        names = self.imports or tuple(f.name for f in self.typed)
        return tuple(self.fields[name] for name in names)

    def is_read_only(self, one: Field) -> bool:
        """Whether a field is only shown."""
        return one.read_only or self.kind_of(one) is Kind.COMPUTED

    def kind_of(self, one: Field) -> Kind:
        """How a field is typed: as declared, else as its column tells."""
        return self._kinds.get(one.name) or one.kind or _kind_of_column(self.model, one)

    @cached_property
    def _kinds(self) -> dict[str, Kind]:
        return {
            name: one.kind or _kind_of_column(self.model, one) for name, one in self.fields.items()
        }

    def is_required(self, one: Field) -> bool:
        """Whether a field must be filled."""
        found = self._required.get(one.name)
        return self._must_be_filled(one) if found is None else found

    @cached_property
    def _required(self) -> dict[str, bool]:
        return {name: self._must_be_filled(one) for name, one in self.fields.items()}

    def _must_be_filled(self, one: Field) -> bool:
        if one.required is not None:
            return one.required
        columns = inspect(self.model).columns
        if one.name in columns:
            column = columns[one.name]
            return not column.nullable and column.default is None
        relation = inspect(self.model).relationships.get(one.name)
        return relation is not None and _must_be_set(relation)

    def target(self, one: Field) -> type[Record]:
        """The model that a reference points to."""
        found: type[Record] = inspect(self.model).relationships[one.name].mapper.class_
        return found


def _must_be_set(relation: RelationshipProperty[Any]) -> bool:
    return not relation.uselist and not any(c.nullable for c in relation.local_columns)


def _kind_of_column(model: type[Record], one: Field) -> Kind:
    mapper = inspect(model)
    if one.name in mapper.relationships:
        many = mapper.relationships[one.name].uselist
        return Kind.REFERENCES if many else Kind.REFERENCE
    if one.name not in mapper.columns:
        return Kind.COMPUTED
    if one.choices:
        return Kind.CHOICE
    if one.code_set:
        return Kind.CODE
    return _kind_of_type(mapper.columns[one.name].type)


def _kind_of_type(column: Any) -> Kind:
    for kind, types in _KINDS:
        if isinstance(column, types):
            return kind
    return Kind.COMPUTED  # JSON and the like are shown by pages of their own


_KINDS: tuple[tuple[Kind, Any], ...] = (
    (Kind.LONG_TEXT, Text),
    (Kind.TEXT, String),
    (Kind.BOOL, Boolean),
    (Kind.MOMENT, UtcDateTime),
    (Kind.DATE, Date),
    (Kind.INTEGER, Integer),
    (Kind.MONEY, Numeric),
)


class Registry:
    """All record types by name (登记)."""

    def __init__(self) -> None:
        self._types: dict[str, RecordType] = {}

    def add(self, record_type: RecordType) -> RecordType:
        """Register a type; its name is its own. Its table gets the indexes of its list."""
        if record_type.name in self._types:
            raise ValueError(f"two record types are named {record_type.name}")
        self._types[record_type.name] = record_type
        declare_indexes(record_type)
        declare_search(record_type)
        return record_type

    def remove(self, name: str) -> None:
        """Forget a type, for whoever declared it for a while."""
        del self._types[name]

    def __getitem__(self, name: str) -> RecordType:
        return self._types[name]

    def __contains__(self, name: object) -> bool:
        return name in self._types

    def __iter__(self) -> Iterator[RecordType]:
        """In the order of their files, whatever was imported first."""
        return iter(sorted(self._types.values(), key=lambda one: one.model.__module__))

    def of(self, model: type[Any]) -> RecordType | None:
        """The type of that model, if one is declared."""
        return next((one for one in self if one.model is model), None)


REGISTRY = Registry()
