"""Two agents never answer the same message unknowing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import httpx2
import pytest

from backbone.clock import ManualClock
from backbone.ids import new_id
from tests.support.api import Api, add_conversation, add_key, running_api
from tests.support.desk import Desk, make_desk, rows
from tests.support.time import manual_clock

pytestmark = pytest.mark.database
ANSWER = {"content": {"type": "text", "text": "On its way."}}


@dataclass
class Two:
    """Two agents of one team before the same conversation, on a clock that stands still."""

    api: Api
    desk: Desk
    clock: ManualClock
    conversation: str
    kim: httpx2.AsyncClient
    ann: httpx2.AsyncClient

    async def take(self, who: httpx2.AsyncClient, **body: Any) -> httpx2.Response:
        return await who.post(f"/v1/conversations/{self.conversation}/reply-lease", json=body)

    async def answer(self, who: httpx2.AsyncClient, lease: int | None = None) -> httpx2.Response:
        body = ANSWER | ({} if lease is None else {"lease": lease})
        return await who.post(f"/v1/conversations/{self.conversation}/messages", json=body)

    async def receive(self, text: str = "Still there?") -> str:
        message_id = new_id("msg")
        connection = await asyncpg.connect(self.api.url)
        await connection.execute(
            "INSERT INTO messages (id, tenant_id, conversation_id, account_id, direction, author_kind, author_id, content, received_at, sort_at) "
            "VALUES ($1, $2, $3, $4, 'in', 'contact', 'con_1', jsonb_build_object('text', $5::text), now(), now())",
            message_id, self.desk.tenant_id, self.conversation, self.desk.account_id, text,
        )  # fmt: skip
        await connection.close()
        return message_id


@pytest.fixture
async def two(database_url: str) -> AsyncIterator[Two]:
    clock = manual_clock()
    desk = await make_desk(database_url)
    async with running_api(database_url, clock=clock) as api:
        conversation = await add_conversation(database_url, desk)
        keys = [(await add_key(database_url, desk.tenant_id, "agent", agent))[0] for agent in desk.agent_ids[:2]]
        async with api.client(keys[0]) as kim, api.client(keys[1]) as ann:
            yield Two(api, desk, clock, conversation, kim, ann)


async def test_who_writes_is_seen_and_another_is_told(two: Two) -> None:
    path = f"/v1/conversations/{two.conversation}/reply-lease"
    assert (await two.ann.get(path)).status_code == 404
    mine = await two.take(two.kim)
    assert (mine.status_code, mine.json()["yours"], mine.json()["number"]) == (200, True, 1)
    seen = (await two.ann.get(path)).json()
    assert (seen["agent_id"], seen["yours"]) == (two.desk.agent_ids[0], False)
    refused = await two.take(two.ann)
    assert (refused.status_code, refused.json()["code"]) == (409, "reply_lease_held")
    assert refused.json()["lease"]["agent_id"] == two.desk.agent_ids[0]
    unknowing = await two.answer(two.ann)
    assert (unknowing.status_code, unknowing.json()["code"]) == (409, "reply_lease_held")
    told = await rows(two.api.url, "SELECT data FROM events_pending WHERE type = 'reply_lease.taken'")
    assert len(told) == 1


async def test_an_answer_with_a_good_lease_goes_and_ends_it(two: Two) -> None:
    number = (await two.take(two.kim)).json()["number"]
    assert (await two.answer(two.kim, number)).status_code == 201
    other = await two.take(two.ann)
    assert (other.status_code, other.json()["number"]) == (200, number + 1)


async def test_a_message_that_came_meanwhile_is_shown_before_the_answer_goes(two: Two) -> None:
    number = (await two.take(two.kim)).json()["number"]
    message_id = await two.receive()
    assert (await two.take(two.kim)).json()["number"] == number
    stale = await two.answer(two.kim, number)
    assert (stale.status_code, stale.json()["code"]) == (409, "reply_lease_stale")
    assert [message["id"] for message in stale.json()["meanwhile"]] == [message_id]
    assert (await two.take(two.kim, seen=True)).json()["number"] == number
    assert (await two.answer(two.kim, number)).status_code == 201


async def test_one_who_was_overtaken_learns_what_the_other_answered(two: Two) -> None:
    number = (await two.take(two.kim)).json()["number"]
    taken = (await two.take(two.ann, take_over=True)).json()["number"]
    assert taken == number + 1
    sent = await two.answer(two.ann, taken)
    stale = await two.answer(two.kim, number)
    assert stale.json()["code"] == "reply_lease_stale"
    assert sent.json()["id"] in [message["id"] for message in stale.json()["meanwhile"]]
    assert len(await rows(two.api.url, "SELECT 1 FROM messages WHERE direction = 'out'")) == 1


async def test_a_lease_ends_after_a_minute_and_its_number_stays_stale(two: Two) -> None:
    number = (await two.take(two.kim)).json()["number"]
    two.clock.advance(timedelta(seconds=61))
    assert (await two.take(two.ann)).json()["number"] == number + 1
    assert (await two.answer(two.kim, number)).json()["code"] == "reply_lease_stale"


async def test_an_expired_lease_that_nobody_took_still_sends_if_nothing_came(two: Two) -> None:
    number = (await two.take(two.kim)).json()["number"]
    two.clock.advance(timedelta(minutes=10))
    assert (await two.answer(two.kim, number)).status_code == 201


async def test_giving_back_frees_it_for_others(two: Two) -> None:
    path = f"/v1/conversations/{two.conversation}/reply-lease"
    await two.take(two.kim)
    assert (await two.ann.delete(path)).status_code == 204
    assert (await two.take(two.ann)).status_code == 409
    assert (await two.kim.delete(path)).status_code == 204
    assert (await two.take(two.ann)).status_code == 200


async def test_of_many_answers_at_once_with_one_lease_one_is_sent(two: Two) -> None:
    number = (await two.take(two.kim)).json()["number"]
    codes = await asyncio.gather(*(two.answer(who, number) for who in (two.kim, two.ann, two.ann, two.ann)))
    assert sorted(answer.status_code for answer in codes) == [201, 409, 409, 409]


async def test_a_number_that_was_never_given_is_stale(two: Two) -> None:
    assert (await two.answer(two.kim, 1)).json()["code"] == "reply_lease_stale"
