"""One connection to an IMAP server (RFC 3501) by the standard library, in a thread of its own that a deadline can end."""

import asyncio
import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from typing import Any, TypeVar

from pydantic import SecretStr

from backbone.errors import ConfigurationInvalid, FrontdeskError, Unavailable
from services.email.settings import EmailSettings

BYTES_MAX = 40 * 1024 * 1024
ANSWER_MAX = BYTES_MAX + 4 * 1024 * 1024
"""Bytes of one answer, whatever a server says that it has: a mail is cut off before."""

MAIL_SECONDS = 120.0
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RECEIVED = re.compile(rb'INTERNALDATE "([ \d]\d)-([A-Z][a-z]{2})-(\d{4}) ')
_PASSING = re.compile(rb"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG|OVERQUOTA|CONTACTADMIN)\]")
"""Codes (RFC 5530) of a refusal that is not about the credentials or the mailbox's name."""

_Found = TypeVar("_Found")


class _Client(imaplib.IMAP4):
    """The library's client over a socket of ours: to given addresses, with TLS from the start where the settings say so,
    and with a bound on what one answer may hold.
    """

    def __init__(self, settings: EmailSettings, addresses: Sequence[str], seconds: float) -> None:
        self._settings = settings
        self._addresses = addresses
        self._read_bytes = 0
        assert settings.imap_host is not None
        super().__init__(settings.imap_host, settings.imap_port, seconds)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        """Connects to the first address that answers, else to the name where none were given."""
        self.host, self.port = host, port
        failure: OSError = TimeoutError()
        for address in self._addresses or (host,):
            try:
                made = socket.create_connection((address, port), timeout)
            except OSError as error:
                failure = error
            else:
                break
        else:
            raise failure
        try:
            tls = self._settings.imap_security == "tls"
            self.sock = _tls(self._settings).wrap_socket(made, server_hostname=host) if tls else made
        except BaseException:
            made.close()
            raise
        self.file = self.sock.makefile("rb")

    def read(self, size: int) -> bytes:
        self._count(size)
        found = self.file.read(size)
        return found if isinstance(found, bytes) else found.encode()

    def readline(self) -> bytes:
        line: bytes = super().readline()
        self._count(len(line))
        return line

    def _count(self, size: int) -> None:
        self._read_bytes += size
        if self._read_bytes > ANSWER_MAX:
            raise self.abort("the server's answer is too long")

    def begin(self) -> None:
        """Another answer begins."""
        self._read_bytes = 0


class Mailbox:
    """A connection, used by one coroutine. Each call has a deadline; one that is missed ends the connection.

    Raises `Unavailable` where the server is away or too slow, `ConfigurationInvalid` where a human has to change a setting.
    What a server said never stands in an error: it may be a mail.
    """

    def __init__(
        self, settings: EmailSettings, token: SecretStr | None, addresses: Sequence[str], seconds: float
    ) -> None:
        self._settings = settings
        self._token = token
        self._addresses = addresses
        self._seconds = seconds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="imap")
        self._client: _Client | None = None
        self._lost = False

    async def connect(self) -> None:
        """Greets, and switches to TLS where the settings say STARTTLS (RFC 3501 §6.2.1)."""
        self._client = await self._call(self._connected)

    def _connected(self) -> _Client:
        client = _Client(self._settings, self._addresses, self._seconds)
        if self._settings.imap_security == "starttls":
            if "STARTTLS" not in client.capabilities:
                _closed(client)
                raise ConfigurationInvalid("the IMAP server offers no STARTTLS")
            try:
                client.starttls(_tls(self._settings))
            except BaseException:
                _closed(client)
                raise
        return client

    async def open(self) -> int:
        """Logs in and selects; the mailbox's UIDVALIDITY."""
        await self._log_in()
        chosen = await self._command(lambda client: client.select(quoted(self._settings.imap_mailbox)))
        _must(chosen, "the IMAP mailbox can't be opened")
        _, values = await self._command(lambda client: client.response("UIDVALIDITY"))
        value = values[-1] if values else None
        if not isinstance(value, bytes) or not re.fullmatch(rb"\d{1,10}", value):
            raise ConfigurationInvalid("the IMAP server gives no UIDVALIDITY, so no place in the mailbox can be kept")
        return int(value)

    async def _log_in(self) -> None:
        settings = self._settings
        if settings.imap_username is None:
            raise ConfigurationInvalid("imap_username is needed to poll")
        if settings.imap_auth == "xoauth2":
            if self._token is None:
                raise Unavailable("there is no access token for the IMAP server yet")
            said = iter([f"user={settings.imap_username}\x01auth=Bearer {self._token.get_secret_value()}\x01\x01"])
            # A refused token is answered with its reason first, which wants an empty line (Google, "XOAUTH2 Protocol").
            reply = await self._command(
                lambda client: client.authenticate("XOAUTH2", lambda _: next(said, "").encode())
            )
            _must(reply, "the IMAP server refuses the access token")
            return
        if settings.imap_password is None:
            raise ConfigurationInvalid("imap_password is needed to poll")
        user, password = quoted(settings.imap_username), settings.imap_password.get_secret_value()
        _must(await self._command(lambda client: client.login(user, password)), "the IMAP server refuses the login")

    async def search(self, criteria: str, after: int, most: int) -> Sequence[int]:
        """The first `most` UIDs above `after` in rising order."""
        status, found = await self._command(lambda client: client.uid("SEARCH", criteria))
        if status != "OK":
            raise Unavailable("the IMAP search was refused")
        words = b" ".join(line for line in found if isinstance(line, bytes)).split()
        return sorted({int(word) for word in words if word.isdigit() and len(word) < 12 and int(word) > after})[:most]

    async def mail(self, uid: int) -> tuple[bytes, date] | None:
        """The mail's bytes and the day it came; None where it was expunged meanwhile. It stays unread."""
        items = f"(UID INTERNALDATE BODY.PEEK[]<0.{BYTES_MAX}>)"
        status, found = await self._command(lambda client: client.uid("FETCH", str(uid), items), MAIL_SECONDS)
        if status != "OK":
            raise Unavailable("the IMAP server did not give a mail")
        body = next((part[1] for part in found if isinstance(part, tuple)), None)
        if body is None:
            return None
        told = [part[0] if isinstance(part, tuple) else part for part in found]
        day = next((match for line in told if isinstance(line, bytes) and (match := _RECEIVED.search(line))), None)
        if day is None or day[2].decode() not in MONTHS:
            raise Unavailable("the IMAP server gave no INTERNALDATE")
        return body, date(int(day[3]), MONTHS.index(day[2].decode()) + 1, int(day[1]))

    async def close(self) -> None:
        """Says goodbye if anybody listens, and closes the connection in any case."""
        try:
            if self._client is not None and not self._lost:
                with suppress(FrontdeskError):
                    await self._command(lambda client: client.logout())
        finally:
            self._cut()
            self._thread.shutdown(wait=False)

    async def _command(self, work: Callable[[_Client], Any], seconds: float | None = None) -> tuple[str, Sequence[Any]]:
        """Status and data of a command. A refusal is a status too, whichever way the library tells it."""
        client = self._client
        assert client is not None
        client.begin()

        def carried_out() -> tuple[str, Sequence[Any]]:
            try:
                status, data = work(client)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                return "NO", [str(error).encode("utf-8", "replace")]
            return status, data

        return await self._call(carried_out, seconds)

    async def _call(self, work: Callable[[], _Found], seconds: float | None = None) -> _Found:
        """Runs `work` in the thread; where that takes too long, or nobody waits any more, its socket is shut under it."""
        running = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            async with asyncio.timeout(seconds or self._seconds):
                return await asyncio.shield(running)
        except TimeoutError:
            self._abandon(running)
            raise Unavailable("the IMAP server does not answer") from None
        except asyncio.CancelledError:
            self._abandon(running)
            raise
        except FrontdeskError:
            raise
        except ssl.SSLCertVerificationError:
            raise ConfigurationInvalid("the IMAP server's certificate is not trusted") from None
        except (OSError, imaplib.IMAP4.error, ValueError, LookupError, AttributeError) as error:
            self._cut()
            raise Unavailable("the IMAP server is away", context={"error": type(error).__name__}) from None

    def _abandon(self, running: asyncio.Future[Any]) -> None:
        self._cut()
        # Nobody waits for what the thread still says; a client that it may yet make is closed by its collector.
        running.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _cut(self) -> None:
        self._lost = True
        if self._client is not None:
            with suppress(OSError):
                # Not of the TLS socket, whose own would pull the state from under the thread that reads.
                socket.socket.shutdown(self._client.sock, socket.SHUT_RDWR)
            self._thread.submit(_closed, self._client)


def _closed(client: _Client) -> None:
    with suppress(OSError, imaplib.IMAP4.error, ValueError):
        client.shutdown()


def quoted(text: str) -> str:
    """A quoted string (RFC 3501 §4.3); settings hold no line breaks."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _tls(settings: EmailSettings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.imap_ca is not None:
        try:
            context.load_verify_locations(cadata=settings.imap_ca)
        except (ssl.SSLError, ValueError) as error:
            raise ConfigurationInvalid("imap_ca is no PEM certificate") from error
    return context


def _must(reply: tuple[str, Sequence[Any]], what: str) -> None:
    status, data = reply
    if status == "OK":
        return
    if any(isinstance(line, bytes) and _PASSING.search(line) for line in data):
        raise Unavailable(what)
    raise ConfigurationInvalid(what)
