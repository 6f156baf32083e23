"""Polls an IMAP mailbox (RFC 3501): yields new mails in the order of their UIDs, fifty at a time, and changes nothing in it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from backbone.channel.port import Account, Fetched
from backbone.clock import Clock, SystemClock
from backbone.errors import ConfigurationInvalid
from services.email.imap import MONTHS, Mailbox
from services.email.settings import EmailSettings

BATCH = 50
CALL_SECONDS = 20.0
_OVERLAP = timedelta(days=1)


class ImapSession:
    """The cursor is `{uidvalidity, uid, received}`: the last mail that is durable, and the day it came to the mailbox.

    Without a cursor it begins with yesterday's unread mails. Where the mailbox was made anew (another UIDVALIDITY), UIDs
    mean nothing any more: it reads again from the day before `received`, and de-duplication drops what was there. A mail
    of over 40 MB is cut off there. One call makes one connection; who runs it, and how often, is the caller's concern.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        call_seconds: float = CALL_SECONDS,
        addresses: Mapping[tuple[str, int], Sequence[str]] | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._call_seconds = call_seconds
        self._addresses = addresses or {}

    def wanted(self, account: Account) -> bool:
        """Whether this account has a mailbox to poll; others get their mails by the hook alone."""
        settings: EmailSettings = account.settings
        return settings.imap_host is not None

    def places(self, account: Account) -> Sequence[tuple[str, int]]:
        """The server that `fetch` connects to."""
        settings: EmailSettings = account.settings
        return [(settings.imap_host, settings.imap_port)] if settings.imap_host is not None else []

    def pinned(self, addresses: Mapping[tuple[str, int], Sequence[str]]) -> "ImapSession":
        """A session that connects to these very addresses, which were checked, and looks no name up again."""
        return ImapSession(self._clock, self._call_seconds, addresses)

    async def fetch(self, account: Account, cursor: Mapping[str, Any] | None) -> AsyncIterator[Fetched]:
        """Yields up to fifty new mails, then ends; raises `Unavailable` or `ConfigurationInvalid`."""
        settings: EmailSettings = account.settings
        if settings.imap_host is None:
            raise ConfigurationInvalid("imap_host is needed to poll")
        known = self._addresses.get((settings.imap_host, settings.imap_port), ())
        mailbox = Mailbox(settings, account.token, known, self._call_seconds)
        try:
            await mailbox.connect()
            uidvalidity = await mailbox.open()
            criteria, after = self._criteria(cursor, uidvalidity)
            for uid in await mailbox.search(criteria, after, BATCH):
                found = await mailbox.mail(uid)
                if found is not None:
                    body, received = found
                    yield Fetched(body, {"uidvalidity": uidvalidity, "uid": uid, "received": received.isoformat()})
        finally:
            await mailbox.close()

    def _criteria(self, cursor: Mapping[str, Any] | None, uidvalidity: int) -> tuple[str, int]:
        """What to search for, and the UID that all results must be above (`n:*` always finds the last mail)."""
        try:
            if cursor is None:
                return f"UNSEEN SINCE {_imap_date(self._clock.now().date() - _OVERLAP)}", 0
            if cursor["uidvalidity"] == uidvalidity:
                return f"UID {int(cursor['uid']) + 1}:*", int(cursor["uid"])
            return f"SINCE {_imap_date(date.fromisoformat(cursor['received']) - _OVERLAP)}", 0
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ConfigurationInvalid("the stored IMAP cursor can't be read") from error


def _imap_date(day: date) -> str:
    return f"{day.day:02d}-{MONTHS[day.month - 1]}-{day.year:04d}"


session = ImapSession()
