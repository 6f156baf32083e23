"""Mail by SMTP against a strict server and our own sink: taken, refused, unknown, encrypted, to checked addresses only."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from pydantic import SecretStr

from backbone.channel.port import ProviderReply, SmtpCall
from backbone.errors import CallFailed, OutcomeUnknown, UrlRefused
from backbone.web.addresses import Guard
from backbone.web.dialer import Dialer
from gateway.outbound.smtp import PORTS, send
from gateway.simulator.smtp_sink import SmtpSink
from tests.support.certificates import make_certificate
from tests.support.network import Names, watched_connects
from tests.support.ports import HOST, free_ports

DEADLINE = timedelta(seconds=10)
MAIL = b"From: a@desk.test\r\nTo: b@customer.test\r\nMessage-ID: <1@desk.test>\r\n\r\n.dots\r\n..two\r\nend\r\n"
CALL = SmtpCall("a@desk.test", ("b@customer.test",), MAIL)
LOCAL = Dialer(Guard("127.0.0.1"), Names({"mail.test": ["127.0.0.1"], "other.test": ["127.0.0.1"]}))


@dataclass(frozen=True)
class Settings:
    smtp_port: int
    smtp_host: str = HOST
    smtp_security: str = "plain"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_ca: str | None = None
    own_domain: str = "desk.test"


@dataclass
class Handler:
    """What aiosmtpd calls; each answer can be set."""

    rcpt: str = "250 ok"
    data: str = "250 2.0.0 queued"
    mails: list[bytes] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: object, envelope: Envelope, address: str, _options: object
    ) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, _server: SMTP, _session: object, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        return self.data


@asynccontextmanager
async def strict_server(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """aiosmtpd; with TLS it wants STARTTLS and the login user/secret."""

    def login(_server: object, _session: object, _envelope: object, _mechanism: str, given: object) -> AuthResult:
        right = isinstance(given, LoginPassword) and (given.login, given.password) == (b"user", b"secret")
        return AuthResult(success=right, handled=False)

    def session() -> SMTP:
        if tls is None:
            return SMTP(handler)
        return SMTP(handler, tls_context=tls, require_starttls=True, auth_required=True, authenticator=login)

    port = free_ports(1)[0]
    server = await asyncio.get_running_loop().create_server(session, HOST, port)
    try:
        yield port
    finally:
        server.close()
        await server.wait_closed()


async def test_a_mail_is_handed_over_byte_by_byte() -> None:
    handler = Handler()
    async with strict_server(handler) as port:
        reply = await send(CALL, Settings(port), LOCAL, DEADLINE)
    assert (reply.status, reply.body) == (250, b"2.0.0 queued")
    assert handler.mails == [MAIL]


@pytest.mark.parametrize(
    ("handler", "status"),
    [
        (Handler(rcpt="550 5.1.1 no such user"), 550),
        (Handler(rcpt="451 4.7.1 greylisted"), 451),
        (Handler(data="554 5.7.1 spam"), 554),
        (Handler(data="452 4.3.1 full"), 452),
    ],
)
async def test_a_refusal_is_an_answer_with_its_code(handler: Handler, status: int) -> None:
    async with strict_server(handler) as port:
        reply = await send(CALL, Settings(port), LOCAL, DEADLINE)
    assert reply.status == status
    assert reply.body


async def test_starttls_checks_the_servers_name_and_logs_in(tmp_path: Path) -> None:
    server_side, authority = make_certificate(tmp_path, "mail.test")
    handler = Handler()
    async with strict_server(handler, server_side) as port:

        def settings(host: str, password: str = "secret") -> Settings:
            return Settings(port, host, "starttls", "user", SecretStr(password), authority)

        assert (await send(CALL, settings("mail.test"), LOCAL, DEADLINE)).status == 250
        with pytest.raises(CallFailed):
            await send(CALL, settings("other.test"), LOCAL, DEADLINE)
        assert (await send(CALL, settings("mail.test", "wrong"), LOCAL, DEADLINE)).status == 535
        with pytest.raises(CallFailed):
            await send(CALL, Settings(port, "mail.test", "starttls"), LOCAL, DEADLINE)
    assert len(handler.mails) == 1


async def test_a_server_without_starttls_gets_no_mail_in_the_clear() -> None:
    handler = Handler()
    async with strict_server(handler) as port:
        with pytest.raises(CallFailed):
            await send(CALL, Settings(port, smtp_security="starttls"), LOCAL, DEADLINE)
    assert handler.mails == []


Dialogue = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def odd_server(dialogue: Dialogue) -> AsyncIterator[int]:
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await dialogue(reader, writer)
        finally:
            writer.close()

    port = free_ports(1)[0]
    server = await asyncio.start_server(serve, HOST, port)
    try:
        yield port
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def _until(line: bytes, *, then_hang: bool) -> Dialogue:
    """Plays along until the client has said `line`, then falls silent or cuts the line."""

    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while True:
            said = await reader.readline()
            if said.strip() == line:
                if then_hang:
                    await asyncio.Event().wait()
                writer.transport.abort()
                return
            writer.write(b"354 go\r\n" if said.startswith(b"DATA") else b"250 ok\r\n" if said[:4].isupper() else b"")

    return dialogue


@pytest.mark.parametrize("hang", [True, False])
async def test_silence_after_the_mail_is_an_unknown_outcome(hang: bool) -> None:
    async with odd_server(_until(b".", then_hang=hang)) as port:
        with pytest.raises(OutcomeUnknown):
            await send(CALL, Settings(port), LOCAL, timedelta(milliseconds=500))


@pytest.mark.parametrize("line", [b"MAIL FROM:<a@desk.test>", b"RCPT TO:<b@customer.test>"])
@pytest.mark.parametrize("hang", [True, False])
async def test_silence_before_the_mail_means_it_was_not_taken(line: bytes, hang: bool) -> None:
    async with odd_server(_until(line, then_hang=hang)) as port:
        with pytest.raises(CallFailed):
            await send(CALL, Settings(port), LOCAL, timedelta(milliseconds=500))


async def test_nobody_listening_and_a_closed_address_are_told_apart() -> None:
    with pytest.raises(CallFailed):
        await send(CALL, Settings(free_ports(1)[0]), LOCAL, DEADLINE)
    guarded = Dialer(Guard(ports=PORTS), Names({"inside.test": ["10.0.0.5"], "outside.test": ["93.184.216.34"]}))
    with watched_connects() as connects:
        for settings in (Settings(25), Settings(587, "inside.test"), Settings(443, "outside.test")):
            with pytest.raises(UrlRefused):
                await send(CALL, settings, guarded, DEADLINE)
    assert connects == []


async def test_the_null_sender_of_an_automatic_mail_is_accepted() -> None:
    handler = Handler()
    async with strict_server(handler) as port:
        reply = await send(SmtpCall("", ("b@customer.test",), MAIL), Settings(port), LOCAL, DEADLINE)
    assert reply.status == 250


@asynccontextmanager
async def sink(reply: ProviderReply, mails: list[tuple[str, bytes]]) -> AsyncIterator[int]:
    async def take(sender: str, mail: bytes) -> ProviderReply:
        mails.append((sender, mail))
        return reply

    port = free_ports(1)[0]
    made = SmtpSink(take, port=port)
    await made.start()
    try:
        yield port
    finally:
        await made.stop()


async def test_our_sink_takes_the_very_bytes_and_answers_what_it_is_told() -> None:
    mails: list[tuple[str, bytes]] = []
    async with sink(ProviderReply(250, (), b"2.0.0 Ok: queued"), mails) as port:
        assert (await send(CALL, Settings(port), LOCAL, DEADLINE)).body == b"2.0.0 Ok: queued"
    assert mails == [("a@desk.test", MAIL)]
    async with sink(ProviderReply(451, (), b"4.7.1 later"), mails) as port:
        assert (await send(CALL, Settings(port), LOCAL, DEADLINE)).status == 451


async def test_our_sink_survives_nonsense() -> None:
    async with sink(ProviderReply(250), []) as port:
        reader, writer = await asyncio.open_connection(HOST, port)
        answers = []
        for line in (b"NOPE\r\n", b"DATA\r\n", b"RCPT TO:<x>\r\n", b"\xff\xfe\r\n", b"NOOP\r\n", b"QUIT\r\n"):
            writer.write(line)
            answers.append(line)
        said = (await reader.read()).decode().splitlines()
        writer.close()
        assert [line[:3] for line in said] == ["220", "502", "503", "503", "502", "250", "221"]
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(b"x" * 100_000)
        assert (await reader.read()).startswith(b"220")
        writer.close()
