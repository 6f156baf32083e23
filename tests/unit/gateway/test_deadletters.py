import json

from backbone.channel.port import Request
from gateway.deadletters import letter_of, open_envelope, seal_envelope
from gateway.inbound.digest import Digest, Fault, mark, without
from schemas.inbound import TypingStarted
from tests.support.gateway import served


def request(*headers: tuple[str, str], query: str = "", body: bytes = b"\x00\xffbody") -> Request:
    return Request("POST", "https://desk.example.test/x", query, headers, body)


def kept_headers(*headers: tuple[str, str]) -> dict[str, str]:
    return dict(open_envelope(seal_envelope(request(*headers)), served().account).headers)


def test_a_letter_gives_the_request_back_with_its_exact_bytes() -> None:
    opened = open_envelope(seal_envelope(request(("content-type", "text/xml"), query="a=1&b")), served().account)
    assert (opened.method, opened.query, opened.body) == ("POST", "a=1&b", b"\x00\xffbody")
    assert opened.url == "https://desk.example.test/webhooks/plain/acc_1?a=1&b"
    assert opened.header("content-type") == "text/xml"


def test_a_letter_keeps_nothing_that_proves_who_sent_it() -> None:
    kept = kept_headers(
        ("authorization", "Basic dXNlcjpwYXNz"),
        ("cookie", "session=canary"),
        ("x-hub-signature-256", "sha256=canary"),
        ("x-telegram-bot-api-secret-token", "canary"),
        ("x-api-key", "canary"),
        ("webhook-id", "wh_1"),
        ("x-signature-timestamp", "1700000000"),
        ("x-slack-retry-num", "2"),
    )
    assert kept == {
        "authorization": "",
        "webhook-id": "wh_1",
        "x-signature-timestamp": "1700000000",
        "x-slack-retry-num": "2",
    }


def test_of_a_bearer_token_only_the_claims_stay() -> None:
    assert kept_headers(("authorization", "Bearer visitor.1900000000.abcdef")) == {
        "authorization": "Bearer visitor.1900000000.000000"
    }
    assert kept_headers(("authorization", "Bearer opaque")) == {"authorization": ""}


def test_a_letter_says_why_without_any_content() -> None:
    account = served().account
    typed = TypingStarted(thread_key="t", dedup_key="canary-key", sender={"address": "canary-address"})
    found = Digest(events=[(account, typed)], faults=[Fault("rejected", "no sender"), Fault("rejected", "no sender")])
    letter = letter_of(account, request(("content-type", "text/plain"), body=b"canary-body"), found)
    assert letter.reason == "rejected: no sender (2x)"
    assert (letter.tenant_id, letter.account_id, letter.channel, letter.source) == (
        "ten_1",
        "acc_1",
        "plain",
        "gateway",
    )
    assert letter.request == {"method": "POST", "bytes": 11, "causes": ["rejected"], "taken": [mark(account, typed)]}
    assert "canary" not in json.dumps(letter.request) + letter.reason + repr(letter)


def test_events_taken_before_are_left_out_of_a_replay() -> None:
    account = served().account
    events = [(account, TypingStarted(thread_key="t", dedup_key=key, sender={"address": "a"})) for key in "abc"]
    marks = {mark(*events[0]), mark(*events[2])}
    assert [event.dedup_key for _, event in without(events, marks)] == ["b"]
