"""Polls an IMAP mailbox (RFC 3501): yields new mails in the order of their UIDs, fifty at a time, and changes nothing in it."""

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from typing import Any

from aioimaplib import IMAP4, AioImapException
from aioimaplib.aioimaplib import quoted

from backbone.channel.port import Account, Fetched
from backbone.clock import Clock, SystemClock
from backbone.errors import ConfigurationInvalid, Unavailable
from services.email.settings import EmailSettings

BATCH = 50
BYTES_MAX = 40 * 1024 * 1024
CALL_SECONDS = 20.0
MAIL_SECONDS = 120.0
_OVERLAP = timedelta(days=1)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UIDVALIDITY = re.compile(rb"\[UIDVALIDITY (\d{1,10})\]")
_RECEIVED = re.compile(rb'INTERNALDATE "([ \d]\d)-([A-Z][a-z]{2})-(\d{4}) ')
_PASSING = re.compile(rb"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG|OVERQUOTA|CONTACTADMIN)\]")
"""Codes (RFC 5530) of a refusal that is not about the credentials or the mailbox's name."""

_AWAY = (OSError, AioImapException, TimeoutError, ValueError, LookupError)

# The library writes whole mails to its log at DEBUG.
logging.getLogger("aioimaplib.aioimaplib").setLevel(logging.WARNING)


class ImapSession:
    """The cursor is `{uidvalidity, uid, received}`: the last mail that is durable, and the day it came to the mailbox.

    Without a cursor it begins with yesterday's unread mails. Where the mailbox was made anew (another UIDVALIDITY), UIDs
    mean nothing any more: it reads again from the day before `received`, and de-duplication drops what was there. A mail
    of over 40 MB is cut off there. One call makes one connection; who runs it, and how often, is the caller's concern.
    """

    def __init__(self, clock: Clock | None = None, call_seconds: float = CALL_SECONDS) -> None:
        self._clock = clock or SystemClock()
        self._call_seconds = call_seconds

    def wanted(self, account: Account) -> bool:
        """Whether this account has a mailbox to poll; others get their mails by the hook alone."""
        settings: EmailSettings = account.settings
        return settings.imap_host is not None

    def places(self, account: Account) -> Sequence[tuple[str, int]]:
        """The server that `fetch` connects to."""
        settings: EmailSettings = account.settings
        return [(settings.imap_host, settings.imap_port)] if settings.imap_host is not None else []

    async def fetch(self, account: Account, cursor: Mapping[str, Any] | None) -> AsyncIterator[Fetched]:
        """Yields up to fifty new mails, then ends; raises `Unavailable` or `ConfigurationInvalid`."""
        settings: EmailSettings = account.settings
        async with _connected(settings, self._call_seconds) as mailbox:
            uidvalidity = await mailbox.open(settings)
            criteria, after = self._criteria(cursor, uidvalidity)
            for uid in await mailbox.search(criteria, after):
                found = await mailbox.mail(uid)
                if found is not None:
                    body, received = found
                    yield Fetched(body, {"uidvalidity": uidvalidity, "uid": uid, "received": received.isoformat()})

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
    return f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year:04d}"


class _Mailbox:
    """One connection. Each call has a deadline, and ends at once when the connection is lost."""

    def __init__(self, settings: EmailSettings, seconds: float) -> None:
        self._lost = asyncio.Event()
        self._seconds = seconds
        context = _tls(settings) if settings.imap_security == "tls" else None
        self._client = IMAP4(
            settings.imap_host,
            settings.imap_port,
            timeout=seconds,
            conn_lost_cb=lambda _error: self._lost.set(),
            ssl_context=context,
        )

    async def greeted(self) -> None:
        try:
            await self._call(self._client.wait_hello_from_server())
        except Unavailable as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                raise ConfigurationInvalid("the IMAP server's certificate is not trusted") from error.__cause__
            raise

    async def open(self, settings: EmailSettings) -> int:
        """Logs in and selects; the mailbox's UIDVALIDITY."""
        username, password = settings.imap_username, settings.imap_password
        if username is None or password is None:
            raise ConfigurationInvalid("imap_username and imap_password are needed to poll")
        login = self._client.login(quoted(username), password.get_secret_value())
        _must(await self._call(login), "the IMAP server refuses the login")
        chosen = await self._call(self._client.select(quoted(settings.imap_mailbox)))
        _must(chosen, "the IMAP mailbox can't be opened")
        found = next((match for line in chosen.lines if (match := _UIDVALIDITY.search(line))), None)
        if found is None:
            raise ConfigurationInvalid("the IMAP server gives no UIDVALIDITY, so no place in the mailbox can be kept")
        return int(found[1])

    async def search(self, criteria: str, after: int) -> Sequence[int]:
        """The first fifty UIDs above `after` in rising order."""
        reply = await self._call(self._client.uid_search(criteria, charset=None))
        if reply.result != "OK":
            raise Unavailable("the IMAP search was refused")
        words = b" ".join(bytes(line) for line in reply.lines[:-1]).split()
        return sorted({int(word) for word in words if word.isdigit() and int(word) > after})[:BATCH]

    async def mail(self, uid: int) -> tuple[bytes, date] | None:
        """The mail's bytes and the day it came; None where it was expunged meanwhile. It stays unread."""
        items = f"(UID INTERNALDATE BODY.PEEK[]<0.{BYTES_MAX}>)"
        reply = await self._call(self._client.uid("fetch", str(uid), items), MAIL_SECONDS)
        if reply.result != "OK":
            raise Unavailable("the IMAP server did not give a mail")
        body = next((bytes(line) for line in reply.lines if isinstance(line, bytearray)), None)
        if body is None:
            return None
        day = next((match for line in reply.lines if (match := _RECEIVED.search(line))), None)
        if day is None or day[2].decode() not in _MONTHS:
            raise Unavailable("the IMAP server gave no INTERNALDATE")
        return body, date(int(day[3]), _MONTHS.index(day[2].decode()) + 1, int(day[1]))

    async def close(self) -> None:
        """Says goodbye if anybody listens, and closes the connection in any case."""
        with suppress(Unavailable, ConfigurationInvalid):
            if not self._lost.is_set():
                await self._call(self._client.logout())
        transport = self._client.protocol.transport
        if transport is not None:
            transport.abort()

    async def _call(self, call: Coroutine[Any, Any, Any], seconds: float | None = None) -> Any:
        """Awaits a reply; raises `Unavailable` when it does not come in time, or the connection is gone before."""
        lost = asyncio.ensure_future(self._lost.wait())
        reply = asyncio.ensure_future(call)
        try:
            await asyncio.wait({lost, reply}, timeout=seconds or self._seconds, return_when=asyncio.FIRST_COMPLETED)
            if not reply.done():
                reason = "closed the connection" if lost.done() else "does not answer"
                raise Unavailable(f"the IMAP server {reason}")
            return reply.result()
        except _AWAY as error:
            raise Unavailable("the IMAP server is away") from error
        finally:
            # The library greets in a task of its own, under a lock that a cancelled caller would wait for.
            for task in (lost, reply, *(() if reply.done() else self._client.protocol.tasks)):
                task.cancel()
            await asyncio.gather(lost, reply, return_exceptions=True)


@asynccontextmanager
async def _connected(settings: EmailSettings, seconds: float) -> AsyncIterator[_Mailbox]:
    if settings.imap_host is None:
        raise ConfigurationInvalid("imap_host is needed to poll")
    mailbox = _Mailbox(settings, seconds)
    try:
        await mailbox.greeted()
        yield mailbox
    finally:
        await mailbox.close()


def _tls(settings: EmailSettings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.imap_ca is not None:
        try:
            context.load_verify_locations(cadata=settings.imap_ca)
        except (ssl.SSLError, ValueError) as error:
            raise ConfigurationInvalid("imap_ca is no PEM certificate") from error
    return context


def _must(reply: Any, what: str) -> None:
    if reply.result == "OK":
        return
    if any(_PASSING.search(line) for line in reply.lines):
        raise Unavailable(what)
    raise ConfigurationInvalid(what)


session = ImapSession()
