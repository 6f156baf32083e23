"""The search of Twilio's message list for messages whose webhook never came."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from backbone.channel.port import Account, Final, HttpCall, ProviderReply, Throttled, Transient
from backbone.channel.sources import HttpPoll, PollPage
from schemas.inbound import MessageReceived
from services.twilio.codec import codec
from services.twilio.simulator import simulator
from tests.support import channels as support

NOW = support.NOW
SENDER = "+4930901820"
CUSTOMER = "+4915112345678"
CURSOR = {"since": (NOW - timedelta(minutes=30)).isoformat()}


def account(external_id: str = SENDER, **settings: Any) -> Account:
    return support.account("twilio", settings, external_id)


def row(number: int, at: datetime, **fields: Any) -> dict[str, Any]:
    return {
        "sid": f"SM{number:032x}",
        "from": CUSTOMER,
        "to": SENDER,
        "body": f"message {number}",
        "num_media": "0",
        "direction": "inbound",
        "date_created": format_datetime(at),
        **fields,
    }


def page(*rows: Any, following: str | None = None, status: int = 200) -> ProviderReply:
    return ProviderReply(status, (), json.dumps({"messages": list(rows), "next_page_uri": following}).encode())


def found(reply: ProviderReply, cursor: Mapping[str, Any] | None = None, on: Account | None = None) -> PollPage:
    on = on or account()
    call = codec.poll_call(on, cursor, NOW)
    assert call is not None
    return codec.poll_found(on, call, reply, CURSOR if cursor is None else cursor)


def ids(result: PollPage) -> list[str]:
    return [json.loads(body)["sid"] for body in result.bodies]


def next_of(on: Account, page_number: int = 1) -> str:
    return f"/2010-04-01/Accounts/{on.settings.account_sid}/Messages.json?Page={page_number}&PageToken=PASM1"


def test_the_codec_can_be_polled_and_an_account_can_refuse() -> None:
    assert isinstance(codec, HttpPoll)
    assert codec.poll_call(account(reconcile=False), None, NOW) is None


def test_the_list_is_asked_for_messages_to_this_sender_since_the_last_poll() -> None:
    call = codec.poll_call(account(), CURSOR, NOW)
    assert call is not None
    query = parse_qs(urlsplit(call.url).query)
    assert query["To"] == [SENDER]
    assert query["DateSent>"] == ["2026-11-20"]
    assert call.headers[0][0] == "authorization"


def test_the_day_before_is_asked_for_shortly_after_midnight() -> None:
    midnight = datetime(2026, 11, 20, 0, 5, tzinfo=UTC)
    call = codec.poll_call(account(), {"since": midnight.isoformat()}, midnight)
    assert call is not None
    assert parse_qs(urlsplit(call.url).query)["DateSent>"] == ["2026-11-19"]


def test_the_first_poll_only_notes_where_the_list_ends() -> None:
    first = codec.poll_found(account(), HttpCall("GET", ""), page(row(1, NOW)), None)
    assert (first.bodies, first.next_call) == ((), None)
    assert first.cursor == {"since": NOW.isoformat()}


def test_newer_messages_of_customers_come_oldest_first() -> None:
    late = row(1, NOW - timedelta(minutes=40))
    rows = [row(3, NOW), row(2, NOW - timedelta(minutes=1)), late, row(0, NOW - timedelta(hours=2))]
    result = found(page(*rows))
    assert ids(result) == [f"SM{number:032x}" for number in (1, 2, 3)]
    assert result.cursor == {"since": NOW.isoformat()}


def test_our_own_messages_are_left_out() -> None:
    assert found(page(row(1, NOW, direction="outbound-api"), row(2, NOW, direction="outbound-reply"))).bodies == ()


def test_a_service_takes_the_messages_of_its_numbers_only() -> None:
    on = account("MG00000000000000000000000000000001")
    rows = [
        row(1, NOW, messaging_service_sid=on.external_id),
        row(2, NOW, messaging_service_sid="MGother"),
        row(3, NOW),
    ]
    assert ids(found(page(*rows), CURSOR, on)) == [f"SM{1:032x}"]


def test_many_pages_move_the_cursor_only_at_the_end() -> None:
    on = account()
    first = found(page(row(2, NOW), following=next_of(on)), on=on)
    assert first.next_call is not None
    assert first.next_call.url == support.PROVIDER + next_of(on)
    assert first.cursor["since"] == datetime.fromisoformat(CURSOR["since"]).isoformat()
    resumed = codec.poll_call(on, first.cursor, NOW)
    assert resumed == first.next_call
    last = codec.poll_found(on, first.next_call, page(row(1, NOW - timedelta(minutes=2))), first.cursor)
    assert (ids(last), last.next_call) == ([f"SM{1:032x}"], None)
    assert last.cursor == {"since": NOW.isoformat()}


def test_a_page_that_reaches_behind_the_last_poll_is_the_last() -> None:
    on = account()
    result = found(page(row(2, NOW), row(1, NOW - timedelta(hours=2)), following=next_of(on)), on=on)
    assert result.next_call is None


@pytest.mark.parametrize(
    "uri", ["https://evil.example.test/", "//evil.example.test", "/2010-04-01/Accounts/ACother/x?", 5]
)
def test_our_credentials_follow_no_answer_elsewhere(uri: Any) -> None:
    assert found(page(row(1, NOW), following=uri)).next_call is None
    assert codec.poll_call(account(), {**CURSOR, "next": uri}, NOW) == codec.poll_call(account(), CURSOR, NOW)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (ProviderReply(429, (("retry-after", "5"),), b""), Throttled),
        (ProviderReply(401, (), b'{"code":20003}'), Final),
        (ProviderReply(503, (), b""), Transient),
        (ProviderReply(200, (), b"<html>"), Transient),
    ],
)
def test_trouble_moves_no_cursor(reply: ProviderReply, kind: type) -> None:
    result = found(reply)
    assert isinstance(result.trouble, kind)
    assert result.cursor == CURSOR


def test_broken_rows_are_passed_over() -> None:
    result = found(page(17, {}, {"date_created": "soon"}, row(1, NOW, date_created=5), row(2, NOW)))
    assert ids(result) == [f"SM{2:032x}"]


def test_a_polled_message_has_the_key_of_its_webhook() -> None:
    on = account()
    polled = found(page(row(1, NOW, sid="SM" + "a" * 32)), on=on)
    context = support.context(on, "twilio")
    listed = support.receive(support.load("twilio"), support.unsigned_poll(on, polled.bodies[0]), context).events[0]
    request = simulator.inbound(support.simulated("message 1", CUSTOMER), on, NOW)
    told = support.receive(support.load("twilio"), request, context).events[0]
    assert isinstance(listed, MessageReceived)
    assert isinstance(told, MessageReceived)
    assert (listed.thread_key, listed.account_ref, listed.sender.address) == (
        told.thread_key,
        told.account_ref,
        CUSTOMER,
    )
    assert listed.dedup_key == listed.provider_message_id == "SM" + "a" * 32
    assert listed.provider_at == NOW


def test_a_file_of_a_polled_message_is_found_by_its_place() -> None:
    on = account()
    ref = f"MM{1:032x}/1"
    asked = codec.media_call(ref, on)
    assert asked is not None
    assert asked.url.endswith(f"/Messages/MM{1:032x}/Media.json")
    listed = json.dumps({"media_list": [{"sid": "ME" + "1" * 32}, {"sid": "ME" + "2" * 32}]}).encode()
    file = codec.media_found(ref, ProviderReply(200, (), listed), on)
    assert file is not None
    assert (
        file.url
        == f"{support.PROVIDER}/2010-04-01/Accounts/{on.settings.account_sid}/Messages/MM{1:032x}/Media/ME{'2' * 32}"
    )
    for odd in (b"{}", b'{"media_list":[{"sid":"ME1"}]}', b'{"media_list":[1,{"sid":"../x"}]}'):
        assert codec.media_found(ref, ProviderReply(200, (), odd), on) is None


def test_a_template_by_its_name_is_found_again_after_a_crash() -> None:
    on = account("whatsapp:+4930901820", templates={"order": "HX" + "1" * 32})
    content = {"template": {"name": "order", "language": "de"}}
    message = support.outbound_message(on, content=content, recipient=CUSTOMER, thread_key=CUSTOMER)
    sent = row(9, NOW, to=f"whatsapp:{CUSTOMER}", body="Your order", num_media="1", direction="outbound-api")
    accepted = codec.lookup_found(message, 0, page(sent))
    assert accepted is not None
    assert accepted.provider_message_id == sent["sid"]
