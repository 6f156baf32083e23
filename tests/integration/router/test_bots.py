"""Bots under their contract on a real PostgreSQL: time, misses, what they may not answer, and who has it after them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from backbone.errors import Conflict, FrontdeskError
from backbone.storage.database import Connection, Database
from router.bots import LEASE, BotKeeper
from router.config import ConfigCache, TenantConfig
from router.usecases import bots, conversations, messages
from router.usecases.types import Author
from schemas.content import Content
from tests.support.desk import Desk, Feed, make_desk, rows
from tests.support.router import Workers

pytestmark = pytest.mark.database
PERSON = Author("agent", "agt_supervisor")


class Office:
    """A desk of which the first agent is a bot that has the only case; `person` is away until she is needed."""

    def __init__(self, url: str, workers: Workers, api: Database, desk: Desk) -> None:
        self.url, self.workers, self.api, self.desk = url, workers, api, desk
        self.bot, self.person = desk.agent_ids
        self.feed = Feed(desk)
        self.keeper = BotKeeper(
            workers.database, ConfigCache(workers.clock), workers.signals, workers.clock, workers.metrics
        )

    async def writes(self, text: str) -> None:
        await self.workers.take(self.feed.event(self.feed_event(text), received_at=self.workers.clock.now()))
        await self.workers.dispatch(self.desk.tenant_id)

    def feed_event(self, text: str) -> Any:
        from schemas.inbound import InboundRecord

        return InboundRecord.model_validate_json(self.feed.message(text, sender="ann").value).event

    async def looks(self) -> None:
        await self.keeper.round(await self.workers.lease(LEASE))

    async def case(self) -> Any:
        [row] = await rows(self.url, "SELECT * FROM conversations")
        return row

    async def facts(self) -> list[tuple[str, str | None]]:
        found = await rows(self.url, "SELECT type, data ->> 'reason' AS reason FROM events_pending ORDER BY position")
        return [(row["type"], row["reason"]) for row in found if row["type"].startswith(("bot.", "conversation."))]

    async def says(self, who: Author, text: str) -> None:
        case = await self.case()

        async def work(connection: Connection) -> None:
            await messages.reply(
                connection, tenant_id=self.desk.tenant_id, conversation_id=case["id"], author=who,
                content=Content(text=text), now=self.workers.clock.now(),
            )  # fmt: skip

        await self.api.run(work, [self.desk.tenant_id])

    async def told(self) -> list[str]:
        found = await rows(
            self.url, "SELECT content ->> 'text' AS text FROM messages WHERE direction = 'out' ORDER BY sort_at, id"
        )
        return [row["text"] for row in found]

    async def online(self, agent: str, presence: str = "online") -> None:
        await rows(self.url, "UPDATE agents SET presence = $2 WHERE id = $1", agent, presence)


@pytest.fixture
async def office(workers: Workers, database_url: str) -> AsyncIterator[Office]:
    desk = await make_desk(database_url, agents=2, presence="away")
    api = Database(database_url, role="frontdesk_api", name="test-api")
    await api.start()
    bot = desk.agent_ids[0]
    await rows(database_url, "UPDATE agents SET role = 'bot', presence = 'online' WHERE id = $1", bot)
    made = Office(database_url, workers, api, desk)
    await made.writes("Where is my parcel?")
    assert (await made.case())["agent_id"] == bot
    yield made
    await api.stop()


async def test_a_bot_that_answers_in_time_keeps_its_case_and_says_once_what_it_is(office: Office) -> None:
    await office.looks()
    await office.says(Author("bot", office.bot), "Which order is it?")
    office.workers.clock.advance(timedelta(minutes=5))
    await office.looks()
    await office.writes("1234")
    await office.looks()
    await office.says(Author("bot", office.bot), "It arrives tomorrow.")
    assert await office.told() == ["Automated assistant: Which order is it?", "It arrives tomorrow."]
    assert (await office.case())["agent_id"] == office.bot
    assert [kind for kind, _ in await office.facts() if kind.startswith("bot.")] == []


async def test_two_missed_deadlines_hand_over_with_a_notice_and_the_age_stays(office: Office) -> None:
    before = await office.case()
    await office.looks()
    for _ in range(2):
        office.workers.clock.advance(timedelta(seconds=31))
        await rows(office.url, "UPDATE bot_turns SET until = until - interval '1 hour'")
        await office.looks()
    after = await office.case()
    assert (after["agent_id"], after["wants_human"], after["waiting_since"]) == (None, True, before["waiting_since"])
    assert [fact for fact in await office.facts() if fact[0].startswith("bot.")] == [
        ("bot.missed", None),
        ("bot.handed_over", "missed"),
    ]
    [notice] = await office.told()
    assert "a person" in notice
    [note] = await rows(office.url, "SELECT content ->> 'text' AS text FROM messages WHERE direction = 'note'")
    assert note["text"] == "Handed over: missed"
    # The bot is free and online, and still nobody has it until a person comes.
    await office.workers.dispatch(office.desk.tenant_id)
    assert (await office.case())["agent_id"] is None
    await office.online(office.person)
    await office.workers.dispatch(office.desk.tenant_id)
    assert (await office.case())["agent_id"] == office.person


async def test_a_wish_for_a_person_counts_at_once_in_a_later_message_too(office: Office) -> None:
    await office.looks()
    office.workers.clock.advance(timedelta(seconds=5))
    await office.writes("let me speak to a human")
    await office.looks()
    assert (await office.case())["agent_id"] is None
    assert ("bot.handed_over", "asked") in await office.facts()


async def test_nobody_hears_a_bot_while_a_person_has_it_and_giving_it_back_is_an_explicit_step(office: Office) -> None:
    await office.online(office.person)
    case = await office.case()

    async def assign(agent: str) -> None:
        async def work(connection: Connection) -> None:
            await conversations.assign(
                connection, tenant_id=office.desk.tenant_id, conversation_id=case["id"], agent_id=agent, actor=PERSON,
                now=office.workers.clock.now(),
            )  # fmt: skip

        await office.api.run(work, [office.desk.tenant_id])

    await office.looks()
    await rows(office.url, "UPDATE conversations SET wants_human = true")
    await assign(office.person)
    with pytest.raises(Conflict, match="a person has it"):
        await office.says(Author("bot", office.bot), "Hello again")
    assert (await office.case())["wants_human"] is True
    await assign(office.bot)
    assert (await office.case())["wants_human"] is False
    await office.says(Author("bot", office.bot), "Hello again")
    assert await office.told() == ["Automated assistant: Hello again"]


async def test_a_bot_gets_more_time_three_times_and_no_longer_than_five_minutes_each(office: Office) -> None:
    case, now = await office.case(), office.workers.clock.now()

    async def ask(bot: str) -> Any:
        async def work(connection: Connection) -> Any:
            return await bots.ask_time(
                connection, tenant_id=office.desk.tenant_id, conversation_id=case["id"], bot_id=bot,
                more=timedelta(hours=1), now=now,
            )  # fmt: skip

        return await office.api.run(work, [office.desk.tenant_id])

    await office.looks()
    assert [await ask(office.bot) for _ in range(3)] == [now + timedelta(minutes=5)] * 3
    with pytest.raises(Conflict, match="hand it over"):
        await ask(office.bot)
    with pytest.raises(Conflict, match="hasn't got"):
        await ask(office.person)
    office.workers.clock.advance(timedelta(minutes=2))
    await office.looks()
    assert [kind for kind, _ in await office.facts() if kind.startswith("bot.")] == []


async def test_what_a_bot_knows_goes_with_it_and_its_skill_is_preferred(office: Office) -> None:
    case, now = await office.case(), office.workers.clock.now()

    async def work(connection: Connection) -> None:
        await bots.hand_over(
            connection, TenantConfig(office.desk.tenant_id, now), conversation_id=case["id"], bot_id=office.bot,
            reason="low_score", summary="Late parcel", fields={"order": "1234"}, skill="parcels", now=now,
        )  # fmt: skip

    await office.api.run(work, [office.desk.tenant_id])
    [note] = await rows(office.url, "SELECT content ->> 'text' AS text FROM messages WHERE direction = 'note'")
    assert note["text"] == "Handed over: low_score\nLate parcel\norder: 1234"
    needs = (await rows(office.url, "SELECT needs::text AS needs FROM conversations"))[0]["needs"]
    assert '"parcels"' in needs
    assert (await rows(office.url, "SELECT used FROM agents WHERE id = $1", office.bot))[0]["used"] == 0
    [told] = await rows(office.url, "SELECT data FROM events_pending WHERE type = 'bot.handed_over'")
    assert "1234" not in str(told["data"])


async def test_when_bot_and_person_race_for_an_answer_the_bot_never_speaks_after_the_person_took_it(
    office: Office,
) -> None:
    await office.online(office.person)
    case, bot = await office.case(), Author("bot", office.bot)

    async def takes(connection: Connection) -> None:
        await conversations.assign(
            connection, tenant_id=office.desk.tenant_id, conversation_id=case["id"], agent_id=office.person, actor=PERSON,
            now=office.workers.clock.now(),
        )  # fmt: skip

    async def answers(number: int) -> str:
        try:
            await office.says(bot, f"answer {number}")
        except FrontdeskError as error:
            return error.code
        return "said"

    async def person() -> str:
        await office.api.run(takes, [office.desk.tenant_id])
        return "took"

    came = await asyncio.gather(*(answers(n) for n in range(5)), person(), *(answers(n) for n in range(5, 10)))
    assert set(came) <= {"said", "took", "conflict"}
    events = await rows(office.url, "SELECT type, data ->> 'author_kind' AS who FROM events_pending ORDER BY position")
    order = [(row["type"], row["who"]) for row in events]
    taken = max(n for n, (kind, _) in enumerate(order) if kind == "conversation.assigned")
    assert ("message.sent", "bot") not in order[taken:]
    assert came.count("said") == order.count(("message.sent", "bot"))
