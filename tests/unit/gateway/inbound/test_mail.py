"""A mail with attachments through the door, with the real codec."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from backbone.channel.port import Request
from gateway.accounts import Served
from gateway.inbound import parts
from schemas.inbound import MessageReceived
from tests.support import channels
from tests.support.gateway import Door, call, open_door


def mail(*attachments: tuple[str, bytes]) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "ann@customer.example", "desk@desk.example"
    message["Subject"], message["Message-ID"] = "Broken lamp", "<1@customer.example>"
    message.set_content("It is broken, see the pictures.")
    for name, data in attachments:
        message.add_attachment(data, maintype="image", subtype="png", filename=name)
    return message.as_bytes()


async def post(door: Door, body: bytes) -> int:
    channel, account = channels.load("email"), channels.account("email")
    unsigned = Request("POST", account.webhook_url, "", (("content-type", "message/rfc822"),), body)
    signed = channel.simulator.sign(unsigned, account, datetime.now(UTC))
    return (await call(door.app, "/webhooks/email/acc_1", body, headers=signed.headers)).status


def door() -> Door:
    return open_door(Served(channels.account("email"), channels.load("email"), "active", 1))


async def test_each_attachment_is_a_blob_of_its_own_and_the_event_names_it() -> None:
    desk = door()
    pictures = {"one.png": b"\x89PNG" * 1000, "two.png": b"\x89PNG" * 200_000}
    assert 200 <= await post(desk, mail(*pictures.items())) < 300
    [record] = desk.records()
    assert isinstance(record.event, MessageReceived)
    media = record.event.content.media
    assert {item.filename: desk.blobs.held[item.blob or ""] for item in media} == pictures
    assert [item.size for item in media] == [4000, 800_000]
    assert {item.provider_ref for item in media} == {None}
    assert record.event.content.text == "It is broken, see the pictures."


async def test_attachments_beyond_what_one_mail_may_bring_are_left_out_and_the_text_still_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parts, "MOST_BYTES", 100_000)
    desk = door()
    assert 200 <= await post(desk, mail(("small.png", b"x" * 100), ("large.png", b"x" * 100_000))) < 300
    [record] = desk.records()
    assert isinstance(record.event, MessageReceived)
    small, large = record.event.content.media
    assert small.blob is not None
    assert (large.blob, large.provider_ref, large.size) == (None, None, 100_000)


async def test_with_the_blob_store_away_the_mail_is_asked_for_again() -> None:
    desk = door()
    desk.blobs.away = True
    assert await post(desk, mail(("one.png", b"x"))) == 503
    assert desk.records() == []
    desk.blobs.away = False
    assert 200 <= await post(desk, mail(("one.png", b"x"))) < 300
