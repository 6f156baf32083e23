"""Hands one mail to an account's SMTP server, over a socket to a checked address."""

import asyncio
import ssl
from datetime import timedelta
from functools import lru_cache
from typing import Protocol

import aiosmtplib
from pydantic import SecretStr

from backbone.channel.port import ProviderReply, SmtpCall
from backbone.errors import CallFailed, OutcomeUnknown
from backbone.web.dialer import Dialer

PORTS = frozenset({25, 465, 587, 2525})
_ANSWER_MAX = 2000


class SmtpSettings(Protocol):
    """What an account's settings must say to send by SMTP. `smtp_ca` is PEM text of authorities beside the system's."""

    @property
    def smtp_host(self) -> str: ...
    @property
    def smtp_port(self) -> int: ...
    @property
    def smtp_security(self) -> str: ...
    @property
    def smtp_username(self) -> str | None: ...
    @property
    def smtp_password(self) -> SecretStr | None: ...
    @property
    def smtp_ca(self) -> str | None: ...
    @property
    def own_domain(self) -> str: ...


async def send(call: SmtpCall, settings: SmtpSettings, dialer: Dialer, deadline: timedelta) -> ProviderReply:
    """One session, one mail. The reply is the server's to the last command that decided.

    Raises `UrlRefused`, `CallFailed` before the mail's text was sent, `OutcomeUnknown` where the answer to it is missing.
    A recipient that is refused beside others that are taken is not told: each of our mails has one.
    """
    writing = False
    client: aiosmtplib.SMTP | None = None
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            socket = await dialer.open(settings.smtp_host, settings.smtp_port)
            client = _client(settings, deadline)
            # From here on the socket is the client's, which closes it whatever happens.
            await client.connect(sock=socket)
            refused = await _envelope(client, call)
            if refused is not None:
                return refused
            writing = True
            return _reply(await client.data(call.mime))
    except aiosmtplib.SMTPResponseException as error:
        return ProviderReply(error.code, (), error.message.encode()[:_ANSWER_MAX])
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        context = {"error": type(error).__name__}
        if writing:
            raise OutcomeUnknown(context=context) from error
        raise CallFailed(context=context) from error
    finally:
        if client is not None:
            # No QUIT: the mail is taken or not, and waiting for a goodbye (of TLS too) only holds the sender.
            if isinstance(client.transport, asyncio.WriteTransport):
                client.transport.abort()
            client.close()


def _client(settings: SmtpSettings, deadline: timedelta) -> aiosmtplib.SMTP:
    password = settings.smtp_password
    return aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        username=settings.smtp_username,
        password=password.get_secret_value() if password is not None else None,
        local_hostname=settings.own_domain,
        timeout=deadline.total_seconds(),
        use_tls=settings.smtp_security == "tls",
        start_tls=settings.smtp_security == "starttls",
        tls_context=_tls(settings.smtp_ca) if settings.smtp_security != "plain" else None,
    )


@lru_cache(maxsize=64)
def _tls(authorities: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if authorities:
        context.load_verify_locations(cadata=authorities)
    return context


async def _envelope(client: aiosmtplib.SMTP, call: SmtpCall) -> ProviderReply | None:
    """None once the server takes the sender and at least one recipient; else its refusal."""
    await client.mail(call.sender)
    refused: ProviderReply | None = None
    taken = False
    for recipient in call.recipients:
        try:
            await client.rcpt(recipient)
        except aiosmtplib.SMTPRecipientRefused as error:
            refused = ProviderReply(error.code, (), error.message.encode()[:_ANSWER_MAX])
        else:
            taken = True
    return None if taken else refused or ProviderReply(503, (), b"no recipient")


def _reply(response: aiosmtplib.SMTPResponse) -> ProviderReply:
    return ProviderReply(response.code, (), response.message.encode()[:_ANSWER_MAX])
