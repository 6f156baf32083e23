"""Whether Telegram's deliveries fail: told once for each time it happens, and not while all is well."""

import json
from typing import Any

import pytest

from backbone.channel.port import Context, Final, ProviderReply, Request, Transient
from backbone.channel.sources import HttpPoll, PollPage
from schemas.inbound import AccountNotice
from services.telegram.codec import codec
from tests.support import channels as support

ACCOUNT = support.account("telegram")
FAILING = {"url": "https://desk.example.test/x", "pending_update_count": 7, "last_error_date": 1795165199}
WELL = {"url": "https://desk.example.test/x", "pending_update_count": 0}


def found(result: Any, cursor: dict[str, Any] | None = None, status: int = 200) -> PollPage:
    call = codec.poll_call(ACCOUNT, cursor, support.NOW)
    assert call is not None
    body = json.dumps({"ok": status == 200, "result": result}).encode()
    return codec.poll_found(ACCOUNT, call, ProviderReply(status, (), body), cursor)


def notice(body: bytes) -> AccountNotice:
    request = Request("POLL", ACCOUNT.webhook_url, "", (), body)
    context = Context(account=ACCOUNT, now=support.NOW)
    codec.verify(request, context)
    [event] = codec.parse(request, context).events
    assert isinstance(event, AccountNotice)
    return event


def test_the_codec_can_be_polled_unless_it_is_told_not_to() -> None:
    assert isinstance(codec, HttpPoll)
    call = codec.poll_call(ACCOUNT, None, support.NOW)
    assert call is not None
    assert call.url.endswith("/getWebhookInfo")
    assert codec.poll_call(support.account("telegram", {"watch_deliveries": False}), None, support.NOW) is None


def test_while_all_is_well_nothing_is_told() -> None:
    assert found(WELL).bodies == ()


def test_a_failure_is_told_once_and_a_new_one_again() -> None:
    first = found({**FAILING, "last_error_message": "Wrong response from the webhook: 503"})
    told = notice(first.bodies[0])
    assert (told.code, told.severity) == ("webhook_failing", "warning")
    assert told.detail == "Wrong response from the webhook: 503; 7 pending"
    assert found(FAILING, dict(first.cursor)).bodies == ()
    assert found({**FAILING, "last_error_date": 1795165999}, dict(first.cursor)).bodies != ()


def test_a_webhook_that_is_gone_is_an_error() -> None:
    told = notice(found({"url": "", "pending_update_count": 0}).bodies[0])
    assert (told.code, told.severity) == ("webhook_missing", "error")


@pytest.mark.parametrize(
    ("result", "status", "meaning"), [(None, 200, Transient), ({}, 502, Transient), ({}, 401, Final)]
)
def test_trouble_keeps_the_cursor(result: Any, status: int, meaning: type) -> None:
    page = found(result, {"state": "s"}, status)
    assert isinstance(page.trouble, meaning)
    assert page.cursor == {"state": "s"}
