"""
Write the pages of docs/reference that the code itself can tell.

    python tools/build_docs.py            write them
    python tools/build_docs.py --check    exit code 1 where one is out of date
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import click

import policy_match
from policy_match import errors
from policy_match.cli import main as root
from policy_match.domain.codes import code_table
from policy_match.domain.facts import FactSpec, FactType, default_registry
from policy_match.settings import SETTINGS

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
NOTE = "<!-- 本页由 tools/build_docs.py 生成（make docs），请勿直接修改。 -->"

TYPES = {
    FactType.CODES: "代码",
    FactType.NAMES: "名称",
    FactType.NUMBER: "数",
    FactType.MONEY: "金额",
    FactType.RATIO: "比例",
    FactType.COUNT: "计数",
    FactType.DATE: "日期",
    FactType.BOOL: "是否",
}


def facts_page() -> Iterator[str]:
    """facts.md: every fact of the registry."""
    yield "# 事实表"
    yield (
        "规则只能问这里的事实，企业记录也只能写这里的事实；名称或中文名都可以写。"
        "缺的事实是“未知”，既不算符合也不算不符合。写法见 [格式](formats.md)。"
    )
    specs = list(default_registry().values())
    for group, members in groupby(specs, key=lambda spec: spec.group):
        yield f"## {group}"
        yield table(
            ["名称", "中文名", "类型", "单位", "取值", "可用算符", "向企业怎么问", "来源"],
            (_fact_row(spec) for spec in members),
        )


def _fact_row(spec: FactSpec) -> list[str]:
    label = spec.label + (f"（也写：{'、'.join(spec.aliases)}）" if spec.aliases else "")
    values = code_table(spec.code_set).label if spec.is_set else _range(spec)
    ops = " ".join(f"`{op}`" for op in spec.ops)
    return [
        f"`{spec.name}`",
        label,
        TYPES[spec.type],
        spec.unit,
        values,
        ops,
        spec.question,
        spec.origin,
    ]


def _range(spec: FactSpec) -> str:
    if spec.type in (FactType.BOOL, FactType.DATE):
        return ""
    low = "可为负" if spec.may_be_negative else "≥ 0"
    return low if spec.maximum is None else f"{low}，≤ {spec.maximum:g}"


def settings_page() -> Iterator[str]:
    """settings.md: every setting."""
    yield "# 设置"
    yield (
        "设置写在环境变量里，或写在当前目录的 `.env` 文件里（UTF-8）。命令行选项优先于环境变量，"
        "环境变量优先于 `.env`。读不懂的设置是错误，会指出是哪一项、现在是什么、可以写什么；"
        "写错名字的设置会得到提醒。密钥从不显示。"
    )
    yield "“管理端”和“推送”两组现在就会检查写法，由管理端使用；命令行的各项工作不需要它们。"
    for part, members in groupby(SETTINGS, key=lambda spec: spec.part):
        yield f"## {part}"
        yield table(
            ["名称", "默认", "说明", "密"],
            (
                [f"`{one.variable}`", one.default, one.help, "是" if one.secret else ""]
                for one in members
            ),
        )


def errors_page() -> Iterator[str]:
    """errors.md: every error class."""
    yield "# 错误"
    yield (
        "库主动抛出的错误都是 `PolicyMatchError` 的子类，在 `policy_match.errors` 里。"
        "`what` 是哪里不对，`where` 是位置（文件、行、记录），`advice` 是怎么办；"
        "`code` 给程序判断用，不会因为改措辞而变。"
    )
    yield table(
        ["类", "`code`", "上级", "说明"],
        (
            [f"`{one.__name__}`", f"`{one.code}`", f"`{one.__base__.__name__}`", _first_line(one)]
            for one in error_classes()
        ),
    )
    yield "## 退出码"
    yield table(
        ["退出码", "意思"],
        [
            ["0", "完成"],
            [
                "1",
                "部分输入失败（文件、记录、规则、检索词文件的一行，或所指的索引、政策不存在）：逐一在标准错误上写明原因，其余已完成",
            ],
            [
                "2",
                "用法或设置有误：命令行上写的或设置里写的没有意义，如没有的地区代码、空检索词、没有的基准名",
            ],
            ["3", "需要的服务连接不上"],
        ],
    )


def error_classes() -> list[type[errors.PolicyMatchError]]:
    """All error classes, in the order of the file."""
    return [
        value
        for value in vars(errors).values()
        if inspect.isclass(value) and issubclass(value, errors.PolicyMatchError)
    ]


def commands_page() -> Iterator[str]:
    """commands.md: the help of every command."""
    yield "# 命令"
    yield "每个命令都可以加 `--help`。给人看的内容在屏幕上；加 `--json` 时标准输出只有逐行的 JSON。"
    yield f"```text\n{_help(root, None)}\n```"
    context = click.Context(root, info_name="policy-match")
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        assert command is not None
        yield f"## {name}"
        yield f"```text\n{_help(command, context)}\n```"


def _help(command: click.Command, parent: click.Context | None) -> str:
    name = command.name if parent else "policy-match"
    context = click.Context(command, info_name=name, parent=parent, max_content_width=100)
    return command.get_help(context).rstrip()


def api_page() -> Iterator[str]:
    """api.md: what `import policy_match` offers."""
    yield "# Python 接口"
    yield (
        "`import policy_match` 只有下列名字；用到时才加载。各模块里不带下划线的其他名字也可以用，"
        "但在 1.0 之前可能改变。"
    )
    names = [name for name in policy_match.__all__ if name != "__version__"]
    yield table(
        ["名字", "所在模块", "说明"],
        ([f"`{name}`", f"`{_home(name)}`", _first_line(_public(name))] for name in names),
    )


def _public(name: str) -> object:
    return getattr(policy_match, name)


def _home(name: str) -> str:
    return str(getattr(_public(name), "__module__", ""))


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").split("\n", 1)[0]


def admin_page() -> Iterator[str]:
    from admin.lowcode.record_type import Kind
    from admin.principal import Role
    from admin.records import load_records

    acts = {
        "list": "看",
        "add": "增",
        "edit": "改",
        "delete": "删",
        "export": "导出",
        "import": "导入",
    }
    types = list(load_records())
    yield "# 管理后台的记录类型 Record types of the admin"
    yield "## 角色与权限"
    yield "范围另由数据范围限制：部门、乡镇（街道）只见本单位及下级的，企业专员只见所负责的企业。"
    yield table(
        ["记录类型", *(role.value for role in Role)],
        [
            [one.label]
            + [
                "、".join(w for act, w in acts.items() if act in one.access.get(role, ())) or "—"
                for role in Role
            ]
            for one in types
        ],
    )
    for one in types:
        resource = f"`/api/v1/{one.name}/`" if one.api else "没有接口"
        yield f"## {one.label}"
        yield f"页面 `/{one.name}/list/`，{resource}。"
        rows = [
            [
                f"`{field.name}`",
                field.label,
                "元（接口）、万元（页面）" if one.kind_of(field) is Kind.MONEY else "",
                "必填" if one.is_required(field) and not one.is_read_only(field) else "",
                "只读" if one.is_read_only(field) else "",
                "脱敏" if field.personal else "",
                field.help,
            ]
            for field in one.fields.values()
        ]
        yield table(["字段", "名称", "单位", "必填", "只读", "个人信息", "说明"], rows)


def table(head: list[str], rows: Iterator[list[str]] | list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines
    )


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "admin": admin_page,
    "api": api_page,
    "commands": commands_page,
    "errors": errors_page,
    "facts": facts_page,
    "settings": settings_page,
}


def page_text(name: str) -> str:
    """A page as the file has it."""
    title, *parts = PAGES[name]()
    return "\n\n".join([title, NOTE, *parts]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="写出参考文档")
    parser.add_argument("--check", action="store_true", help="只检查是否过期")
    check = parser.parse_args().check
    stale = []
    for name in PAGES:
        path, text = FOLDER / f"{name}.md", page_text(name)
        if not path.is_file() or path.read_text("utf-8") != text:
            stale.append(path.name)
            if not check:
                path.write_text(text, "utf-8")
    if check and stale:
        sys.exit(f"过期的页面：{'、'.join(stale)}；请运行 make docs")


if __name__ == "__main__":
    main()
