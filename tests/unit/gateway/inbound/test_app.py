import asyncio
from datetime import timedelta

import pytest

from backbone.channel.port import Account
from backbone.telemetry.metrics import Metric
from gateway.inbound import intake as intake_module
from gateway.inbound.quotas import QuotaLimits
from schemas.inbound import MessageReceived
from schemas.topics import INBOUND
from tests.support.gateway import batch, call, message, open_door, plain_channel, served, sign


async def test_a_webhook_is_published_before_it_is_answered_with_the_codecs_answer() -> None:
    door = open_door()
    answer = await door.post(batch(message(1)))
    assert (answer.status, answer.body) == (202, b"taken")
    assert answer.headers["x-answer"] == "yes"
    assert answer.headers["content-length"] == "5"
    [record] = door.records()
    assert (record.tenant_id, record.account_id, record.channel) == ("ten_1", "acc_1", "plain")
    assert isinstance(record.event, MessageReceived)
    assert record.event.content.text == "hello"
    assert door.bus.records(INBOUND)[0].key == b"acc_1/5550001"
    assert door.metrics.value(Metric.GATEWAY_ACCEPTED, "plain") == 1
    assert door.metrics.value(Metric.GATEWAY_ACCEPTED_EVENTS, "plain") == 1


async def test_the_codec_sees_the_public_url_with_the_raw_query() -> None:
    seen = []

    class Spy:
        def __getattr__(self, name: str) -> object:
            return getattr(original, name)

        def verify(self, request: object, context: object) -> None:
            seen.append(request)

    channel = plain_channel()
    original = channel.codec
    object.__setattr__(channel, "codec", Spy())
    door = open_door(served(channel=channel))
    await door.post(batch(), query="a=%20b&c")
    assert seen[0].url == "https://desk.example.test/webhooks/plain/acc_1?a=%20b&c"  # type: ignore[attr-defined]
    assert seen[0].query == "a=%20b&c"  # type: ignore[attr-defined]


async def test_everything_else_goes_to_the_application_behind() -> None:
    door = open_door()
    assert (await call(door.app, "/conversations")).body == b"behind the door"
    assert (await call(door.app, "/webhook")).status == 299


@pytest.mark.parametrize(
    "path", ["/webhooks/plain/acc_2", "/webhooks/other/acc_1", "/webhooks/plain/", "/webhooks/plain/acc_1/x"]
)
async def test_an_unknown_account_is_not_found_without_detail(path: str) -> None:
    door = open_door()
    answer = await call(door.app, path, batch(message()))
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.problem["code"] == "not_found"
    assert "acc_" not in answer.body.decode()
    assert door.metrics.value(Metric.GATEWAY_REJECTED, "unknown", "not_found") == 1


async def test_nothing_is_published_or_kept_of_a_request_with_a_wrong_signature() -> None:
    door = open_door()
    answer = await door.post(b"garbage", signature=sign(b"other bytes"))
    assert (answer.status, answer.problem["code"]) == (401, "signature_invalid")
    assert "www-authenticate" not in answer.headers
    missing = await call(door.app, "/webhooks/plain/acc_1", batch(message()))
    assert (missing.status, missing.problem["code"]) == (401, "signature_missing")
    assert door.bus.calls == 0
    assert door.box.letters == []
    assert door.metrics.value(Metric.GATEWAY_REJECTED, "plain", "signature_invalid") == 1


async def test_a_method_that_no_provider_uses_is_refused() -> None:
    for method in ("DELETE", "PATCH", "POLL", "poll"):
        answer = await open_door().post(b"[]", method=method)
        assert answer.status == 405
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST, PUT"


async def test_an_account_that_is_only_polled_has_no_door() -> None:
    door = open_door(served(channel=plain_channel(ingress="poll")))
    assert (await door.post(batch(message()))).status == 404
    assert door.bus.calls == 0


async def test_a_webhook_that_says_only_that_there_is_something_new_has_its_account_polled() -> None:
    nudged = []

    async def nudge(account: Account) -> None:
        nudged.append(account.id)

    door = open_door(nudge=nudge)
    assert (await door.post(batch(message()))).status == 202
    assert nudged == []
    assert (await door.post(batch({"poll": 1}))).status == 202
    assert nudged == ["acc_1"]


async def test_a_body_over_the_channels_limit_is_refused_without_reading_it() -> None:
    door = open_door(served(channel=plain_channel(body_max_bytes=100)))
    answer = await door.post(b"", declared=101, chunks=[])
    assert (answer.status, answer.problem["code"]) == (413, "payload_too_large")
    assert answer.headers["connection"] == "close"
    assert door.quotas.body_bytes == 0


async def test_a_body_that_says_it_is_small_is_cut_off_at_the_limit() -> None:
    door = open_door(served(channel=plain_channel(body_max_bytes=100)))
    answer = await door.post(b"", declared=10, chunks=[b"x" * 60, b"x" * 60])
    assert answer.status == 413
    assert door.quotas.body_bytes == 0


async def test_a_body_at_the_limit_is_taken() -> None:
    body = batch(message())
    door = open_door(served(channel=plain_channel(body_max_bytes=len(body))))
    assert (await door.post(body, chunks=[body[:5], body[5:]])).status == 202


async def test_a_slow_body_is_cut_and_its_room_given_back() -> None:
    door = open_door(read_within=timedelta(milliseconds=50))
    with door.keeping_time():
        answer = await door.post(b"", chunks=[b"[", b"]"] * 10, gap=timedelta(milliseconds=20))
    assert answer.status == 503
    assert 1 <= int(answer.headers["retry-after"]) <= 5
    assert answer.headers["connection"] == "close"
    assert (door.quotas.body_bytes, door.quotas.in_flight) == (0, 0)


async def test_a_client_that_leaves_before_its_body_is_whole_leaves_nothing_behind() -> None:
    door = open_door()
    answer = await door.post(b"", chunks=[batch(message())[:10]], disconnect=True)
    assert answer.status == 0
    assert door.bus.calls == 0
    assert (door.quotas.body_bytes, door.quotas.in_flight) == (0, 0)


async def test_what_is_published_stays_published_when_the_client_is_gone_by_then() -> None:
    door = open_door()
    door.bus.delay = 0.05
    body = batch(message())
    sent = asyncio.create_task(door.post(body))
    await asyncio.sleep(0.01)
    # Servers that cancel the request of a client that left do it here, in the middle of publishing.
    sent.cancel()
    await asyncio.gather(sent, return_exceptions=True)
    assert (await door.post(body)).status == 202
    assert {record.event.dedup_key for record in door.records()} == {"m-1"}
    assert (door.quotas.body_bytes, door.quotas.in_flight) == (0, 0)


async def test_the_same_webhook_twenty_times_at_once_passes_and_is_the_same_event_each_time() -> None:
    door = open_door()
    answers = await asyncio.gather(*(door.post(batch(message(7))) for _ in range(20)))
    assert {answer.status for answer in answers} == {202}
    records = door.records()
    assert len(records) == 20
    assert {(record.event.kind, record.event.dedup_key) for record in records} == {("message", "m-7")}
    assert len({record.id for record in records}) == 20


async def test_one_broken_element_goes_to_the_dead_letters_and_its_siblings_go_on() -> None:
    door = open_door()
    body = batch(message(1), {"nonsense": True}, message(2))
    answer = await door.post(body)
    assert answer.status == 202
    assert [record.event.dedup_key for record in door.records()] == ["m-1", "m-2"]
    [letter] = door.box.letters
    assert letter.reason == "rejected: from is not a text"
    assert letter.request is not None
    assert letter.request["causes"] == ["rejected"]
    assert len(letter.request["taken"]) == 2


async def test_a_body_that_cant_be_parsed_is_kept_and_acknowledged() -> None:
    door = open_door()
    answer = await door.post(b'{"not": "an array"')
    assert (answer.status, answer.body) == (200, b"")
    [letter] = door.box.letters
    assert (letter.source, letter.tenant_id, letter.account_id) == ("gateway", "ten_1", "acc_1")
    assert letter.reason.startswith("payload_invalid: ")


async def test_a_defect_of_a_codec_is_a_dead_letter_and_no_endless_retry() -> None:
    door = open_door()
    answer = await door.post(batch({"crash": True}))
    assert answer.status == 200
    assert [letter.reason for letter in door.box.letters] == ["codec_failed: ZeroDivisionError"]


async def test_an_event_for_a_sibling_account_goes_to_it_and_for_a_stranger_to_the_dead_letters() -> None:
    door = open_door(
        served(), served("acc_2", external_id="2000"), served("acc_3", tenant_id="ten_2", external_id="3000")
    )
    await door.post(batch(message(1, to="1000"), message(2, to="2000"), message(3, to="3000"), message(4)))
    assert sorted((record.account_id, record.event.dedup_key) for record in door.records()) == [
        ("acc_1", "m-1"),
        ("acc_1", "m-4"),
        ("acc_2", "m-2"),
    ]
    assert [letter.reason for letter in door.box.letters] == ["unknown_account"]


async def test_events_of_no_use_are_counted_and_not_published() -> None:
    door = open_door()
    assert (await door.post(batch({"ignored": 1}, message(1)))).status == 202
    assert len(door.records()) == 1
    assert door.metrics.value(Metric.GATEWAY_IGNORED_EVENTS, "plain") == 1


async def test_with_the_bus_away_and_no_spool_the_provider_is_asked_to_come_again() -> None:
    door = open_door()
    door.bus.mode = "away"
    answer = await door.post(batch(message()))
    assert answer.status == 503
    assert answer.problem["code"] == "unavailable"
    assert 1 <= int(answer.headers["retry-after"]) <= 5
    assert door.metrics.value(Metric.GATEWAY_REJECTED, "plain", "unavailable") == 1


async def test_with_the_bus_away_only_one_request_a_second_asks_it() -> None:
    door = open_door()
    door.bus.mode = "away"
    for _ in range(20):
        assert (await door.post(batch(message()))).status == 503
    assert door.bus.calls == 1


async def test_a_bus_that_hangs_is_given_up_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_module, "ACK_WITHIN", timedelta(milliseconds=50))
    door = open_door()
    door.bus.mode = "hanging"
    with door.keeping_time():
        assert (await door.post(batch(message()))).status == 503


async def test_a_batch_torn_by_the_bus_is_refused_whole_so_that_it_comes_again() -> None:
    door = open_door()
    door.bus.mode = "torn"
    assert (await door.post(batch(message(1), message(2)))).status == 503
    assert len(door.records()) == 1


async def test_a_letter_that_cant_be_kept_is_not_acknowledged() -> None:
    door = open_door()
    door.box.away = True
    assert (await door.post(b"garbage")).status == 503


@pytest.mark.parametrize("account", [served(state="paused"), served(trouble="settings not valid: secret")])
async def test_an_account_that_cant_be_used_asks_the_provider_to_come_again(account: object) -> None:
    door = open_door(account)  # type: ignore[arg-type]
    answer = await door.post(batch(message()))
    assert answer.status == 503
    assert "secret" not in answer.body.decode()
    assert door.records() == []


async def test_a_quarantined_account_still_takes_messages() -> None:
    door = open_door(served(state="quarantined"))
    assert (await door.post(batch(message()))).status == 202


async def test_over_the_limit_the_answer_is_a_cheap_503_and_never_429() -> None:
    door = open_door(limits=QuotaLimits(account_rate=1, account_burst=2))
    answers = [await door.post(batch(message(number))) for number in range(5)]
    assert [answer.status for answer in answers] == [202, 202, 503, 503, 503]
    assert answers[-1].problem["code"] == "overloaded"
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert door.metrics.value(Metric.GATEWAY_QUOTA_REFUSALS, "account", "rate") == 3


async def test_bodies_share_a_bounded_room() -> None:
    door = open_door(limits=QuotaLimits(body_bytes=1000))
    door.bus.mode = "hanging"
    first = asyncio.create_task(door.post(batch(message(said="x" * 600))))
    await asyncio.sleep(0.05)
    assert (await door.post(batch(message(said="x" * 600)))).status == 503
    door.bus.mode = "up"
    assert (await first).status == 202
    assert (await door.post(batch(message(said="x" * 600)))).status == 202


async def test_a_large_body_is_parsed_and_its_record_travels_by_reference() -> None:
    door = open_door()
    said = "x" * 300_000
    assert (await door.post(batch(message(said=said)))).status == 202
    [record] = door.bus.records(INBOUND)
    assert record.value == b""
    headers = dict(record.headers)
    assert said.encode() in door.blobs.held[headers["blob"].decode()]


async def test_media_inside_the_request_is_stored_before_the_event_is_published() -> None:
    door = open_door()
    assert (await door.post(batch(message(parts=[3, 10])))).status == 202
    [record] = door.records()
    assert isinstance(record.event, MessageReceived)
    stored, unreadable = record.event.content.media
    assert stored.blob is not None
    assert door.blobs.held[stored.blob] == b"3" * 1000
    assert (stored.size, stored.filename, stored.mime, stored.provider_ref) == (1000, "part-3.txt", "text/plain", None)
    assert (unreadable.blob, unreadable.provider_ref) == (None, None)
    assert door.metrics.value(Metric.GATEWAY_MEDIA_FAILED, "plain", "unreadable") == 1


async def test_a_defect_of_ours_asks_the_provider_to_come_again() -> None:
    door = open_door()
    door.bus.topics = None  # type: ignore[assignment]
    answer = await door.post(batch(message()))
    assert answer.status == 503
    assert door.metrics.value(Metric.GATEWAY_REJECTED, "plain", "internal_error") == 1
    assert door.quotas.in_flight == 0
