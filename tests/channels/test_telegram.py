"""What a fixture can't say about Telegram: downloads in two steps, tokens that never show, long texts, recorded payloads."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from backbone.channel.port import Account, Context, HttpCall, ProviderReply, Request
from backbone.channel.text import length
from backbone.errors import PayloadInvalid
from schemas.inbound import EventIgnored, MessageReceived
from services.telegram.codec import codec
from services.telegram.settings import TelegramSettings
from services.telegram.simulator import simulator
from tests.support import channels as support

TOKEN = "1000000001:a-token-to-be-hidden"


def account(**settings: Any) -> Account:
    return support.account("telegram", {"bot_token": TOKEN, **settings})


def file_reply(path: Any, status: int = 200) -> ProviderReply:
    return ProviderReply(status, (), json.dumps({"ok": True, "result": {"file_id": "F", "file_path": path}}).encode())


def test_a_file_is_asked_for_and_then_fetched() -> None:
    on = account()
    ask = codec.media_call("AgAD-_/x?y", on)
    assert ask is not None
    assert ask.url == f"{support.PROVIDER}/bot{TOKEN}/getFile?file_id=AgAD-_%2Fx%3Fy"
    fetch = codec.media_found("F", file_reply("photos/file_1.jpg"), on)
    assert fetch is not None
    assert fetch.url == f"{support.PROVIDER}/file/bot{TOKEN}/photos/file_1.jpg"


@pytest.mark.parametrize(
    "path",
    ["/var/lib/bot/file", "../../secret", "a/../b", "https://x.example.test/", "a?b", "", None, 7, "a\nb", "x" * 900],
)
def test_a_path_that_leads_elsewhere_is_not_followed(path: Any) -> None:
    assert codec.media_found("F", file_reply(path), account()) is None


@pytest.mark.parametrize("reply", [file_reply("a/b", 400), ProviderReply(200, (), b"<html>"), ProviderReply(200)])
def test_a_refused_or_broken_answer_is_not_followed(reply: ProviderReply) -> None:
    assert codec.media_found("F", reply, account()) is None


def test_no_repr_of_a_call_shows_the_token() -> None:
    on = account()
    calls: list[Any] = [codec.media_call("F", on), codec.media_found("F", file_reply("a/b.jpg"), on)]
    calls += codec.render(support.outbound_message(on, content={"text": "hi"}), on)
    assert len(calls) == 3
    assert not [call for call in calls if "token-to-be-hidden" in f"{call!r} {call}"]


def bodies(on: Account, **content: Any) -> list[dict[str, Any]]:
    calls = codec.render(support.outbound_message(on, content=content), on)
    return [json.loads(call.body) for call in calls if isinstance(call, HttpCall)]


def test_a_long_caption_goes_on_as_text() -> None:
    found = bodies(account(), media=[{"kind": "image", "url": "https://x.example.test/a", "caption": "word " * 500}])
    assert [set(body) - {"chat_id"} for body in found] == [{"photo", "caption"}, {"text"}, {"text"}]
    assert all(length(body.get("caption", ""), "utf16") <= 1024 for body in found)


def test_emoji_count_twice_against_the_limit() -> None:
    found = bodies(account(), text="🙂" * 4096)
    assert [length(body["text"], "utf16") for body in found] == [4096, 4096]


def test_the_quote_is_on_the_first_part_and_the_keyboard_on_the_last() -> None:
    on = account()
    content = {"text": "word " * 1000, "buttons": [{"id": "a", "title": "A"}]}
    message = support.outbound_message(on, content=content, in_reply_to="5550001:7")
    first, last = [json.loads(call.body) for call in codec.render(message, on)]
    assert ("reply_parameters" in first, "reply_markup" in first) == (True, False)
    assert ("reply_parameters" in last, "reply_markup" in last) == (False, True)


def test_buttons_alone_need_words_above_them() -> None:
    (body,) = bodies(account(), buttons=[{"id": "a", "title": "Yes"}])
    assert body["text"] == "1. Yes"
    assert body["reply_markup"]["inline_keyboard"] == [[{"text": "Yes", "callback_data": "a"}]]


@pytest.mark.parametrize("secrets", [[], [""], ["a", "b", "c"]])
def test_no_account_can_do_without_a_secret(secrets: list[str]) -> None:
    base = simulator.demo_settings(support.PROVIDER, "x")
    with pytest.raises(ValidationError):
        TelegramSettings.model_validate({**base, "webhook_secrets": secrets})


def parse(update: dict[str, Any]) -> Any:
    on = account()
    request = Request("POST", on.webhook_url, "", (), json.dumps(update).encode())
    return codec.parse(request, Context(on, support.NOW))


PERSON = {"id": 9, "first_name": "Lan"}


@pytest.mark.parametrize("number", [None, "7", True, 1.5])
def test_an_update_without_a_number_is_refused(number: Any) -> None:
    with pytest.raises(PayloadInvalid):
        parse({"update_id": number, "message": {}})


def test_the_same_message_number_in_two_chats_gives_two_ids() -> None:
    ids = set()
    for chat in (9, -100):
        update = {"update_id": 1, "message": {"message_id": 5, "from": PERSON, "chat": {"id": chat}, "text": "x"}}
        ids.add(parse(update).events[0].provider_message_id)
    assert ids == {"9:5", "-100:5"}


def test_a_callback_id_that_is_odd_is_not_echoed_into_the_response() -> None:
    update = {"update_id": 1, "callback_query": {"id": '"}{"', "data": "a", "from": PERSON}}
    parsed = parse(update)
    assert isinstance(parsed.events[0], MessageReceived)
    assert parsed.response.body == b""


def test_a_custom_or_paid_reaction_keeps_a_name() -> None:
    reaction = {"chat": {"id": 9}, "message_id": 5, "user": PERSON, "old_reaction": []}
    custom = {**reaction, "new_reaction": [{"type": "custom_emoji", "custom_emoji_id": "53"}]}
    paid = {**reaction, "new_reaction": [{"type": "paid"}]}
    found = [parse({"update_id": 1, "message_reaction": each}).events[0].emoji for each in (custom, paid)]
    assert found == ["custom:53", "⭐"]


@pytest.mark.parametrize("path", support.payload_files("telegram"), ids=lambda path: path.name)
def test_each_recorded_payload_gives_one_event(path: Any) -> None:
    on = account()
    parsed = codec.parse(Request("POST", on.webhook_url, "", (), path.read_bytes()), Context(on, support.NOW))
    assert len(parsed.events) == 1
    assert not parsed.rejected
    assert isinstance(parsed.events[0], EventIgnored) == ("empty" in path.name)


def test_recorded_payloads_are_here() -> None:
    assert support.needs_payloads("telegram")
