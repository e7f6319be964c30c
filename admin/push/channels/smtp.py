"""
The mail channel (邮件): smtplib, spoken step by step, so that the phase tells the outcome.

    connect, greeting, TLS, sign-in, MAIL FROM    the channel is down: later, the try not counted
    RCPT TO    4xx later · 5xx dead, and the address has bounced
    DATA       4xx later · 5xx dead
    the body   a broken connection: not taken over, later
    its end    250 sent · 4xx later · 5xx dead · no answer: uncertain, since nobody can know
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.generator import BytesGenerator
from io import BytesIO
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from admin.push.channels.base import Channel, Letter, Outcome, Result, one_line
from admin.push.channels.message import MAIL, build_message
from policy_match.errors import SettingsError
from policy_match.settings import PREFIX, Settings

STEP_SECONDS = 20.0  # for each answer; a send waits for ten at most
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PORTS = {"smtp": 25, "smtps": 465}
_ADDRESS = re.compile(r"[!-~]+@[A-Za-z0-9.-]+")
_Broken = (OSError, smtplib.SMTPException)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in (邮件服务器); the password is never shown."""

    host: str
    port: int
    sender: str
    tls: bool = False  # from the first byte (smtps)
    username: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port}, {self.sender})"


def read_mail_url(text: str) -> MailServer:
    """
    The server of `smtp://user:password@host:port?from=address`.

    Raises:
        SettingsError: there is no address to send from.
    """
    parts = urlsplit(text)
    username = unquote(parts.username or "")
    sender = (parse_qs(parts.query).get("from") or [username])[0]
    if not _ADDRESS.fullmatch(sender):
        raise SettingsError(
            "没有发件人地址",
            where=f"{PREFIX}MAIL_URL",
            advice="在网址末尾写 ?from=发件邮箱，如 smtp://主机:25?from=zc@example.cn",
        )
    return MailServer(
        host=parts.hostname or "",
        port=parts.port or _PORTS[parts.scheme],
        sender=sender,
        tls=parts.scheme == "smtps",
        username=username,
        password=unquote(parts.password or ""),
    )


class SmtpChannel(Channel):
    """Sends mail, one recipient at a time over one connection (邮件渠道)."""

    name: ClassVar[str] = "mail"
    timeout_seconds: ClassVar[float] = STEP_SECONDS * 10

    def __init__(self, server: MailServer, *, step_seconds: float = STEP_SECONDS) -> None:
        self.server = server
        self._step_seconds = step_seconds
        self._smtp: smtplib.SMTP | None = None

    @classmethod
    def of(cls, settings: Settings) -> SmtpChannel:
        """The channel of the settings."""
        url = settings.admin.channel_urls["mail"].value
        return cls(read_mail_url(url))

    def send(self, letter: Letter) -> Result:
        """Hand in one letter."""
        if not _ADDRESS.fullmatch(letter.address):
            return Result(Outcome.DEAD, "邮箱地址写法不对", bounced=True)
        try:
            smtp, (code, words) = self._begun()
        except _Broken as error:
            return self._down(error)
        if code // 100 != 2:
            return self._refused_sender(code, words)
        result = self._to_recipient(smtp, letter)
        if result.outcome is not Outcome.SENT:
            self._reset()
        return result

    def close(self) -> None:
        """Say good-bye."""
        if self._smtp is not None:
            _quietly(self._smtp.quit)
            self._drop()

    def _begun(self) -> tuple[smtplib.SMTP, tuple[int, bytes]]:
        """A connection on which a letter is begun; a kept one that went silent is made anew."""
        if self._smtp is not None:
            try:
                code, words = self._smtp.mail(self.server.sender)
                if code // 100 == 2:
                    return self._smtp, (code, words)
            except _Broken:
                pass
            self._drop()
        self._smtp = self._connect()
        return self._smtp, self._smtp.mail(self.server.sender)

    def _reset(self) -> None:
        """The next letter begins with a server that holds nothing of this one."""
        try:
            if self._smtp is not None and self._smtp.rset()[0] != 250:
                self._drop()
        except _Broken:
            self._drop()

    def _connect(self) -> smtplib.SMTP:
        server, context = self.server, ssl.create_default_context()
        smtp = (
            smtplib.SMTP_SSL(server.host, server.port, timeout=self._step_seconds, context=context)
            if server.tls
            else smtplib.SMTP(server.host, server.port, timeout=self._step_seconds)
        )
        try:
            # the final dot goes by itself: it must not wait for the body's acknowledgement
            if smtp.sock is not None:
                smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._secure(smtp, context)
        except _Broken:
            smtp.close()
            raise
        return smtp

    def _secure(self, smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
        smtp.ehlo_or_helo_if_needed()
        is_safe = self.server.tls or self.server.host in _LOOPBACK
        if not self.server.tls and smtp.has_extn("starttls"):
            smtp.starttls(context=context)
            smtp.ehlo()
            is_safe = True
        if self.server.username and self.server.password:
            if not is_safe:
                raise smtplib.SMTPNotSupportedError("服务器不支持加密，没有发送口令")
            smtp.login(self.server.username, self.server.password)

    def _to_recipient(self, smtp: smtplib.SMTP, letter: Letter) -> Result:
        try:
            code, words = smtp.rcpt(letter.address)
            if code // 100 == 5:
                return Result(Outcome.DEAD, f"收件地址被拒绝：{_said(code, words)}", bounced=True)
            if code // 100 != 2:
                return Result(Outcome.RETRY, f"收件地址暂时不收：{_said(code, words)}")
            code, words = smtp.docmd("DATA")
            if code != 354:
                return _by_code(code, words)
            smtp.send(_body(letter, self.server.sender))
        except _Broken as error:
            self._drop()
            return Result(Outcome.RETRY, f"连接中断，邮件没有交出：{_why(error)}")
        return self._end(smtp)

    def _end(self, smtp: smtplib.SMTP) -> Result:
        """From the final dot on, a missing answer says nothing about the letter."""
        try:
            smtp.send(b".\r\n")
            code, words = smtp.getreply()
        except _Broken as error:
            self._drop()
            return Result(Outcome.UNCERTAIN, f"邮件已交出，服务器没有答复：{_why(error)}")
        return Result(Outcome.SENT) if code == 250 else _by_code(code, words)

    def _refused_sender(self, code: int, words: bytes) -> Result:
        return Result(Outcome.RETRY, f"发件地址被拒绝：{_said(code, words)}", is_down=True)

    def _down(self, error: Exception) -> Result:
        self._drop()
        return Result(Outcome.RETRY, f"邮件服务器不可用：{_why(error)}", is_down=True)

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _body(letter: Letter, sender: str) -> bytes:
    """The message as it travels, without its final dot."""
    buffer = BytesIO()
    BytesGenerator(buffer, policy=MAIL).flatten(build_message(letter, sender=sender))
    lines = re.sub(rb"(?m)^\.", b"..", buffer.getvalue())
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"


def _by_code(code: int, words: bytes) -> Result:
    if code // 100 == 5:
        return Result(Outcome.DEAD, f"邮件被拒收：{_said(code, words)}")
    return Result(Outcome.RETRY, f"邮件暂时不收：{_said(code, words)}")


def _said(code: int, words: bytes) -> str:
    text = re.sub(r"<?[^\s<>]+@[^\s<>]+>?", "（地址）", words.decode("utf-8", "replace"))
    return one_line(f"{code} {text}", 200)


def _why(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return _said(error.smtp_code, text if isinstance(text, bytes) else str(text).encode())
    if isinstance(error, TimeoutError):
        return "超时"
    if isinstance(error, smtplib.SMTPServerDisconnected | ConnectionError):
        return "连接被断开"
    return one_line(str(error) or type(error).__name__, 200)


def _quietly(act: Callable[[], Any]) -> None:
    try:
        act()
    except _Broken:
        return
