"""
Signed links (签名链接): what one recipient may do with one digest, for one purpose, for a time.

A link holds the delivery, the item and its last day; the signature covers the purpose, so that a
link that opens an item can't unsubscribe. Whoever holds the link may do what it says and nothing
else: there is no session, hence nothing that another site could misuse.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from itsdangerous import BadSignature, URLSafeSerializer


class Purpose(StrEnum):
    """What a link is for (用途), with the path it stands under."""

    ITEM = "p"
    QUESTIONS = "q"
    SETTINGS = "u"
    ONE_CLICK = "unsubscribe"  # the mailbox's own button (RFC 8058)


LIFE_DAYS = {
    Purpose.ITEM: 180,
    Purpose.QUESTIONS: 60,
    Purpose.SETTINGS: 730,
    Purpose.ONE_CLICK: 730,
}


class BadLink(Exception):
    """The link was altered, is for something else, or is no link (链接无效)."""


class ExpiredLink(Exception):
    """The link was good until a day that is over (链接过期)."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says (链接内容); `item_id` is 0 where it is about the whole digest."""

    purpose: Purpose
    delivery_id: int
    item_id: int = 0


class LinkSigner:
    """Makes and reads links with the installation's secret (链接签名)."""

    def __init__(self, secret: str, base_url: str) -> None:
        self._secret = secret
        self.base_url = base_url.rstrip("/")

    def url(self, link: Link, *, day: date) -> str:
        """The whole address of a link made on a day."""
        return f"{self.base_url}/{link.purpose.value}/{self.token(link, day=day)}"

    def token(self, link: Link, *, day: date) -> str:
        """A link's token; good for the life of its purpose."""
        last = day + timedelta(days=LIFE_DAYS[link.purpose])
        content = [link.delivery_id, link.item_id, last.toordinal()]
        return str(self._serializer(link.purpose).dumps(content))

    def read(self, purpose: Purpose, token: str, *, day: date) -> Link:
        """
        What a token says.

        Raises:
            BadLink: it was altered or is for another purpose.
            ExpiredLink: its last day is over.
        """
        try:
            delivery_id, item_id, last = self._serializer(purpose).loads(token)
        except (BadSignature, ValueError, TypeError):
            raise BadLink("链接无效") from None
        if day.toordinal() > last:
            raise ExpiredLink(f"链接已于{date.fromordinal(last):%Y年%m月%d日}过期")
        return Link(purpose, delivery_id, item_id)

    def verify_url(self, number: str) -> str:
        """The page that verifies a digest's number."""
        return f"{self.base_url}/verify/{number}"

    def _serializer(self, purpose: Purpose) -> URLSafeSerializer:
        return URLSafeSerializer(
            self._secret,
            salt=f"policy-match.push.{purpose.value}",
            signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
        )


# The composed digest holds marks where a recipient's links will stand: each recipient has links
# of its own, and what was composed stays the same for all. Private-use characters, which
# `without_marks` takes out of everything that comes from a document, enclose them.
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(rf"{_OPEN}([a-z]+)\.(\d+){_CLOSE}")


def mark(purpose: Purpose, item: int = 0) -> str:
    """The mark of a link in a composed digest; `item` is the item's place, from 1."""
    return f"{_OPEN}{purpose.value}.{item}{_CLOSE}"


def without_marks(text: str) -> str:
    """A document's text without anything that could be taken for a mark."""
    return text.replace(_OPEN, "").replace(_CLOSE, "")


def fill(text: str, url_of: Callable[[Purpose, int], str]) -> str:
    """A composed text with a recipient's links where the marks stand."""
    return _MARK.sub(lambda found: url_of(Purpose(found[1]), int(found[2])), text)
