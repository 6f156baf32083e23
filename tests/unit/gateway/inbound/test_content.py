"""A mail that Amazon put into S3 is fetched before its notification is acknowledged, and read as if it had come inside."""

import json
from typing import Any

import pytest

from backbone.channel.port import Parsed, Request, SimulatedMessage
from backbone.errors import AnswerUnreadable, CallFailed, FrontdeskError, OutcomeUnknown, Unavailable, UrlRefused
from backbone.web.fetcher import Answer
from gateway.accounts import Served
from gateway.inbound.content import Contents
from schemas.inbound import MessageReceived
from tests.support import channels as support

BUCKET = "desk-mails"
MAIL = (
    b"From: Ann <ann@customer.example.test>\r\nTo: support@ses.desk.example.test\r\nSubject: Parcel\r\n"
    b"Message-ID: <1@customer.example.test>\r\nDate: Fri, 20 Nov 2026 09:00:00 +0000\r\n\r\nWhere is it?\r\n"
)


class Store:
    """Answers each call and notes it."""

    def __init__(self, answer: Answer | FrontdeskError) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._answer = answer

    async def call(self, method: str, url: str, *, headers: Any, **_: Any) -> Answer:
        self.asked.append((url, dict(headers)))
        if isinstance(self._answer, FrontdeskError):
            raise self._answer
        return self._answer


def served(buckets: tuple[str, ...] = (BUCKET,)) -> Served:
    return Served(support.account("email_ses", {"mail_buckets": buckets}), support.load("email_ses"), "active", 1)


def notification(there: Served, bucket: str = BUCKET, key: str = "in/o1 ü") -> Request:
    channel = there.channel
    inline = channel.simulator.inbound(SimulatedMessage("ann", "x", "m-1"), there.account, support.NOW)
    envelope = json.loads(inline.body)
    told = json.loads(envelope["Message"])
    told.pop("content")
    told["mail"] |= {
        "commonHeaders": {
            "from": ["ann@customer.example.test"],
            "subject": "Parcel",
            "messageId": "<1@customer.example.test>",
        }
    }
    told["receipt"]["action"] = {"type": "S3", "bucketName": bucket, "objectKey": key}
    body = json.dumps({"Type": "Notification", "MessageId": "n-1", "Message": json.dumps(told)}).encode()
    return channel.simulator.sign(
        Request("POST", there.account.webhook_url, "", inline.headers, body), there.account, support.NOW
    )


async def read(there: Served, store: Store, request: Request) -> Parsed:
    context = support.context(there.account, "email_ses")
    there.channel.codec.verify(request, context)
    return there.channel.codec.parse(await Contents(store).whole(there, request, support.NOW), context)


def message_of(parsed: Parsed) -> MessageReceived:
    (message,) = [event for event in parsed.events if isinstance(event, MessageReceived)]
    return message


async def test_the_mail_is_fetched_by_a_signed_call_and_read_whole() -> None:
    there, store = served(), Store(Answer(200, (), MAIL))
    message = message_of(await read(there, store, notification(there)))
    assert (message.content.text, message.content.media, message.subject) == ("Where is it?", (), "Parcel")
    ((url, headers),) = store.asked
    assert url == "https://s3.eu-west-1.amazonaws.com/desk-mails/in/o1%20%C3%BC"
    assert "/eu-west-1/s3/aws4_request" in headers["authorization"]
    assert "x-amz-content-sha256" in headers["authorization"]


@pytest.mark.parametrize(
    "answer",
    [Answer(404, (), b""), Answer(403, (), b""), AnswerUnreadable(answered=200), UrlRefused("no", reason="host")],
)
async def test_a_mail_that_can_not_be_had_is_shown_by_its_notification(answer: Answer | FrontdeskError) -> None:
    there = served()
    message = message_of(await read(there, Store(answer), notification(there)))
    assert (message.subject, message.content.text) == ("Parcel", None)
    assert message.content.media[0].provider_ref == "s3://desk-mails/in/o1 ü"


@pytest.mark.parametrize("answer", [Answer(503, (), b""), CallFailed(), OutcomeUnknown()])
async def test_a_store_that_is_away_has_the_notification_sent_again(answer: Answer | FrontdeskError) -> None:
    there = served()
    with pytest.raises(Unavailable):
        await read(there, Store(answer), notification(there))


@pytest.mark.parametrize(("bucket", "key"), [("other", "o1"), (BUCKET, "../o1"), (BUCKET, "a//b"), (BUCKET, "")])
async def test_nothing_is_fetched_from_elsewhere(bucket: str, key: str) -> None:
    there, store = served(), Store(Answer(200, (), MAIL))
    await read(there, store, notification(there, bucket, key))
    assert store.asked == []


async def test_other_requests_and_channels_pass_as_they_came() -> None:
    there, store = served(), Store(Answer(200, (), MAIL))
    inline = there.channel.simulator.inbound(SimulatedMessage("ann", "hello", "m-2"), there.account, support.NOW)
    assert await Contents(store).whole(there, inline, support.NOW) is inline
    other = Served(support.account("slack"), support.load("slack"), "active", 1)
    assert await Contents(store).whole(other, inline, support.NOW) is inline
    assert store.asked == []
