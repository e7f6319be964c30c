"""A letter as a mail message (邮件报文): text and page side by side, plain 7-bit lines."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from admin.push.channels.base import Letter

_SHOWN_NAME = "政策找企业推送"


def build_message(letter: Letter, *, sender: str) -> EmailMessage:
    """
    The message of a letter.

    The same letter gives the same bytes: the boundary is made of the delivery's id, and the
    mail server adds the date.
    """
    message = EmailMessage(policy=SMTP)
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
