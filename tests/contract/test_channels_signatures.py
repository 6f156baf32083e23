"""What every channel's signature check must refuse."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from backbone.channel.port import Account, Request
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing, SignatureStale, Unauthenticated
from tests.support import channels as support
from tests.support.channels import Fixture

NAMES = support.names()
SIGNED = [fixture for name in NAMES for fixture in support.signed_fixtures(name)]
SOME_SIGNED = [fixture for name in NAMES for fixture in support.signed_fixtures(name)[:3]]
each_signed = pytest.mark.parametrize("fixture", SIGNED, ids=lambda fixture: fixture.id)
some_signed = pytest.mark.parametrize("fixture", SOME_SIGNED, ids=lambda fixture: fixture.id)
TOLERANCE = timedelta(seconds=300)


def verify(fixture: Fixture, request: Request, account: Account, **context: Any) -> None:
    codec = support.load(fixture.channel).codec
    codec.verify(request, replace(support.context_of(fixture, account), **context))


@pytest.mark.parametrize("name", NAMES)
def test_a_webhook_channel_proves_who_calls(name: str) -> None:
    assert support.signed_fixtures(name) or support.load(name).manifest.ingress != "webhook"
    for fixture in support.signed_fixtures(name):
        account = support.fixture_account(fixture)
        assert support.request_of(fixture, account) != support.unsigned(fixture, account)


@each_signed
def test_an_unsigned_request_is_refused(fixture: Fixture) -> None:
    account = support.fixture_account(fixture)
    with pytest.raises((SignatureMissing, SignatureInvalid)):
        verify(fixture, support.unsigned(fixture, account), account)


@each_signed
def test_a_signature_of_another_account_is_refused(fixture: Fixture) -> None:
    mine, other = support.fixture_account(fixture), support.fixture_account(fixture, seed="another")
    assert support.secrets_of(mine.settings) != support.secrets_of(other.settings)
    with pytest.raises(Unauthenticated):
        verify(fixture, support.request_of(fixture, other), mine)


@each_signed
def test_a_forged_signature_is_refused(fixture: Fixture) -> None:
    account = support.fixture_account(fixture)
    request = support.request_of(fixture, account)
    names = support.signature_headers(fixture, account)
    for name in names:
        value = request.header(name)
        assert value is not None
        for forged in ("", " ", "x", value[:-6], value[::-1], value + "x", "sha256=", "é", value[:-6] + "AAAAAA"):
            headers = tuple((key, forged if key == name else old) for key, old in request.headers)
            with pytest.raises(Unauthenticated):
                verify(fixture, replace(request, headers=headers), account)


@each_signed
def test_a_doubled_signature_header_is_refused(fixture: Fixture) -> None:
    account = support.fixture_account(fixture)
    request = support.request_of(fixture, account)
    for name in support.signature_headers(fixture, account):
        value = request.header(name)
        assert value is not None
        for doubled in ((name, value), (name, "x"), (name.upper(), value)):
            with pytest.raises(Unauthenticated):
                verify(fixture, replace(request, headers=(*request.headers, doubled)), account)


@each_signed
@pytest.mark.parametrize("case", [str.upper, str.title], ids=["upper", "title"])
def test_header_names_come_in_any_case(fixture: Fixture, case: Any) -> None:
    account = support.fixture_account(fixture)
    request = support.request_of(fixture, account)
    recased = replace(request, headers=tuple((case(key), value) for key, value in request.headers))
    codec, context = support.load(fixture.channel).codec, support.context_of(fixture, account)
    codec.verify(recased, context)
    assert codec.parse(recased, context) == codec.parse(request, context)


@some_signed
def test_every_signed_byte_counts(fixture: Fixture) -> None:
    account = support.fixture_account(fixture)
    request = support.request_of(fixture, account)
    signed = support.load(fixture.channel).manifest.signed
    changed = 0
    for part, other in flips(request):
        if part in signed:
            changed += 1
            with pytest.raises(Unauthenticated):
                verify(fixture, other, account)
        else:
            check_typed(fixture, other, account)
    assert changed or not signed, "the manifest names signed parts that this request doesn't have"


def flips(request: Request) -> list[tuple[str, Request]]:
    """The request with each byte changed in its lowest bit, and the name of the part that it belongs to."""
    found = []
    for index in range(len(request.body)):
        body = bytearray(request.body)
        body[index] ^= 1
        found.append(("body", replace(request, body=bytes(body))))
    for index in range(len(request.url)):
        url = flipped(request.url, index)
        found.append(("url", replace(request, url=url, query=url.partition("?")[2])))
    for place, (key, value) in enumerate(request.headers):
        for index in range(len(value)):
            headers = list(request.headers)
            headers[place] = (key, flipped(value, index))
            found.append((f"header:{key}", replace(request, headers=tuple(headers))))
    return found


def flipped(text: str, index: int) -> str:
    return text[:index] + chr(ord(text[index]) ^ 1) + text[index + 1 :]


def check_typed(fixture: Fixture, request: Request, account: Account) -> None:
    try:
        parsed = support.receive(support.load(fixture.channel), request, support.context_of(fixture, account))
    except (PayloadInvalid, Unauthenticated):
        return
    assert parsed.response.status


@some_signed
def test_an_old_signature_is_stale_or_carries_no_time(fixture: Fixture) -> None:
    account = support.fixture_account(fixture)
    channel = support.load(fixture.channel)
    now = support.instant_of(fixture)
    request = channel.simulator.sign(support.unsigned(fixture, account), account, now)
    timed = any("timestamp" in part for part in channel.manifest.signed)
    for drift in (TOLERANCE + timedelta(seconds=1), -TOLERANCE - timedelta(seconds=1)):
        refused = stale(fixture, request, account, now + drift)
        assert refused or not timed, f"a signature {drift} off is accepted"
    for drift in (timedelta(seconds=60), timedelta(seconds=-5)):
        assert not stale(fixture, request, account, now + drift)


def stale(fixture: Fixture, request: Request, account: Account, now: Any) -> bool:
    try:
        verify(fixture, request, account, now=now)
    except SignatureStale:
        return True
    return False


@some_signed
def test_an_empty_secret_never_verifies(fixture: Fixture) -> None:
    account = support.fixture_account(fixture)
    signed = support.request_of(fixture, account)
    for field, value in account.settings:
        empty = support.emptied(value)
        if empty is None:
            continue
        bare = replace(account, settings=account.settings.model_copy(update={field: empty}))
        try:
            account.settings.model_validate({**dict(account.settings), field: empty})
            request = support.request_of(fixture, bare)
        except (ValidationError, ValueError, IndexError):
            continue
        if request != signed:
            with pytest.raises(Unauthenticated):
                verify(fixture, request, bare)
    assert support.secrets_of(account.settings)


@some_signed
def test_the_old_secret_works_until_it_is_removed(fixture: Fixture) -> None:
    account, other = support.fixture_account(fixture), support.fixture_account(fixture, seed="another")
    request = support.request_of(fixture, account)
    for field, value in account.settings:
        if support.emptied(value) is None or not isinstance(value, tuple):
            continue
        newer = getattr(other.settings, field)
        both = account.settings.model_copy(update={field: (newer[0], value[0])})
        verify(fixture, request, replace(account, settings=both))
        alone = replace(account, settings=account.settings.model_copy(update={field: (newer[0],)}))
        if support.request_of(fixture, alone) != request:
            with pytest.raises(Unauthenticated):
                verify(fixture, request, alone)
    assert support.request_of(fixture, account) == request


@some_signed
def test_a_broken_body_can_only_fail_the_signature(fixture: Fixture) -> None:
    account = support.fixture_account(fixture)
    request = support.request_of(fixture, account)
    for body in (b"", b"\xff\xfe", b"{", b"[" * 100_000, b"a=1&a=2", b"\0" * 100, request.body + b" "):
        try:
            verify(fixture, replace(request, body=body), account)
        except Unauthenticated:
            continue
        assert "body" not in support.load(fixture.channel).manifest.signed
