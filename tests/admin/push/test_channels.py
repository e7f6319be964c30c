"""The contract that each channel holds, and mail's outcomes by phase."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from admin.push.channels import Channel, Letter, Outcome, open_channels
from admin.push.channels.file import FileChannel
from admin.push.channels.message import build_message
from admin.push.channels.smtp import MailServer, SmtpChannel, read_mail_url
from admin.push.outbox import LEASE_SECONDS
from policy_match.errors import SettingsError
from policy_match.settings import load_settings
from tests.admin.push.sink import Sink, serve

LETTER = Letter(
    id="7",
    number="TS20261124-ABCD0123",
    address="c1@enterprise.test",
    subject="测试公司：1项政策与贵单位匹配\n（2026年11月24日）",
    text="您好。\n.\n..点号开头的行\n" + "很长的一行" * 300,
    html="<p>您好</p>\n.\n",
    headers={"List-Unsubscribe": "<http://push.test/unsubscribe/x>"},
)


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    controller = serve(made)
    made.port = controller.port  # type: ignore[attr-defined] - set by the fixture
    yield made
    controller.stop()


def mail_to(port: int, step_seconds: float = 0.5) -> SmtpChannel:
    return SmtpChannel(MailServer("127.0.0.1", port, "zc@office.test"), step_seconds=step_seconds)


class ChannelContract:
    """What every channel does (渠道契约)."""

    @pytest.fixture
    def channel(self) -> Channel:
        raise NotImplementedError

    def received(self) -> list[Any]:
        raise NotImplementedError

    def test_a_letter_arrives_whole(self, channel: Channel) -> None:
        assert channel.send(LETTER).outcome is Outcome.SENT
        channel.close()
        (message,) = self.received()
        assert message["Message-ID"].startswith("<7.TS20261124-ABCD0123@")
        assert message["Subject"] == "测试公司：1项政策与贵单位匹配 （2026年11月24日）"
        assert message["List-Unsubscribe"] == "<http://push.test/unsubscribe/x>"
        text = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
        assert text == LETTER.text + "\n"
        assert "您好" in message.get_body(("html",)).get_content()

    def test_many_letters_one_after_the_other(self, channel: Channel) -> None:
        for n in range(5):
            letter = Letter(str(n), "TS1", f"c{n}@enterprise.test", "主题", "文", "<p>文</p>")
            assert channel.send(letter).outcome is Outcome.SENT
        channel.close()
        assert len(self.received()) == 5

    def test_it_may_be_closed_twice_and_used_again(self, channel: Channel) -> None:
        channel.close()
        assert channel.send(LETTER).outcome is Outcome.SENT
        channel.close()
        channel.close()

    def test_it_ends_before_the_lease(self, channel: Channel) -> None:
        assert channel.timeout_seconds < LEASE_SECONDS

    def test_nothing_of_a_letter_is_logged(
        self, channel: Channel, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        channel.send(LETTER)
        channel.close()
        ours = [one for one in caplog.records if not one.name.startswith("mail.")]
        assert all("enterprise.test" not in one.getMessage() for one in ours)


class TestFile(ChannelContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "digests"

    @pytest.fixture
    def channel(self) -> Channel:
        return FileChannel(self.folder)

    def received(self) -> list[Any]:
        return [
            message_from_bytes(path.read_bytes(), policy=policy.SMTP)
            for path in sorted(self.folder.glob("*.eml"))
        ]

    def test_the_same_letter_twice_is_one_file(self, channel: Channel) -> None:
        channel.send(LETTER)
        channel.send(LETTER)
        assert len(self.received()) == 1
        assert [path.suffix for path in sorted(self.folder.iterdir())] == [".eml", ".html"]

    def test_a_folder_that_cannot_be_written_is_down(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        result = FileChannel(tmp_path / "file").send(LETTER)
        assert (result.outcome, result.is_down) == (Outcome.RETRY, True)


class TestMail(ChannelContract):
    @pytest.fixture(autouse=True)
    def _sink(self, sink: Sink) -> None:
        self.sink = sink

    @pytest.fixture
    def channel(self) -> Iterator[Channel]:
        made = mail_to(self.sink.port)  # type: ignore[attr-defined] - set by the fixture
        yield made
        made.close()

    def received(self) -> list[Any]:
        return self.sink.taken

    @pytest.mark.parametrize(
        ("phase", "answer", "outcome", "bounced"),
        [
            ("rcpt", "550 no such user <c1@enterprise.test>", Outcome.DEAD, True),
            ("rcpt", "451 try later", Outcome.RETRY, False),
            ("rcpt", "close", Outcome.RETRY, False),
            ("rcpt", "hang", Outcome.RETRY, False),
            ("data", "554 spam", Outcome.DEAD, False),
            ("data", "451 try later", Outcome.RETRY, False),
            ("data", "close", Outcome.UNCERTAIN, False),
            ("data", "hang", Outcome.UNCERTAIN, False),
        ],
    )
    def test_the_phase_tells_the_outcome(
        self, channel: Channel, phase: str, answer: str, outcome: Outcome, bounced: bool
    ) -> None:
        setattr(self.sink, phase, lambda _address: answer)
        result = channel.send(LETTER)
        assert (result.outcome, result.bounced, result.is_down) == (outcome, bounced, False)
        assert "c1@enterprise" not in result.reason
        setattr(self.sink, phase, lambda _address: "")
        before = len(self.sink.taken)
        assert channel.send(LETTER).outcome is Outcome.SENT
        assert len(self.sink.taken) == before + 1

    def test_a_bad_address_is_dead_without_asking(self, channel: Channel) -> None:
        letter = Letter("1", "TS1", "坏地址\r\nRCPT TO:<x@y>", "主题", "文", "<p>文</p>")
        result = channel.send(letter)
        assert (result.outcome, result.bounced) == (Outcome.DEAD, True)


def scripted(talk: Callable[[socket.socket], None]) -> int:
    """A server that does one conversation and hangs up."""
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        peer, _ = server.accept()
        with server, peer:
            talk(peer)

    threading.Thread(target=run, daemon=True).start()
    return int(server.getsockname()[1])


def test_nobody_listens_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    result = mail_to(port).send(LETTER)
    assert (result.outcome, result.is_down) == (Outcome.RETRY, True)
    assert "邮件服务器不可用" in result.reason


def test_a_silent_server_is_down_within_the_timeout() -> None:
    started = time.monotonic()
    result = mail_to(scripted(lambda _peer: time.sleep(2)), 0.3).send(LETTER)
    assert (result.outcome, result.is_down) == (Outcome.RETRY, True)
    assert time.monotonic() - started < 2


def test_hanging_up_in_the_middle_of_the_message_is_not_taken_over() -> None:
    """The body is cut before its final dot: the letter can be sent again without doubling."""

    def talk(peer: socket.socket) -> None:
        file = peer.makefile("rb")
        peer.sendall(b"220 hello\r\n")
        for answer in (b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
            file.readline()
            peer.sendall(answer)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    huge = Letter("1", "TS1", "c1@enterprise.test", "主题", "文" * 4_000_000, "<p>文</p>")
    result = mail_to(scripted(talk), 5).send(huge)
    assert (result.outcome, result.is_down) == (Outcome.RETRY, False)


def test_the_same_letter_has_the_same_bytes() -> None:
    assert bytes(build_message(LETTER, sender="a@b.cn")) == bytes(
        build_message(LETTER, sender="a@b.cn")
    )


def test_mail_addresses_of_servers() -> None:
    server = read_mail_url("smtps://me%40office.cn:pa%3Ass@mail.cn?from=zc@office.cn")
    assert (server.host, server.port, server.tls) == ("mail.cn", 465, True)
    assert (server.username, server.password, server.sender) == (
        "me@office.cn", "pa:ss", "zc@office.cn",
    )  # fmt: skip
    assert "pa:ss" not in repr(server)
    with pytest.raises(SettingsError, match="发件人"):
        read_mail_url("smtp://mail.cn")


def test_a_channel_that_does_not_exist_yet_says_so(tmp_path: Path) -> None:
    environ = {
        "POLICY_MATCH_HOME": str(tmp_path),
        "POLICY_MATCH_CHANNELS": "file,sms",
        "POLICY_MATCH_SMS_URL": "https://sms.test",
    }
    with pytest.raises(SettingsError, match="sms"):
        open_channels(load_settings(environ, dotenv=None))


def test_no_password_travels_unencrypted(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("admin.push.channels.smtp._LOOPBACK", ())
    port = sink.port  # type: ignore[attr-defined] - set by the fixture
    server = MailServer("127.0.0.1", port, "zc@office.test", username="u", password="p")
    result = SmtpChannel(server, step_seconds=0.5).send(LETTER)
    assert (result.outcome, result.is_down) == (Outcome.RETRY, True)
    assert "没有发送口令" in result.reason
