"""
Settings from the environment and `.env`, read once at the edge (设置).

`SETTINGS` describes each one; the reference page is written from it. What is read becomes frozen
objects that are passed in; nothing here keeps a value. Secrets are never printed: a `Secret`
shows stars, and no message quotes one.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from policy_match.errors import SettingsError, os_reason

PREFIX = "POLICY_MATCH_"
PAGE = "docs/reference/settings.md"
ENVIRONMENTS = ("development", "production")
CHANNELS = ("file", "mail", "sms", "wecom", "dingtalk", "feishu")
MAIL_ADDRESS = re.compile(r"[!-?A-~]+@[A-Za-z0-9.-]+")
LOG_FORMATS = ("text", "json")
LOG_LEVELS = ("debug", "info", "warning", "error", "off")


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is used and never shown (密钥)."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "******"


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Where an index lives and how Elasticsearch is reached (索引)."""

    location: str
    username: str | None = None
    password: Secret | None = None
    api_key: Secret | None = None
    ca_certs: Path | None = None
    prefix: str = "policy-match"


@dataclass(frozen=True, slots=True)
class LogSettings:
    """How the command line logs; the library itself says nothing (日志)."""

    level: str = "off"
    format: str = "text"


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """An outside language model that may read what rules left open (外接模型); off by default."""

    url: str | None = None
    key: Secret | None = None
    name: str | None = None
    timeout_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class AdminSettings:
    """What the web admin, its database, broker and channels use (管理端)."""

    index: IndexSettings
    database_url: Secret
    broker_url: Secret
    environment: str
    secret_key: Secret | None
    base_url: str
    channels: tuple[str, ...]
    channel_urls: Mapping[str, Secret]
    metrics_token: Secret | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, read (全部设置); `warnings` are sentences for people."""

    home: Path
    index: IndexSettings
    log: LogSettings
    admin: AdminSettings
    model: ModelSettings = field(default_factory=ModelSettings)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SettingSpec:
    """One setting: its name without the prefix, its default in words, what it is for (设置项)."""

    name: str
    default: str
    help: str
    part: str
    secret: bool = False

    @property
    def variable(self) -> str:
        """The environment variable."""
        return PREFIX + self.name


def _channel_specs() -> Iterable[SettingSpec]:
    forms = {
        "mail": "smtp://用户:口令@主机:端口?from=发件邮箱，或 smtps://…；用户名就是发件邮箱时"
        "可以不写 ?from=；其中的 @ : / 写成 %40 %3A %2F"
    }
    for name in CHANNELS:
        if name != "file":
            form = forms.get(name, "https://…")
            text = f"渠道 {name} 的地址：{form}；渠道在用时必填"
            yield SettingSpec(f"{name.upper()}_URL", "无", text, "推送", secret=True)


SETTINGS: tuple[SettingSpec, ...] = (
    SettingSpec("HOME", "系统的用户数据目录", "索引、数据库、消息文件和写出的推送都在这里", "共用"),
    SettingSpec(
        "INDEX",
        "数据目录下的 index",
        "索引：目录（内置引擎）或 http(s) 网址（Elasticsearch）",
        "检索",
    ),
    SettingSpec("ES_USERNAME", "无", "Elasticsearch 用户名，与口令一起给出", "检索"),
    SettingSpec("ES_PASSWORD", "无", "Elasticsearch 口令", "检索", secret=True),
    SettingSpec("ES_API_KEY", "无", "Elasticsearch API key；不与用户名同用", "检索", secret=True),
    SettingSpec("ES_CA_CERTS", "系统证书", "验证 Elasticsearch 证书用的 CA 文件", "检索"),
    SettingSpec(
        "ES_PREFIX", "policy-match", "Elasticsearch 中索引名的前缀；管理端的再加 -admin", "检索"
    ),
    SettingSpec(
        "MODEL_URL", "无", "OpenAI 兼容服务的地址，如 https://主机/v1；默认不用", "外接模型"
    ),
    SettingSpec("MODEL_KEY", "无", "该服务的密钥；不需要时不设", "外接模型", secret=True),
    SettingSpec("MODEL_NAME", "无", "模型名称；读出的条件会注明来自它", "外接模型"),
    SettingSpec("MODEL_TIMEOUT", "60", "一次答复最多等多少秒（1–600）", "外接模型"),
    SettingSpec("LOG_LEVEL", "off", f"日志级别：{'、'.join(LOG_LEVELS)}", "日志"),
    SettingSpec("LOG_FORMAT", "text", f"日志格式：{'、'.join(LOG_FORMATS)}", "日志"),
    SettingSpec("ADMIN_INDEX", "数据目录下的 admin-index", "管理端自己的索引，写法同上", "管理端"),
    SettingSpec(
        "DATABASE_URL", "数据目录下的 SQLite", "SQLAlchemy 网址；生产用 PostgreSQL", "管理端", True
    ),
    SettingSpec(
        "BROKER_URL", "数据目录下的文件消息", "消息中间件网址；生产用 redis://…", "管理端", True
    ),
    SettingSpec("ENV", "development", f"运行环境：{'、'.join(ENVIRONMENTS)}", "管理端"),
    SettingSpec(
        "SECRET_KEY", "首次启动时生成", "会话密钥，至少 32 个字符；生产环境必填", "管理端", True
    ),
    SettingSpec(
        "METRICS_TOKEN",
        "无",
        "读取 /metrics 要带的令牌，至少 16 个字符；不设时只有本机能读",
        "管理端",
        True,
    ),
    SettingSpec("BASE_URL", "http://127.0.0.1:8080", "推送内容里链接的开头", "管理端"),
    SettingSpec("CHANNELS", "file", f"在用的渠道，用逗号分开：{'、'.join(CHANNELS)}", "推送"),
    *_channel_specs(),
)
_BY_NAME = {spec.name: spec for spec in SETTINGS}


def load_settings(
    environ: Mapping[str, str] | None = None,
    *,
    dotenv: Path | None = Path(".env"),
    flags: Mapping[str, str | None] | None = None,
) -> Settings:
    """
    Read all settings: a flag wins over the environment, the environment over `.env`.

    Args:
        environ: the environment; the process's own by default.
        dotenv: the file to read as well; None for none.
        flags: given on the command line, by setting name without the prefix; None is not given.

    Raises:
        SettingsError: a value can't be read; names the setting, what it holds, what it may hold.
    """
    given = {**_read_dotenv(dotenv), **_ours(os.environ if environ is None else environ)}
    warnings = tuple(_unknown(given))
    given |= {PREFIX + name: text for name, text in (flags or {}).items() if text is not None}
    reader = _Reader({key: text for key, text in given.items() if text.strip()})
    home = reader.get("HOME", _path, _default_home())
    index = _index(reader, "INDEX", home / "index")
    return Settings(
        home=home,
        index=index,
        log=LogSettings(
            level=reader.get("LOG_LEVEL", _one_of(LOG_LEVELS), "off"),
            format=reader.get("LOG_FORMAT", _one_of(LOG_FORMATS), "text"),
        ),
        admin=_admin(reader, home),
        model=ModelSettings(
            url=reader.get("MODEL_URL", _web_url),
            key=reader.get("MODEL_KEY", Secret),
            name=reader.get("MODEL_NAME", str),
            timeout_seconds=reader.get("MODEL_TIMEOUT", _seconds, 60.0),
        ),
        warnings=warnings,
    )


class _Reader:
    """Looks settings up by short name and turns bad values into errors."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given

    def get(self, name: str, read: Callable[[str], Any], default: Any = None) -> Any:
        spec = _BY_NAME[name]
        text = self._given.get(spec.variable, "").strip()
        if not text:
            return default
        try:
            return read(text)
        except ValueError as error:
            shown = "（内容不显示）" if spec.secret else f"为“{text}”"
            raise SettingsError(
                f"{shown}，不能用", where=spec.variable, advice=str(error)
            ) from None

    def fail(self, name: str, what: str, advice: str) -> SettingsError:
        return SettingsError(what, where=_BY_NAME[name].variable, advice=advice)


def _index(reader: _Reader, name: str, default: Path) -> IndexSettings:
    password = reader.get("ES_PASSWORD", Secret)
    username = reader.get("ES_USERNAME", str)
    api_key = reader.get("ES_API_KEY", Secret)
    if (username is None) != (password is None):
        absent = "ES_USERNAME" if username is None else "ES_PASSWORD"
        raise reader.fail(absent, "没有给出", "用户名与口令要么都给，要么都不给")
    if api_key is not None and username is not None:
        raise reader.fail("ES_API_KEY", "与用户名同时给出", "API key 和用户名口令只用一种")
    return IndexSettings(
        location=reader.get(name, _location, str(default)),
        username=username,
        password=password,
        api_key=api_key,
        ca_certs=reader.get("ES_CA_CERTS", _existing_file),
        prefix=reader.get("ES_PREFIX", _index_prefix, "policy-match"),
    )


def _admin_index(reader: _Reader, default: Path) -> IndexSettings:
    """The admin's own: on the same server, too, it shares no index with the library."""
    found = _index(reader, "ADMIN_INDEX", default)
    return replace(found, prefix=f"{found.prefix}-admin")


def _admin(reader: _Reader, home: Path) -> AdminSettings:
    environment = reader.get("ENV", _one_of(ENVIRONMENTS), "development")
    secret_key = reader.get("SECRET_KEY", _secret_key)
    channels = reader.get("CHANNELS", _channels, ("file",))
    urls = {name: reader.get(f"{name.upper()}_URL", _channel_url(name)) for name in CHANNELS[1:]}
    return AdminSettings(
        index=_admin_index(reader, home / "admin-index"),
        database_url=reader.get(
            "DATABASE_URL", _database_url, Secret(f"sqlite:///{home / 'policy-match.db'}")
        ),
        broker_url=reader.get("BROKER_URL", _broker_url, Secret("filesystem://")),
        environment=environment,
        secret_key=secret_key,
        base_url=reader.get("BASE_URL", _web_url, "http://127.0.0.1:8080"),
        channels=channels,
        metrics_token=reader.get("METRICS_TOKEN", _metrics_token),
        channel_urls={name: url for name, url in urls.items() if url is not None},
    )


def check_admin(settings: Settings) -> None:
    """
    Hold the admin to what it cannot do without (管理端启动前的检查).

    Raises:
        SettingsError: no secret key in production, or a channel in use without its address.
    """
    admin = settings.admin
    if admin.environment == "production" and admin.secret_key is None:
        raise SettingsError(
            "没有给出", where=PREFIX + "SECRET_KEY", advice="生产环境必须给出至少 32 个字符的密钥"
        )
    for name in admin.channels:
        if name != "file" and name not in admin.channel_urls:
            raise SettingsError(
                "没有给出",
                where=f"{PREFIX}{name.upper()}_URL",
                advice=f"渠道 {name} 在用；请给出它的地址，或从 {PREFIX}CHANNELS 中去掉",
            )


def _read_dotenv(path: Path | None) -> dict[str, str]:
    if path is None or not path.is_file():
        return {}
    from dotenv import dotenv_values  # only where there is such a file: it costs start-up time

    try:
        values = dotenv_values(path, encoding="utf-8-sig")
    except OSError as error:
        what = f"读不了（{os_reason(error)}）"
        raise SettingsError(what, where=str(path), advice="请核对读取权限") from None
    except UnicodeDecodeError as error:
        what = f"第 {error.start + 1} 字节不是 UTF-8"
        raise SettingsError(what, where=str(path), advice="请另存为 UTF-8 文本") from None
    return _ours({key: text for key, text in values.items() if text is not None})


def _ours(environ: Mapping[str, str]) -> dict[str, str]:
    return {key: text for key, text in environ.items() if key.startswith(PREFIX)}


def _unknown(given: Iterable[str]) -> Iterable[str]:
    for name in sorted(set(given) - {spec.variable for spec in SETTINGS}):
        near = difflib.get_close_matches(name.removeprefix(PREFIX), _BY_NAME, n=1)
        hint = f"，是不是想写 {PREFIX}{near[0]}？" if near else f"。可用的设置见 {PAGE}"
        yield f"不认识的设置 {name}，未采用{hint}"


def _default_home() -> Path:
    from platformdirs import user_data_path

    return user_data_path("policy-match", appauthor=False)


def _path(text: str) -> Path:
    path = Path(text).expanduser()
    if path.exists() and not path.is_dir():
        raise ValueError("应为目录，这里却是一个文件")
    return path.absolute()


def _existing_file(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_file():
        raise ValueError("没有这个文件；应为 PEM 格式的 CA 证书文件")
    return path.absolute()


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"可以写：{'、'.join(choices)}")
        return text.lower()

    return read


def _location(text: str) -> str:
    if "://" not in text:
        return str(_path(text))
    return _checked_url(text, ("http", "https"), "写目录，或 http://主机:端口 这样的网址")


def _web_url(text: str) -> str:
    return _checked_url(text, ("http", "https"), "写 https://主机 这样的网址").rstrip("/")


def _seconds(text: str) -> float:
    advice = "写 1 到 600 之间的秒数"
    try:
        seconds = float(text)
    except ValueError:
        raise ValueError(advice) from None
    if not 1 <= seconds <= 600:
        raise ValueError(advice)
    return seconds


def _checked_url(text: str, schemes: tuple[str, ...], advice: str) -> str:
    try:
        parts = urlsplit(text)
        _ = parts.port  # reading it is what checks it
    except ValueError:
        raise ValueError(advice) from None
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(advice)
    return text


def _database_url(text: str) -> Secret:
    if "://" not in text:
        raise ValueError("写 sqlite:///文件 或 postgresql+psycopg://用户:口令@主机/库名")
    return Secret(text)


def _broker_url(text: str) -> Secret:
    if text.split("://")[0] not in ("redis", "rediss", "filesystem") or "://" not in text:
        raise ValueError("写 redis://主机:端口/库号，或不写（用文件传递消息）")
    return Secret(text)


def _secret_key(text: str) -> Secret:
    if len(text) < 32:
        raise ValueError(
            "密钥至少 32 个字符；可用 python3 -c 'import secrets; print(secrets.token_hex())' 生成"
        )
    return Secret(text)


def _metrics_token(text: str) -> Secret:
    if len(text) < 16:
        raise ValueError("令牌至少 16 个字符")
    return Secret(text)


def _channels(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    wrong = [name for name in names if name not in CHANNELS]
    if wrong or not names:
        raise ValueError(f"可以写（用逗号分开）：{'、'.join(CHANNELS)}")
    return names


def _channel_url(name: str) -> Callable[[str], Secret]:
    if name == "mail":
        return _mail_url
    return lambda text: Secret(_checked_url(text, ("http", "https"), "写 https://主机 这样的网址"))


def _mail_url(text: str) -> Secret:
    """`smtp://user:password@host:port?from=address`; who sends must be told from it."""
    example = "smtp://主机:25?from=zc@example.cn"
    advice = f"写 smtp:// 或 smtps:// 开头的网址，如 {example}"
    parts = urlsplit(_checked_url(text, ("smtp", "smtps"), advice))
    given = parse_qs(parts.query, keep_blank_values=True)
    unknown = sorted(set(given) - {"from"})
    if unknown:
        raise ValueError(f"网址里只能带 ?from=发件邮箱，不认识 {'、'.join(unknown)}；如 {example}")
    if len(given.get("from", ())) > 1:
        raise ValueError(f"?from= 只写一次，如 {example}")
    sender = given["from"][0] if "from" in given else unquote(parts.username or "")
    if not MAIL_ADDRESS.fullmatch(sender):
        where = "?from= 后面" if "from" in given else "用户名"
        raise ValueError(f"{where}不是邮箱地址；在网址末尾写 ?from=发件邮箱，如 {example}")
    return Secret(text)


def _index_prefix(text: str) -> str:
    if text != text.lower() or text[0] in "-_+." or set(text) & set('\\/*?"<>| ,#:'):
        raise ValueError("用小写字母、数字和连字符，如 policy-match")
    return text
