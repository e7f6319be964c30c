"""
Enterprises from files: .json, .jsonl, .csv, .xlsx, .parquet (读取企业名录).

A bad record is handed on as an error that names the place; the others are still read.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from policy_match.domain.enterprise import Enterprise, parse_enterprise
from policy_match.domain.facts import FactRegistry, default_registry
from policy_match.enterprise_table import Header, read_header, record_of
from policy_match.errors import EnterpriseError, InputError, MissingExtra, os_reason

READERS = (".json", ".jsonl", ".csv", ".xlsx", ".parquet")


def read_enterprises(
    path: Path, *, read_on: date, registry: FactRegistry | None = None
) -> Iterator[Enterprise | InputError]:
    """
    Read a file of enterprises, record by record (逐条读取企业).

    Args:
        path: a .json file holds one enterprise (or a list), a .jsonl file one a line; a table has
            a header of fact names or their Chinese labels beside credit_code and name.
        read_on: the day of reading.
        registry: the facts that exist; the packaged ones by default.

    Yields:
        Enterprises, and an InputError for each record that can't be read or whose id occurred
        before.

    Raises:
        EnterpriseError: the file as a whole can't be read.
    """
    known = registry or default_registry()
    seen: set[str] = set()
    for place, record in _records(path, known):
        if isinstance(record, InputError):
            yield record
            continue
        try:
            enterprise = parse_enterprise(record, read_on=read_on, registry=known, where=place)
        except InputError as error:
            yield error
            continue
        if enterprise.id in seen:
            yield EnterpriseError(
                f"编号“{enterprise.id}”重复", where=place, advice="同一企业只留一条，已采用第一条"
            )
            continue
        seen.add(enterprise.id)
        yield enterprise


def _records(path: Path, registry: FactRegistry) -> Iterator[tuple[str, Any]]:
    ending = path.suffix.lower()
    if ending not in READERS:
        raise EnterpriseError(
            f"不认识的企业名录格式“{ending or '无扩展名'}”",
            where=str(path),
            advice=f"可用：{'、'.join(READERS)}",
        )
    if ending == ".json":
        yield from _json(path)
    elif ending == ".jsonl":
        yield from _json_lines(path)
    else:
        rows = {".csv": _csv_rows, ".xlsx": _xlsx_rows, ".parquet": _parquet_rows}[ending](path)
        yield from _table(path, rows, registry)


def read_bytes(path: Path) -> bytes:
    """
    The file's bytes.

    Raises:
        EnterpriseError: there is no such file, or it may not be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise EnterpriseError("没有这个文件", where=str(path), advice="请核对路径") from None
    except OSError as error:
        raise EnterpriseError(
            f"文件无法读取（{os_reason(error)}）", where=str(path), advice="请核对路径和读取权限"
        ) from None


def read_text(path: Path) -> str:
    """The file's text: UTF-8 with or without a mark, else GB18030."""
    data = read_bytes(path)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise EnterpriseError("认不出文件的编码", where=str(path), advice="请另存为 UTF-8")


def _json(path: Path) -> Iterator[tuple[str, Any]]:
    data = load_json(read_text(path), str(path))
    if isinstance(data, list):
        for n, record in enumerate(data, 1):
            yield f"{path} 第 {n} 条", record
    else:
        yield str(path), data


def load_json(text: str, where: str) -> Any:
    """
    Decode one JSON value; NaN and infinity are kept for the checks that name the fact.

    Raises:
        EnterpriseError: it is not JSON, names a key twice in one object, or is nested beyond
            reason.
    """
    try:
        return json.loads(text, object_pairs_hook=_each_key_once)
    except _TwiceError as error:
        raise _twice(error.key, text, where) from None
    except json.JSONDecodeError as error:
        raise EnterpriseError(
            f"不是合法的 JSON（第 {error.lineno} 行第 {error.colno} 列）",
            where=where,
            advice="请核对引号、逗号和括号",
        ) from None
    except ValueError:  # an integer of thousands of digits
        raise EnterpriseError("有一个数长得无法读取", where=where, advice="请核对") from None
    except RecursionError:
        raise EnterpriseError("嵌套过深", where=where, advice="请核对文件内容") from None


class _TwiceError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of a key that stands twice nobody could say which value is meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _TwiceError(key)
            seen.add(key)
    return found


def _twice(key: str, text: str, where: str) -> EnterpriseError:
    """The error, with the lines on which the key stands where there are several lines."""
    starts = [found.start() for found in re.finditer(re.escape(json.dumps(key)[1:-1]), text)]
    starts = starts or [found.start() for found in re.finditer(re.escape(key), text)]
    numbers = dict.fromkeys(str(text.count("\n", 0, start) + 1) for start in starts)
    lines = f"（见第 {'、'.join(numbers)} 行）" if "\n" in text.strip() else ""
    return EnterpriseError(
        f"“{key}”在同一个对象里写了不止一次{lines}", where=where, advice="只留一个"
    )


def _json_lines(path: Path) -> Iterator[tuple[str, Any]]:
    for n, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        place = f"{path} 第 {n} 行"
        try:
            yield place, load_json(line, place)
        except EnterpriseError as error:
            yield place, error


def _table(
    path: Path, rows: Iterator[list[Any]], registry: FactRegistry
) -> Iterator[tuple[str, Any]]:
    header: Header | None = None
    for n, row in enumerate(rows, 1):
        if header is None:
            header = read_header(row, registry, where=f"{path} 第 {n} 行")
        elif any(cell not in (None, "") for cell in row):
            place = f"{path} 第 {n} 行"
            try:
                yield place, record_of(row, header, where=place)
            except InputError as error:
                yield place, error
    if header is None:
        raise EnterpriseError("表是空的", where=str(path), advice="第一行应为表头")


def _csv_rows(path: Path) -> Iterator[list[Any]]:
    rows = csv.reader(io.StringIO(read_text(path), newline=""))
    try:
        yield from rows
    except csv.Error as error:  # an endless field or a stray zero byte
        raise EnterpriseError(
            f"CSV 到第 {rows.line_num} 行读不下去",
            where=str(path),
            advice="请核对引号是否成对，或用表格软件打开后另存",
        ) from error


def _xlsx_rows(path: Path) -> Iterator[list[Any]]:
    try:
        from python_calamine import CalamineWorkbook
    except ImportError:
        raise MissingExtra(
            "读取 .xlsx 需要 python-calamine",
            advice="请安装：pip install 'policy-match[documents]'",
        ) from None
    data = read_bytes(path)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except Exception as error:  # calamine raises its own family and bare exceptions alike
        raise EnterpriseError(
            "不是能读的 Excel 文件", where=str(path), advice="请在 Excel 中另存为 .xlsx"
        ) from error
    yield from rows


def _parquet_rows(path: Path) -> Iterator[list[Any]]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtra(
            "读取 .parquet 需要 pyarrow", advice="请安装：pip install 'policy-match[tables]'"
        ) from None
    data = read_bytes(path)
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        yield list(file.schema_arrow.names)
        for batch in file.iter_batches(batch_size=4096):
            columns = [column.to_pylist() for column in batch.columns]
            yield from (list(row) for row in zip(*columns, strict=True))
    except (pa.ArrowInvalid, OSError) as error:
        raise EnterpriseError(
            "不是能读的 Parquet 文件", where=str(path), advice="请重新导出"
        ) from error
