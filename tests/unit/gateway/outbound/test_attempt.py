from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from backbone.channel.port import (
    Accepted,
    Account,
    Final,
    HttpCall,
    ProviderCall,
    ProviderReply,
    StreamCall,
    Throttled,
    Transient,
)
from backbone.clock import ManualClock
from backbone.errors import CallFailed, OutcomeUnknown, UrlRefused
from gateway.accounts import Served
from gateway.outbound.attempt import TOKEN_TRIES, Attempt, Renew
from gateway.outbound.store import UNKNOWN, Delivery
from gateway.outbound.verdicts import Again, Failed, Fault, Sent, Verdict, verdict
from schemas.outbound import OutboundMessage
from tests.support.outbound import Kind, PaperCodec, ScriptedCaller, message, served, yes
from tests.support.sources import source

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def _held(text: str = "hello", *, part: int = 0, unknown: bool = False) -> Delivery:
    return Delivery(message(text), part, 2 if unknown else 1, unknown, False, timedelta(0), None)


async def _try(held: Delivery, caller: ScriptedCaller, *, kind: Kind = "key", account: Served | None = None) -> Verdict:
    return await Attempt(caller, ManualClock(NOW))(held, account or served(kind=kind))


def _with(codec: Any) -> Served:
    plain = served()
    changed = type(plain.channel)(plain.channel.manifest, codec, plain.channel.folder)
    return Served(plain.account, changed, "active", 1)


async def test_what_the_provider_takes_is_sent_with_its_id() -> None:
    held = _held()
    assert await _try(held, ScriptedCaller()) == Sent(f"p-{held.message.message_id}-0")


@pytest.mark.parametrize(
    ("error", "code", "unknown"),
    [(CallFailed(), "call_failed", False), (OutcomeUnknown(), UNKNOWN, True)],
)
async def test_an_unreached_provider_and_a_missing_answer_are_told_apart(
    error: Exception, code: str, unknown: bool
) -> None:
    found = await _try(_held(), ScriptedCaller(lambda _: error))
    assert isinstance(found, Again)
    assert (found.code, found.unknown, found.fault) == (code, unknown, Fault.PROVIDER)


async def test_a_closed_address_in_the_settings_is_final() -> None:
    found = await _try(_held(), ScriptedCaller(lambda _: UrlRefused("not public", reason="address")))
    assert found == Failed("url_refused", "not public")


@pytest.mark.parametrize(("kind", "asks"), [("lookup", 1), ("key", 0), ("none", 0)])
async def test_only_a_channel_with_a_look_up_asks_before_sending_again(kind: Kind, asks: int) -> None:
    caller = ScriptedCaller(lambda call: yes(call) if call.body else ProviderReply(200, (), b"{}"))
    assert isinstance(await _try(_held(unknown=True), caller, kind=kind), Sent)
    assert [call.method for _, call in caller.calls] == ["GET"] * asks + ["POST"]


async def test_a_message_the_provider_knows_is_not_sent_again() -> None:
    caller = ScriptedCaller(lambda _: ProviderReply(200, (), b'{"id": "p-7"}'))
    assert await _try(_held(unknown=True), caller, kind="lookup") == Sent("p-7")
    assert [call.method for _, call in caller.calls] == ["GET"]


@pytest.mark.parametrize("answer", [CallFailed(), OutcomeUnknown(), ProviderReply(503), ProviderReply(404)])
async def test_a_question_without_an_answer_leaves_the_outcome_unknown(answer: ProviderReply | Exception) -> None:
    caller = ScriptedCaller(lambda _: answer)
    found = await _try(_held(unknown=True), caller, kind="lookup")
    assert isinstance(found, Again)
    assert found.unknown
    assert [call.method for _, call in caller.calls] == ["GET"]


async def test_a_message_that_can_no_longer_be_rendered_fails() -> None:
    assert await _try(_held("refuse"), ScriptedCaller()) == Failed("cannot_render", "the channel can't carry this")


async def test_a_part_that_settings_have_made_needless_counts_as_sent() -> None:
    caller = ScriptedCaller()
    assert await _try(_held("one line", part=1), caller) == Sent(None)
    assert caller.calls == []


async def test_what_customers_read_from_our_own_stream_is_taken_at_once() -> None:
    class Stream(PaperCodec):
        def render(self, message: OutboundMessage, account: Account) -> list[ProviderCall]:
            return [StreamCall(message.message_id)]

    caller, held = ScriptedCaller(), _held()
    assert await _try(held, caller, account=_with(Stream())) == Sent(held.message.message_id)
    assert caller.calls == []


async def test_a_timestamp_is_signed_anew_for_each_attempt() -> None:
    class Signing(PaperCodec):
        def sign_attempt(self, call: HttpCall, account: Account, now: datetime) -> HttpCall:
            return HttpCall(call.method, call.url, (("signed-at", now.isoformat()),), call.body)

    caller = ScriptedCaller()
    await _try(_held(), caller, account=_with(Signing()))
    assert caller.calls[0][1].headers == (("signed-at", NOW.isoformat()),)


@pytest.mark.parametrize(("status", "expected"), [(200, Sent), (400, Failed), (503, Failed)])
async def test_a_codec_that_stumbles_over_the_answer_does_not_send_again(status: int, expected: type) -> None:
    class Stumbles(PaperCodec):
        def interpret(self, call: ProviderCall, reply: ProviderReply) -> Accepted:
            raise KeyError("id")

    found = await _try(_held(), ScriptedCaller(lambda _: ProviderReply(status)), account=_with(Stumbles()))
    assert isinstance(found, expected)


async def test_a_codec_that_stumbles_over_the_message_does_not_hold_the_conversation() -> None:
    class Stumbles(PaperCodec):
        def render(self, message: OutboundMessage, account: Account) -> list[ProviderCall]:
            raise ZeroDivisionError

    found = await _try(_held(), ScriptedCaller(), account=_with(Stumbles()))
    assert isinstance(found, Failed)
    assert found.code == "codec_error"


def test_a_throttled_conversation_does_not_pause_its_account() -> None:
    assert verdict(Throttled("x", scope="conversation"), None) == Again("x", fault=Fault.SILENT)
    assert verdict(Throttled("x"), timedelta(seconds=7)) == Again(
        "x", asked=timedelta(seconds=7), pauses_account=True, fault=Fault.SILENT
    )


def test_the_codecs_own_pause_goes_before_the_header() -> None:
    own, header = timedelta(seconds=3), timedelta(seconds=9)
    assert verdict(Transient("busy", retry_after=own), header) == Again("busy", asked=own)
    assert verdict(Transient("busy"), header) == Again("busy", asked=header)
    assert verdict(Final("no", "why"), header) == Failed("no", "why")


def _renewing() -> tuple[list[str], Renew]:
    asked: list[str] = []

    async def renew(account: Account) -> None:
        asked.append(account.id)

    return asked, renew


def _tokened(token: str | None, *, static: bool = False) -> Served:
    plain = source(settings={"static": static})
    return replace(plain, account=replace(plain.account, token=SecretStr(token) if token else None))


async def test_a_refused_token_is_renewed_and_the_message_waits_for_it() -> None:
    asked, renew = _renewing()
    attempt = Attempt(ScriptedCaller(lambda _: ProviderReply(401, (), b"{}")), ManualClock(NOW), renew)
    found = await attempt(_held(), _tokened("old"))
    assert isinstance(found, Again)
    assert (found.code, found.fault, found.unknown) == ("token_refused", Fault.SILENT, False)
    assert asked == ["acc_1"]


async def test_a_token_that_stays_refused_does_not_hold_a_message_for_ever() -> None:
    asked, renew = _renewing()
    attempt = Attempt(ScriptedCaller(lambda _: ProviderReply(401, (), b"{}")), ManualClock(NOW), renew)
    found = await attempt(replace(_held(), attempt=TOKEN_TRIES + 1), _tokened("old"))
    assert isinstance(found, Failed)
    assert asked == []


async def test_without_a_token_yet_nothing_is_sent() -> None:
    caller = ScriptedCaller()
    found = await Attempt(caller, ManualClock(NOW))(_held(), _tokened(None))
    assert isinstance(found, Again)
    assert found.code == "token_missing"
    assert caller.calls == []


async def test_a_lasting_token_of_the_settings_waits_for_nothing() -> None:
    found = await Attempt(ScriptedCaller(), ManualClock(NOW))(_held(), _tokened(None, static=True))
    assert isinstance(found, Sent)
