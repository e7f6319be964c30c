"""Reading settings: who wins, what is refused, and that no secret is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_match.errors import SettingsError
from policy_match.settings import SETTINGS, Settings, check_admin, load_settings


def read(dotenv: Path | None = None, /, **environ: str) -> Settings:
    given = {f"POLICY_MATCH_{name}": value for name, value in environ.items()}
    return load_settings(given, dotenv=dotenv)


def test_everything_lives_in_the_home_by_default(tmp_path: Path) -> None:
    settings = read(HOME=str(tmp_path))
    assert settings.home == tmp_path
    assert settings.index.location == str(tmp_path / "index")
    assert settings.admin.index.location == str(tmp_path / "admin-index")
    assert settings.admin.database_url.value == f"sqlite:///{tmp_path / 'policy-match.db'}"
    assert settings.admin.channels == ("file",)
    assert settings.warnings == ()


def test_without_a_home_the_platform_names_the_folder() -> None:
    assert read().home.name == "policy-match"


def test_the_environment_beats_the_file_and_a_flag_beats_both(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "POLICY_MATCH_ES_PREFIX=of-file\nPOLICY_MATCH_LOG_LEVEL=info\nOTHER=1\n", "utf-8"
    )
    assert read(dotenv).index.prefix == "of-file"
    assert read(dotenv, ES_PREFIX="of-env").index.prefix == "of-env"
    environ = {"POLICY_MATCH_ES_PREFIX": "of-env"}
    flagged = load_settings(environ, dotenv=dotenv, flags={"ES_PREFIX": "of-flag", "INDEX": None})
    assert (flagged.index.prefix, flagged.log.level) == ("of-flag", "info")


def test_a_dotenv_in_another_encoding_is_named(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_bytes("POLICY_MATCH_HOME=数据".encode("gbk"))
    with pytest.raises(SettingsError, match=r"\.env.*UTF-8"):
        read(dotenv)


def test_an_empty_value_is_as_good_as_none() -> None:
    assert read(ES_PREFIX=" ").index.prefix == "policy-match"


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("INDEX", "ftp://x", "http"),
        ("INDEX", "http://host:port", "http"),
        ("ES_PREFIX", "Upper", "小写"),
        ("ES_CA_CERTS", "/no/such/file.pem", "PEM"),
        ("LOG_LEVEL", "loud", "debug、info"),
        ("LOG_FORMAT", "xml", "text、json"),
        ("ENV", "prod", "development、production"),
        ("BASE_URL", "example", "https://"),
        ("CHANNELS", "file,pigeon", "wecom"),
        ("CHANNELS", ",", "wecom"),
        ("DATABASE_URL", "secret-database", "postgresql"),
        ("BROKER_URL", "amqp://secret", "redis://"),
        ("SECRET_KEY", "too-short", "32"),
        ("MAIL_URL", "https://secret", "smtps://"),
        ("SMS_URL", "secret", "https://"),
    ],
)
def test_a_bad_value_is_refused_with_what_may_be_written(
    name: str, value: str, advice: str
) -> None:
    """The setting is named; its value too, unless it is a secret."""
    with pytest.raises(SettingsError) as caught:
        read(**{name: value})
    text = str(caught.value)
    assert f"POLICY_MATCH_{name}" in text
    assert advice in text
    is_secret = next(spec.secret for spec in SETTINGS if spec.name == name)
    assert (value in text) is not is_secret


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("smtp://mail.cn:25", "用户名不是邮箱地址；在网址末尾写 ?from=发件邮箱"),
        ("smtp://user:secret@mail.cn", "在网址末尾写 ?from=发件邮箱"),
        ("smtp://mail.cn?from=", "?from= 后面不是邮箱地址"),
        ("smtp://mail.cn?from=zc", "?from= 后面不是邮箱地址"),
        ("smtp://mail.cn?from=a@b.cn&from=c@d.cn", "?from= 只写一次"),
        ("smtp://mail.cn?form=zc@office.cn", "不认识 form"),
        ("smtp://mail.cn:port?from=zc@office.cn", "smtp://主机:25?from="),
    ],
)
def test_who_sends_mail_must_be_told(url: str, advice: str) -> None:
    """The message says what to write, and shows nothing of the address."""
    with pytest.raises(SettingsError) as caught:
        read(MAIL_URL=url)
    text = str(caught.value)
    assert "POLICY_MATCH_MAIL_URL" in text
    assert advice in text
    assert "secret" not in text


@pytest.mark.parametrize("url", ["smtps://me%40office.cn:pa%3Ass@mail.cn", "smtp://h?from=a@b.cn"])
def test_who_sends_is_the_user_or_stands_at_the_end(url: str) -> None:
    assert read(MAIL_URL=url).admin.channel_urls["mail"].value == url


def test_a_file_as_home_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SettingsError, match="POLICY_MATCH_HOME"):
        read(HOME=str(file))


def test_elasticsearch_takes_a_password_or_a_key_not_both() -> None:
    index = read(ES_USERNAME="u", ES_PASSWORD="p").index
    assert index.password is not None
    assert (index.username, index.password.value) == ("u", "p")
    with pytest.raises(SettingsError, match="POLICY_MATCH_ES_PASSWORD"):
        read(ES_USERNAME="u")
    with pytest.raises(SettingsError, match="POLICY_MATCH_ES_USERNAME"):
        read(ES_PASSWORD="p")
    with pytest.raises(SettingsError, match="POLICY_MATCH_ES_API_KEY"):
        read(ES_USERNAME="u", ES_PASSWORD="p", ES_API_KEY="k")


def test_secrets_show_in_no_text() -> None:
    settings = read(ES_USERNAME="u", ES_PASSWORD="tiger-7", SMS_URL="https://tiger-7")
    assert "tiger-7" not in f"{settings!r} {settings} {settings.index.password}"


def test_an_unknown_setting_is_a_warning_with_the_nearest_name() -> None:
    (near, far) = read(INDXE="x", ZZZ="x").warnings
    assert "POLICY_MATCH_INDXE" in near
    assert "POLICY_MATCH_INDEX" in near
    assert "POLICY_MATCH_ZZZ" in far
    assert "docs/reference/settings.md" in far


def test_production_needs_a_secret_key_and_channels_need_their_address() -> None:
    check_admin(read())
    with pytest.raises(SettingsError, match="POLICY_MATCH_SECRET_KEY"):
        check_admin(read(ENV="production"))
    with pytest.raises(SettingsError, match="POLICY_MATCH_MAIL_URL"):
        check_admin(read(CHANNELS="file,mail"))
    check_admin(
        read(
            ENV="production",
            SECRET_KEY="x" * 32,
            CHANNELS="mail",
            MAIL_URL="smtp://host:25?from=a@b.cn",
        )
    )
