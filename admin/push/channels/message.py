"""A letter as a mail message (邮件报文): text and page side by side, plain 7-bit lines."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from typing import Any

from admin.push.channels.base import Letter

_SHOWN_NAME = "政策找企业推送"
_UNFOLDED = ("list-unsubscribe",)


class _MailPolicy(EmailPolicy):
    """
    The SMTP policy, but a header of links stays on one line as it is.

    Folding would write a link that is longer than a line as an encoded word, which no mailbox
    takes for a link.
    """

    def fold(self, name: str, value: Any) -> str:
        """The header's lines."""
        if name.lower() in _UNFOLDED:
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The header's lines as bytes."""
        if name.lower() in _UNFOLDED:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return bytes(super().fold_binary(name, value))


MAIL = _MailPolicy(linesep=SMTP.linesep, cte_type="7bit", utf8=False)


def build_message(letter: Letter, *, sender: str) -> EmailMessage:
    """
    The message of a letter.

    The same letter gives the same bytes: the boundary is made of the delivery's id, and the
    mail server adds the date.
    """
    message = EmailMessage(policy=MAIL)
    message["From"] = str(Address(_SHOWN_NAME, addr_spec=sender))
    message["To"] = str(Address(addr_spec=letter.address)) if "@" in letter.address else sender
    message["Subject"] = " ".join(letter.subject.split())
    message["Message-ID"] = message_id(letter, sender)
    for name, value in letter.headers.items():
        message[name] = value
    message.set_content(letter.text, cte="base64")
    message.add_alternative(letter.html, subtype="html", cte="base64")
    message.set_boundary(f"=_{letter.number}.{letter.id}")
    return message


def message_id(letter: Letter, sender: str) -> str:
    """Message-ID is the delivery's id: a mailbox that gets it twice can tell."""
    return f"<{letter.id}.{letter.number}@{sender.rpartition('@')[2] or 'localhost.invalid'}>"
