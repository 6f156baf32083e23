"""Broken, huge and odd bodies: a codec answers with events or `PayloadInvalid`, soon, and with nothing else."""

from contextlib import suppress
from dataclasses import replace
from time import process_time
from urllib.parse import urlsplit

import pytest

from backbone.channel.port import ProviderReply
from backbone.errors import PayloadInvalid, Unauthenticated
from tests.support import channels as support
from tests.support import corpus, fuzz

NAMES = support.names()
FUZZ_CASES = 500
BOMB_SECONDS = 2.0
each_channel = pytest.mark.parametrize("name", NAMES)


@each_channel
def test_a_bomb_is_refused_or_read_within_two_seconds(name: str) -> None:
    codec = support.load(name).codec
    for fixture in support.fixtures("inbound", name)[:4]:
        account = support.fixture_account(fixture)
        context = support.context_of(fixture, account)
        for body in fuzz.BOMBS:
            request = replace(support.request_of(fixture, account), body=body)
            started = process_time()
            with suppress(PayloadInvalid):
                fuzz.check(codec.parse(request, context))
            assert process_time() - started < BOMB_SECONDS, body[:40]


@each_channel
def test_headers_and_queries_of_any_content_are_survived(name: str) -> None:
    codec = support.load(name).codec
    fixture = support.fixtures("inbound", name)[0]
    account = support.fixture_account(fixture)
    context = support.context_of(fixture, account)
    request = support.request_of(fixture, account)
    odd = ("", "\0", "é", "%zz", "a=b=c&&&", "x" * 100_000, "hub.mode=subscribe", "a=%ff", "Bearer ..", "Basic !!!")
    for value in odd:
        headers = tuple((key, value) for key, _ in support.request_of(fixture, account).headers)
        for method in ("GET", "POST", "PUT", ""):
            other = replace(request, method=method, headers=headers, query=value, url=f"{account.webhook_url}?{value}")
            with suppress(Unauthenticated):
                codec.verify(other, context)
            with suppress(PayloadInvalid):
                fuzz.check(codec.parse(other, context))
    assert support.load(name).codec is codec


@each_channel
def test_no_secret_goes_where_a_customer_points(name: str) -> None:
    account, codec = support.account(name), support.load(name).codec
    secrets = support.secrets_of(account.settings)
    for ref in (
        "",
        "1",
        "../x",
        "é",
        "x" * 5000,
        "https://evil.example.test/a",
        "https://a@evil.example.test",
        "//evil.example.test",
    ):
        call = codec.media_call(ref, account)
        assert call is None or not (
            "evil.example.test" in urlsplit(call.url).netloc
            and any(secret in f"{call.url} {call.headers}" for secret in secrets)
        )


@each_channel
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"url":1}',
        b'{"url":"https://evil.example.test/a"}',
        b'{"result":{"file_path":"//evil.example.test"}}',
    ],
)
def test_an_odd_answer_about_media_leads_no_secret_astray(name: str, body: bytes) -> None:
    account, codec = support.account(name), support.load(name).codec
    found = getattr(codec, "media_found", lambda *_: None)
    for status in (200, 404, 500):
        call = found("ref-1", ProviderReply(status, (), body), account)
        assert call is None or "evil.example.test" not in urlsplit(call.url).netloc


@each_channel
def test_a_field_that_is_missing_or_of_another_type_gives_a_typed_result(name: str) -> None:
    codec = support.load(name).codec
    for fixture in support.fixtures("inbound", name):
        account = support.fixture_account(fixture)
        context, request = support.context_of(fixture, account), support.request_of(fixture, account)
        for body in fuzz.single_changes(request.body):
            with suppress(PayloadInvalid):
                fuzz.check(codec.parse(replace(request, body=body), context))
    assert support.fixtures("inbound", name)


@each_channel
def test_mutated_bodies_give_events_or_a_typed_refusal(name: str) -> None:
    report = fuzz.run(name, FUZZ_CASES)
    assert report.parsed + report.refused == FUZZ_CASES
    assert report.parsed > FUZZ_CASES // 50, "nearly nothing was read: the changes miss the codec"
    assert report.slowest < BOMB_SECONDS


@each_channel
def test_what_was_hard_once_is_taken_within_its_bounds(name: str) -> None:
    found = {}
    for path in corpus.files(name):
        outcome = fuzz.attempt(name, corpus.load(name, path), memory=True)
        if outcome.broken or outcome.peak > fuzz.BYTES_MOST or outcome.seconds > BOMB_SECONDS:
            found[path.name] = outcome
    assert found == {}


@each_channel
def test_recorded_payloads_give_events_or_a_typed_refusal(name: str) -> None:
    files = support.needs_payloads(name)
    codec = support.load(name).codec
    fixture = support.fixtures("inbound", name)[0]
    account = support.fixture_account(fixture)
    results = []
    for path in files:
        request = support.recorded_request(path, support.request_of(fixture, account))
        try:
            parsed = codec.parse(request, support.context_of(fixture, account))
        except PayloadInvalid:
            results.append(0)
        else:
            fuzz.check(parsed)
            results.append(1)
    assert len(results) == len(files)
    assert any(results), "not one recorded payload of this channel could be read"
