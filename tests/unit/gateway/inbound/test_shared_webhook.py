"""One webhook for several channels of a provider: each reads what is its own, and none costs another anything."""

from gateway.accounts import Served
from schemas.inbound import MessageReceived
from tests.support.gateway import Door, batch, message, open_door, plain_channel, served

PAGE = "1000"


def comments(account_id: str = "acc_2", **more: str) -> Served:
    return served(account_id, channel=plain_channel(name="comments"), **{"external_id": PAGE, **more})


def page(*others: Served) -> Door:
    return open_door(served(channel=plain_channel(shares_webhook_with=("comments",))), *others)


def taken(door: Door) -> list[tuple[str, str | None]]:
    return sorted(
        (record.account_id, record.event.content.text)
        for record in door.records()
        if isinstance(record.event, MessageReceived)
    )


async def test_each_channel_takes_its_own_and_the_first_ones_answer_stands() -> None:
    door = page(comments())
    body = batch(message(1, said="dm", kind="plain"), message(2, said="comment", kind="comments"))
    answer = await door.post(body)
    assert (answer.status, answer.body) == (202, b"taken")
    assert taken(door) == [("acc_1", "dm"), ("acc_2", "comment")]
    assert {record.channel for record in door.records()} == {"plain", "comments"}
    assert door.box.letters == []


async def test_a_comment_is_for_the_account_it_names_and_never_for_another_tenants() -> None:
    door = page(
        comments(), comments("acc_3", external_id="2000"), comments("acc_9", tenant_id="ten_2", external_id="3000")
    )
    body = batch(
        message(1, said="here", kind="comments"),
        message(2, said="there", kind="comments", to="2000"),
        message(3, said="elsewhere", kind="comments", to="3000"),
    )
    assert (await door.post(body)).status == 202
    assert taken(door) == [("acc_2", "here"), ("acc_3", "there")]
    [letter] = door.box.letters
    assert "unknown_account" in letter.reason


async def test_without_an_account_on_the_other_channel_nothing_changes() -> None:
    door = page(comments(tenant_id="ten_2"))
    assert (await door.post(batch(message(1, said="comment", kind="comments"), message(2, kind="plain")))).status == 202
    assert taken(door) == [("acc_1", "hello")]
    assert door.box.letters == []


async def test_a_sibling_that_fails_costs_nobody_else() -> None:
    door = page(comments())
    answer = await door.post(batch(message(1, said="dm", kind="plain"), {"crash": "comments", "kind": "comments"}))
    assert answer.status == 202
    assert taken(door) == [("acc_1", "dm")]
    [letter] = door.box.letters
    assert "codec_failed: comments: ZeroDivisionError" in letter.reason
