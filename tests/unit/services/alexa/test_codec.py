"""What customers hear, what is read from odd requests, and how notices and tokens go out."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from backbone.channel.port import Context, DialogueView, Final, HttpCall, Parsed, ProviderReply, Request, Transient
from backbone.channel.sources import Token
from backbone.errors import PayloadInvalid
from schemas.inbound import AccountNotice, ConsentChanged, EventIgnored, MessageReceived
from services.alexa import envelope
from services.alexa.codec import codec
from services.alexa.simulator import simulator
from services.alexa.texts import TEXTS
from tests.support import channels as support

OPENING = support.NOW + timedelta(days=3)
LAUNCH = {"type": "LaunchRequest"}


def ask(told: dict[str, Any], view: DialogueView | None = None, **settings: Any) -> Parsed:
    account = support.account("alexa", settings)
    request = simulator.request(told, "AEXAMPLE", "request-1", account, support.NOW)
    return codec.parse(request, Context(account, support.NOW, view or DialogueView()))


def heard(told: dict[str, Any], view: DialogueView | None = None, **settings: Any) -> str:
    found = json.loads(ask(told, view, **settings).response.body)["response"]["outputSpeech"]["text"]
    assert isinstance(found, str)
    return found


def intent(name: str, **slots: Any) -> dict[str, Any]:
    return {"type": "IntentRequest", "intent": {"name": name, "slots": slots}}


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        (DialogueView(agents_online=True), "as soon as possible"),
        (DialogueView(agents_online=True, expected_wait=timedelta(seconds=40)), "in about a minute"),
        (DialogueView(agents_online=True, expected_wait=timedelta(minutes=4, seconds=1)), "in about 5 minutes"),
        (DialogueView(next_opening=OPENING), "We are back on Monday at 10:00"),
        (DialogueView(next_opening=support.NOW + timedelta(hours=2)), "We are back today at 12:00"),
        (DialogueView(next_opening=support.NOW - timedelta(hours=2)), "Nobody is here at the moment"),
        (DialogueView(next_opening=support.NOW + timedelta(days=7)), "Nobody is here at the moment"),
        (DialogueView(), "Nobody is here at the moment"),
    ],
)
def test_customers_hear_what_is_known_and_no_more(view: DialogueView, sentence: str) -> None:
    assert sentence in heard(LAUNCH, view, time_zone="Europe/Berlin")
    assert sentence in heard(intent("LeaveMessageIntent", message={"value": "hello"}), view, time_zone="Europe/Berlin")


@pytest.mark.parametrize("language", list(TEXTS))
def test_every_language_says_all_its_sentences(language: str) -> None:
    views = (
        DialogueView(),
        DialogueView(agents_online=True, expected_wait=timedelta(minutes=7)),
        *(DialogueView(next_opening=support.NOW + timedelta(days=day)) for day in range(1, 6)),
    )
    for view in views:
        words = heard({**LAUNCH, "locale": f"{language}-XX"}, view, company="Smith & {Sons}")
        assert "Smith & {Sons}" in words
        assert TEXTS[language].menu in words
        assert not any(name in words for name in ("{company}", "{minutes}", "{day}", "{time}"))


@pytest.mark.parametrize("locale", [None, "", "ja-JP", "x" * 500, 7])
def test_a_locale_without_texts_hears_the_default_language(locale: Any) -> None:
    assert heard({**LAUNCH, "locale": locale}, default_language="fr").startswith("Bienvenue")


@pytest.mark.parametrize("slot", [None, {}, {"value": None}, {"value": "?"}, {"value": "  "}, {"value": 7}, "x", []])
def test_a_slot_that_holds_no_words_is_asked_for(slot: Any) -> None:
    parsed = ask(intent("LeaveMessageIntent", message=slot))
    assert [type(event) for event in parsed.events] == [EventIgnored]
    answer = json.loads(parsed.response.body)["response"]
    assert answer["directives"] == [{"type": "Dialog.ElicitSlot", "slotToElicit": "message"}]
    assert answer["shouldEndSession"] is False


def test_other_names_of_intents_and_slots_can_be_set() -> None:
    told = intent("Nachricht", text={"value": "hallo"})
    (event,) = ask(told, message_intent="Nachricht", message_slot="text").events
    assert isinstance(event, MessageReceived)
    assert event.content.text == "hallo"


def body_with(**user: Any) -> bytes:
    request = simulator.request(
        intent("LeaveMessageIntent", message={"value": "hello"}),
        "AEXAMPLE",
        "request-1",
        support.account("alexa"),
        support.NOW,
    )
    whole = json.loads(request.body)
    whole["context"]["System"]["user"] |= user
    return json.dumps(whole).encode()


def test_the_token_of_a_linked_account_is_kept_nowhere() -> None:
    account = support.account("alexa", {"link_required": True})
    request = Request("POST", account.webhook_url, "", (), body_with(accessToken="Atza|synthetic"))
    parsed = codec.parse(request, Context(account, support.NOW))
    (event,) = parsed.events
    assert isinstance(event, MessageReceived)
    assert event.content.choice is not None
    assert event.content.choice.data == {"linked": True}
    assert "synthetic" not in f"{event.model_dump_json()} {envelope.read(request.body)!r} {parsed.response.body!r}"


def test_the_words_of_a_customer_stand_in_no_repr() -> None:
    assert "hello" not in repr(envelope.read(body_with()))


@pytest.mark.parametrize("token", [None, "", 7, {}])
def test_what_is_no_token_links_nobody(token: Any) -> None:
    assert envelope.read(body_with(accessToken=token)).linked is False


def test_a_user_of_the_session_alone_is_enough() -> None:
    whole = json.loads(body_with())
    del whole["context"]
    assert envelope.read(json.dumps(whole).encode()).user == "amzn1.ask.account.AEXAMPLE"


def test_a_request_for_two_skills_is_for_none() -> None:
    whole = json.loads(body_with())
    whole["session"]["application"]["applicationId"] = "amzn1.ask.skill.another"
    assert envelope.skill_of(whole) is None


@pytest.mark.parametrize("body", [b"{}", b'{"request":{}}', b'{"request":{"type":"LaunchRequest"}}', b"[]", b""])
def test_a_body_that_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadInvalid):
        envelope.read(body)


def test_a_session_that_failed_is_told_without_amazons_words() -> None:
    told = {"type": "System.ExceptionEncountered", "error": {"type": "INTERNAL_SERVICE_ERROR", "message": "hello"}}
    (event,) = ask(told).events
    assert isinstance(event, AccountNotice)
    assert (event.code, event.severity) == ("INTERNAL_SERVICE_ERROR", "warning")
    assert "hello" not in event.model_dump_json()


@pytest.mark.parametrize("body", [None, {}, {"subscriptions": None}, {"subscriptions": [None, {"eventName": "Other"}]}])
def test_a_subscription_without_our_notice_forbids_it(body: Any) -> None:
    (event,) = ask({"type": "AlexaSkillEvent.ProactiveSubscriptionChanged", "body": body}).events
    assert isinstance(event, ConsentChanged)
    assert event.state == "opted_out"


def notice() -> HttpCall:
    account = replace(support.account("alexa"), token=SecretStr("token-1"))
    message = support.outbound_message(account, content={"text": "the answer"}, recipient="amzn1.ask.account.A")
    (call,) = codec.render(message, account)
    assert isinstance(call, HttpCall)
    return call


def test_a_notice_carries_the_token_and_not_the_answer() -> None:
    call = notice()
    assert ("authorization", "Bearer token-1") in call.headers
    assert b"the answer" not in call.body


@pytest.mark.parametrize("minutes", [-5, 0, 60, 11 * 60])
def test_a_retry_soon_after_is_the_same_notice(minutes: int) -> None:
    call = notice()
    assert codec.sign_attempt(call, support.account("alexa"), support.NOW + timedelta(minutes=minutes)) == call


def test_a_late_attempt_has_a_new_time_and_the_same_reference() -> None:
    call, later = notice(), support.NOW + timedelta(hours=30)
    again = codec.sign_attempt(call, support.account("alexa"), later)
    before, after = json.loads(call.body), json.loads(again.body)
    assert after["timestamp"] == "2026-11-21T15:00:00.00Z"
    assert after["expiryTime"] == "2026-11-22T14:00:00.00Z"
    assert {**after, "timestamp": 0, "expiryTime": 0} == {**before, "timestamp": 0, "expiryTime": 0}
    assert (again.url, again.headers) == (call.url, call.headers)


def test_a_token_is_asked_for_with_the_skills_credentials() -> None:
    account = support.account("alexa", {"client_id": "client-1", "client_secret": "secret-1"})
    call = codec.token_call(account, support.NOW)
    assert call is not None
    assert call.url == f"{support.PROVIDER}/auth/o2/token"
    assert call.body == (
        b"grant_type=client_credentials&client_id=client-1&client_secret=secret-1&scope=alexa%3A%3Aproactive_events"
    )


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (200, {"access_token": "a", "expires_in": 1800}, Token(SecretStr("a"), timedelta(minutes=30))),
        (200, {"access_token": "a", "expires_in": "soon"}, Token(SecretStr("a"), timedelta(hours=1))),
        (200, {"access_token": "a", "expires_in": True}, Token(SecretStr("a"), timedelta(hours=1))),
        (200, {}, Transient("http_200")),
        (401, {"error": "invalid_client"}, Final("invalid_client", "Amazon refuses the skill's client id and secret.")),
        (429, {}, Transient("http_429")),
        (503, None, Transient("http_503")),
    ],
)
def test_what_an_answer_about_a_token_means(status: int, answer: Any, expected: Any) -> None:
    reply = ProviderReply(status, (), json.dumps(answer).encode())
    assert codec.token_found(reply, support.account("alexa")) == expected


@pytest.mark.parametrize(
    "settings",
    [
        {"default_language": "xx"},
        {"time_zone": "Nowhere/At_All"},
        {"company": ""},
        {"timestamp_tolerance": "PT151S"},
        {"notice_life": "P2D"},
        {"api_base": "ftp://example.test"},
    ],
)
def test_settings_that_can_not_work_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        support.account("alexa", settings)


def test_media_is_never_fetched() -> None:
    assert codec.media_call("https://files.example.test/a.mp3", support.account("alexa")) is None
