"""Channels (渠道): one class each; `open_channels` makes those in use."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from admin.push.channels.base import Channel, Letter, Outcome, Result
from admin.push.channels.file import FileChannel
from admin.push.channels.smtp import SmtpChannel
from policy_match.errors import SettingsError
from policy_match.settings import PREFIX, Settings

MAKERS: Mapping[str, Callable[[Settings], Channel]] = {
    "file": FileChannel.of,
    "mail": SmtpChannel.of,
}


def open_channels(settings: Settings) -> dict[str, Channel]:
    """
    The channels in use by name; nothing is connected yet.

    Raises:
        SettingsError: a channel is in use that does not exist yet, or its address is no good.
    """
    for name in settings.admin.channels:
        if name not in MAKERS:
            raise SettingsError(
                f"渠道“{name}”还不能用",
                where=f"{PREFIX}CHANNELS",
                advice=f"可以用：{'、'.join(MAKERS)}",
            )
    return {name: MAKERS[name](settings) for name in settings.admin.channels}


__all__ = ["MAKERS", "Channel", "Letter", "Outcome", "Result", "open_channels"]
