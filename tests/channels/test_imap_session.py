"""The IMAP poller against a server in this process: what it reads, what it leaves alone, and what goes wrong."""

import asyncio
import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr, ValidationError

from backbone.channel.port import Account, Fetched, Final, ProviderReply, Session, Transient
from backbone.channel.sources import Token
from backbone.clock import ManualClock
from backbone.errors import ConfigurationInvalid, FrontdeskError, Unavailable
from services.email import imap as imap_module
from services.email.codec import codec
from services.email.session import BATCH, ImapSession
from tests.support import channels as support
from tests.support.imap import FakeImap, Fault, StoredMail, running
from tests.support.ports import free_ports

NOW = support.NOW


def account(port: int, **settings: Any) -> Account:
    values = {
        "imap_host": "127.0.0.1",
        "imap_port": port,
        "imap_security": "plain",
        "imap_username": "desk",
        "imap_password": 'pass"word',
        **settings,
    }
    return support.account("email", values)


def stored(uid: int, text: str = "", *, seen: bool = False, age: timedelta = timedelta(0)) -> StoredMail:
    body = f"From: a@example.test\r\nMessage-ID: <{uid}@example.test>\r\n\r\n{text or f'mail {uid}'}\r\n"
    return StoredMail(uid, body.encode(), NOW - age, seen)


async def poll(on: Account, cursor: Mapping[str, Any] | None = None, seconds: float = 5.0) -> list[Fetched]:
    poller: Session = ImapSession(ManualClock(NOW), seconds)
    return [item async for item in poller.fetch(on, cursor)]


def uids(found: list[Fetched]) -> list[int]:
    return [item.cursor["uid"] for item in found]


def test_only_accounts_with_a_mailbox_are_polled() -> None:
    assert ImapSession().wanted(account(143))
    assert not ImapSession().wanted(support.account("email"))


async def test_without_a_cursor_yesterdays_unread_mails_are_read() -> None:
    mails = [stored(1, age=timedelta(days=9)), stored(2, seen=True), stored(3), stored(4)]
    async with running(FakeImap(mails=mails)) as imap:
        found = await poll(account(imap.port))
    assert uids(found) == [3, 4]
    assert found[0].body == mails[2].body
    assert found[0].cursor == {"uidvalidity": 1, "uid": 3, "received": "2026-11-20"}


async def test_with_a_cursor_all_later_mails_are_read_whoever_has_seen_them() -> None:
    mails = [stored(3), stored(4, seen=True), stored(7)]
    async with running(FakeImap(mails=mails)) as imap:
        cursor = (await poll(account(imap.port)))[0].cursor
        assert uids(await poll(account(imap.port), cursor)) == [4, 7]
        assert await poll(account(imap.port), {**cursor, "uid": 7}) == []


async def test_nothing_in_the_mailbox_is_changed() -> None:
    async with running(FakeImap(mails=[stored(3), stored(4)])) as imap:
        await poll(account(imap.port))
    names = [command.split(" ")[0] for command in imap.commands]
    assert names == ["CAPABILITY", "LOGIN", "SELECT", "SEARCH", "FETCH", "FETCH", "LOGOUT"]
    assert all("BODY.PEEK" in command for command in imap.commands if command.startswith("FETCH"))


async def test_a_mailbox_made_anew_is_read_again_from_the_day_before() -> None:
    mails = [stored(1, age=timedelta(days=9)), stored(2, seen=True, age=timedelta(days=1)), stored(3)]
    async with running(FakeImap(uidvalidity=2, mails=mails)) as imap:
        found = await poll(account(imap.port), {"uidvalidity": 1, "uid": 900, "received": "2026-11-20"})
    assert uids(found) == [2, 3]
    assert found[0].cursor["uidvalidity"] == 2


async def test_a_full_mailbox_comes_in_batches() -> None:
    mails = [stored(uid) for uid in range(1, BATCH + 11)]
    async with running(FakeImap(mails=mails)) as imap:
        first = await poll(account(imap.port))
        second = await poll(account(imap.port), first[-1].cursor)
    assert uids(first) == list(range(1, BATCH + 1))
    assert uids(second) == list(range(BATCH + 1, BATCH + 11))


async def test_a_mail_is_read_byte_by_byte_whatever_it_looks_like() -> None:
    odd = b"From: a@example.test\r\n\r\n) ( {12}\r\nA001 OK done\r\n* 5 FETCH (\r\n\x00\xff\r\n"
    long = b"From: a@example.test\r\n\r\n" + b"x" * 300_000 + b"\r\n" * 50_000
    mails = [StoredMail(1, odd, NOW), StoredMail(2, b"", NOW), StoredMail(3, long, NOW)]
    async with running(FakeImap(mails=mails)) as imap:
        assert [item.body for item in await poll(account(imap.port))] == [odd, b"", long]


async def test_a_mail_expunged_meanwhile_is_passed_over() -> None:
    class Forgetful(FakeImap):
        async def _fetch(self, arguments: str, writer: Any) -> None:
            if not arguments.startswith("3 "):
                await super()._fetch(arguments, writer)

    async with running(Forgetful(mails=[stored(3), stored(4)])) as imap:
        assert uids(await poll(account(imap.port))) == [4]


@pytest.mark.parametrize("command", ["CAPABILITY", "LOGIN", "SELECT", "SEARCH", "FETCH", "LOGOUT"])
@pytest.mark.parametrize("fault", ["hang", "drop"])
async def test_a_server_that_hangs_or_hangs_up_is_away(command: str, fault: Fault) -> None:
    async with running(FakeImap(mails=[stored(3)], faults={command: fault})) as imap:
        seconds = 0.3 if fault == "hang" else 5.0
        if command == "LOGOUT":
            assert len(await poll(account(imap.port), seconds=seconds)) == 1
            return
        started = asyncio.get_running_loop().time()
        with pytest.raises(Unavailable):
            await poll(account(imap.port), seconds=seconds)
        assert asyncio.get_running_loop().time() - started < 3.0


@pytest.mark.parametrize(
    ("command", "refusal", "error"),
    [
        ("LOGIN", "[AUTHENTICATIONFAILED] wrong", ConfigurationInvalid),
        ("LOGIN", "[UNAVAILABLE] directory away", Unavailable),
        ("SELECT", "[NONEXISTENT] no such mailbox", ConfigurationInvalid),
        ("SELECT", "[INUSE] locked", Unavailable),
        ("SEARCH", "no", Unavailable),
        ("FETCH", "no", Unavailable),
    ],
)
async def test_a_refusal_says_whether_a_human_is_needed(
    command: str, refusal: str, error: type[FrontdeskError]
) -> None:
    async with running(FakeImap(mails=[stored(3)], faults={command: "no"}, refusal=refusal)) as imap:
        with pytest.raises(error) as caught:
            await poll(account(imap.port))
    assert type(caught.value) is error
    assert 'pass"word' not in repr(caught.value)


async def test_a_wrong_password_asks_a_human() -> None:
    async with running(FakeImap()) as imap:
        with pytest.raises(ConfigurationInvalid):
            await poll(account(imap.port, imap_password="other"))


async def test_a_server_without_uidvalidity_asks_a_human() -> None:
    async with running(FakeImap(uidvalidity=None)) as imap:
        with pytest.raises(ConfigurationInvalid):
            await poll(account(imap.port))


async def test_nobody_listening_is_away() -> None:
    (port,) = free_ports(1)
    with pytest.raises(Unavailable):
        await poll(account(port))


@pytest.mark.parametrize("missing", ["imap_host", "imap_username", "imap_password"])
async def test_missing_settings_ask_a_human(missing: str) -> None:
    async with running(FakeImap()) as imap:
        with pytest.raises(ConfigurationInvalid):
            await poll(account(imap.port, **{missing: None}))


@pytest.mark.parametrize(
    "cursor", [{}, {"uidvalidity": 1}, {"uidvalidity": 1, "uid": "x"}, {"uidvalidity": 2, "received": "x"}]
)
async def test_a_cursor_that_can_not_be_read_asks_a_human(cursor: dict[str, Any]) -> None:
    async with running(FakeImap()) as imap:
        with pytest.raises(ConfigurationInvalid):
            await poll(account(imap.port), cursor)


async def test_a_reader_that_stops_early_leaves_no_connection() -> None:
    async with running(FakeImap(mails=[stored(3), stored(4)])) as imap:
        items = ImapSession(ManualClock(NOW)).fetch(account(imap.port), None)
        async for item in items:
            assert item.cursor["uid"] == 3
            break
        await items.aclose()  # type: ignore[attr-defined]
    assert imap.open_connections == 0
    assert imap.commands[-1].startswith("LOGOUT")


async def test_tls_is_used_with_the_accounts_own_authority_and_not_without(tmp_path: Path) -> None:
    certificate, context = authority(tmp_path)
    async with running(FakeImap(mails=[stored(3)]), tls=context) as imap:
        trusted = account(imap.port, imap_security="tls", imap_ca=certificate)
        assert uids(await poll(trusted)) == [3]
        with pytest.raises(ConfigurationInvalid, match="certificate"):
            await poll(account(imap.port, imap_security="tls"))
        with pytest.raises(ConfigurationInvalid, match="imap_ca"):
            await poll(account(imap.port, imap_security="tls", imap_ca="nonsense"))


async def test_starttls_protects_the_login_and_is_never_gone_without(tmp_path: Path) -> None:
    certificate, context = authority(tmp_path)
    async with running(FakeImap(mails=[stored(3)], starttls=context)) as imap:
        assert uids(await poll(account(imap.port, imap_security="starttls", imap_ca=certificate))) == [3]
    names = [command.split(" ")[0] for command in imap.commands]
    assert names.index("STARTTLS") < names.index("LOGIN")
    async with running(FakeImap(mails=[stored(3)])) as bare:
        with pytest.raises(ConfigurationInvalid, match="STARTTLS"):
            await poll(account(bare.port, imap_security="starttls", imap_ca=certificate))
    assert "LOGIN" not in bare.commands
    async with running(FakeImap(starttls=context)) as untrusted:
        with pytest.raises(ConfigurationInvalid, match="certificate"):
            await poll(account(untrusted.port, imap_security="starttls"))


OAUTH = {"token_url": "https://provider.example.test/token", "client_id": "desk", "client_secret": "hidden"}


def with_token(on: Account, token: str | None) -> Account:
    return replace(on, token=SecretStr(token) if token else None)


async def test_a_login_by_access_token_needs_no_password() -> None:
    async with running(FakeImap(mails=[stored(3)], token="fresh")) as imap:
        on = account(imap.port, imap_auth="xoauth2", oauth=OAUTH, imap_password=None)
        assert uids(await poll(with_token(on, "fresh"))) == [3]
        with pytest.raises(Unavailable, match="no access token"):
            await poll(with_token(on, None))
        with pytest.raises(ConfigurationInvalid) as caught:
            await poll(with_token(on, "stale"))
    assert "stale" not in repr(caught.value)
    assert "LOGIN" not in imap.commands


async def test_a_pinned_session_connects_to_the_checked_address_and_looks_no_name_up() -> None:
    async with running(FakeImap(mails=[stored(3)])) as imap:
        on = account(imap.port, imap_host="localhost")
        pinned = ImapSession(ManualClock(NOW)).pinned({("localhost", imap.port): ["127.0.0.1"]})
        assert [item.cursor["uid"] async for item in pinned.fetch(on, None)] == [3]
        elsewhere = ImapSession(ManualClock(NOW), 2.0).pinned({("localhost", imap.port): ["127.0.0.2"]})
        with pytest.raises(Unavailable):
            [item async for item in elsewhere.fetch(on, None)]


async def test_a_server_that_never_ends_an_answer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(FakeImap):
        async def _fetch(self, arguments: str, writer: Any) -> None:
            while True:
                await self._say(writer, "* OK " + "x" * 10_000)

    monkeypatch.setattr(imap_module, "ANSWER_MAX", 200_000)
    async with running(Endless(mails=[stored(3)])) as imap:
        with pytest.raises(Unavailable):
            await poll(account(imap.port))


async def test_a_server_that_trickles_is_left_at_the_deadline() -> None:
    class Slow(FakeImap):
        async def _select(self, arguments: str, writer: Any) -> None:
            while True:
                await self._say(writer, "* OK wait")
                await asyncio.sleep(0.05)

    async with running(Slow(mails=[stored(3)])) as imap:
        started = asyncio.get_running_loop().time()
        with pytest.raises(Unavailable, match="does not answer"):
            await poll(account(imap.port), seconds=0.5)
        assert asyncio.get_running_loop().time() - started < 3.0


@pytest.mark.parametrize("refresh", [None, "kept"])
def test_a_token_is_asked_for_by_the_newest_refresh_token_or_the_clients_own_name(refresh: str | None) -> None:
    on = account(
        993, imap_security="tls", imap_auth="xoauth2", oauth={**OAUTH, "refresh_token": refresh, "scope": "mail"}
    )
    call = codec.token_call(on, NOW)
    assert call is not None
    sent = dict(parse_qsl(call.body.decode()))
    assert sent["grant_type"] == ("refresh_token" if refresh else "client_credentials")
    newer = codec.token_call(replace(on, refresh_token=SecretStr("newer")), NOW)
    assert newer is not None
    assert dict(parse_qsl(newer.body.decode()))["refresh_token"] == "newer"
    assert "hidden" not in repr(call)
    assert codec.token_call(account(993), NOW) is None


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b'{"access_token":"t","expires_in":3599}', Token(SecretStr("t"), timedelta(seconds=3599))),
        (
            200,
            b'{"access_token":"t","expires_in":"x","refresh_token":"r"}',
            Token(SecretStr("t"), timedelta(hours=1), SecretStr("r")),
        ),
        (400, b'{"error":"invalid_grant"}', Final("invalid_grant")),
        (503, b"", Transient("http_503")),
        (429, b"", Transient("http_429")),
        (200, b"[]", Transient("unreadable", "the answer holds no access token")),
    ],
)
def test_an_answer_about_a_token_says_whether_a_person_is_needed(status: int, body: bytes, expected: object) -> None:
    assert codec.token_found(ProviderReply(status, (), body), account(993)) == expected


def authority(folder: Path) -> tuple[str, ssl.SSLContext]:
    """A self-signed certificate for the loopback address, as PEM text and as a server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "imap.example.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(pem + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return pem.decode(), context


@pytest.mark.parametrize("host", ["mail.example.test", "192.0.2.1", "0.0.0.0"])
def test_a_password_is_never_sent_in_the_clear_to_another_machine(host: str) -> None:
    with pytest.raises(ValidationError):
        account(143, imap_host=host)
