"""The assistant on a real PostgreSQL: it quotes with its source, asks for what is missing, and lets go where it doesn't know."""

import json
from datetime import timedelta
from typing import Any

import pytest

from router.bots import LEASE, BotKeeper
from router.config import ConfigCache
from schemas.inbound import InboundRecord
from tests.support.desk import Desk, Feed, make_desk, rows
from tests.support.router import Workers

pytestmark = pytest.mark.database
BODY = "You can send **everything** back within 30 days.\n\nThe label is in the parcel."
FORM = (
    '{"kind": "form", "fields": [{"name": "order", "kind": "number", "ask": {"en": "Which order is it?"}}, '
    '{"name": "what", "kind": "text", "ask": {"en": "What is broken?"}}], "skill": "repairs"}'
)


class Office:
    """A desk whose only agent is the assistant."""

    def __init__(self, url: str, workers: Workers, desk: Desk) -> None:
        self.url, self.workers, self.desk, self.feed = url, workers, desk, Feed(desk)
        self.keeper = BotKeeper(
            workers.database, ConfigCache(workers.clock), workers.signals, workers.clock, workers.metrics
        )

    async def writes(self, text: str) -> list[str]:
        """What is answered to it."""
        before = await self.told()
        self.workers.clock.advance(timedelta(seconds=5))
        event = InboundRecord.model_validate_json(self.feed.message(text, sender="ann").value).event
        await self.workers.take(self.feed.event(event, received_at=self.workers.clock.now()))
        await self.workers.dispatch(self.desk.tenant_id)
        await self.keeper.round(await self.workers.lease(LEASE))
        return (await self.told())[len(before) :]

    async def told(self) -> list[str]:
        found = await rows(
            self.url, "SELECT content ->> 'text' AS text FROM messages WHERE direction = 'out' ORDER BY sort_at, id"
        )
        return [row["text"] for row in found]

    async def note(self) -> str:
        [row] = await rows(self.url, "SELECT content ->> 'text' AS text FROM messages WHERE direction = 'note'")
        return str(row["text"])

    async def case(self) -> Any:
        [row] = await rows(self.url, "SELECT * FROM conversations")
        return row


@pytest.fixture
async def office(workers: Workers, database_url: str) -> Office:
    desk = await make_desk(database_url, agents=1)
    bot, tenant = desk.agent_ids[0], desk.tenant_id
    await rows(database_url, "UPDATE agents SET role = 'bot' WHERE id = $1", bot)
    await rows(
        database_url,
        "UPDATE tenants SET settings = jsonb_build_object('bots', jsonb_build_object('assistant_agent_id', $2::text)) WHERE id = $1",
        tenant,
        bot,
    )
    title = "How do I send something back?"
    await rows(
        database_url,
        "INSERT INTO knowledge_articles (id, tenant_id, slug, language, title, body, published, created_at, updated_at) "
        "VALUES ('art_1', $1, 'send-back', 'en', $2, $3, 1, now(), now())",
        tenant,
        title,
        BODY,
    )
    await rows(
        database_url,
        "INSERT INTO knowledge_versions (tenant_id, article_id, number, title, body, published_at) VALUES ($1, 'art_1', 1, $2, $3, now())",
        tenant,
        title,
        BODY,
    )
    await rows(
        database_url,
        "SELECT index_knowledge($1, 'art_1', 'en', $2, $3), set_config('frontdesk.tenant', $1, false)",
        tenant,
        title,
        BODY,
    )
    for name, phrase, action in (
        ("broken", "broken", FORM),
        ("return", "other way", '{"kind": "article", "slug": "send-back"}'),
        ("complaint", "complain", '{"kind": "hand_over", "skill": "care"}'),
    ):
        await rows(
            database_url,
            "INSERT INTO intents (id, tenant_id, name, phrases, action, updated_at) VALUES ($1, $2, $3, $4, $5::jsonb, now())",
            f"int_{name}",
            tenant,
            name,
            [phrase],
            action,
        )
    return Office(database_url, workers, desk)


async def test_it_quotes_with_its_source_says_what_it_is_and_takes_thanks(office: Office) -> None:
    [said] = await office.writes("How can I send this back?")
    assert said == (
        "Automated assistant: You can send everything back within 30 days. The label is in the parcel.\n\n"
        "Source: How do I send something back?\n\nIf that does not help, write that you want to speak to a person."
    )
    assert (await office.case())["waiting_since"] is None
    assert await office.writes("Thank you very much!") == ["You're welcome."]
    assert (await office.case())["agent_id"] == office.desk.agent_ids[0]


async def test_what_it_does_not_know_it_says_and_people_have_it_still_waiting(office: Office) -> None:
    unknown, notice = await office.writes("Do you have a shop in Vienna where I can look at the chairs?")
    assert unknown == "Automated assistant: I don't know the answer to that."
    assert "a person" in notice
    case = await office.case()
    assert (case["agent_id"], case["wants_human"], case["waiting_since"] is None) == (None, True, False)
    assert (await office.note()).startswith("Handed over: low_score\nAsked (en): Do you have a shop in Vienna")


async def test_the_same_article_is_not_quoted_twice(office: Office) -> None:
    await office.writes("How can I send this back?")
    unknown, _ = await office.writes("But how do I send it back?")
    assert unknown == "I don't know the answer to that."
    assert "Answered before: 1 times" in await office.note()


async def test_who_says_that_it_did_not_help_gets_a_person(office: Office) -> None:
    await office.writes("How can I send this back?")
    [notice] = await office.writes("That doesn't help")
    assert "a person" in notice
    assert (await office.case())["wants_human"]


async def test_a_form_asks_only_for_what_is_missing_and_gives_the_case_on_with_it(office: Office) -> None:
    assert await office.writes("My chair is broken") == ["Automated assistant: Which order is it?"]
    assert await office.writes("I have no idea") == ["I did not understand that. Which order is it?"]
    assert await office.writes("it is AB-1234") == ["What is broken?"]
    [notice] = await office.writes("one leg")
    assert "a person" in notice
    assert "order: AB-1234\nwhat: one leg" in await office.note()
    assert json.loads((await office.case())["needs"])[0]["skill"] == "repairs"


async def test_a_form_gives_up_after_asking_twice_and_knows_what_was_said_at_once(office: Office) -> None:
    assert await office.writes("order 778899 arrived broken") == ["Automated assistant: What is broken?"]
    await office.writes("!")
    assert "order: 778899\nwhat: !" in await office.note()


async def test_intents_choose_an_article_or_people(office: Office) -> None:
    [said] = await office.writes("and the other way?")
    assert "Source: How do I send something back?" in said
    await office.writes("I want to complain")
    assert json.loads((await office.case())["needs"])[0]["skill"] == "care"


async def test_a_wish_for_a_person_goes_before_everything(office: Office) -> None:
    [notice] = await office.writes("How can I send this back? Let me talk to a human please")
    assert "a person" in notice
    assert (await office.note()).startswith("Handed over: asked")


async def test_a_bot_that_is_not_the_assistant_is_left_alone(office: Office) -> None:
    await rows(office.url, "UPDATE tenants SET settings = '{}'")
    assert await office.writes("How can I send this back?") == []


async def test_what_fails_is_a_missed_deadline_and_others_are_answered(office: Office) -> None:
    await rows(office.url, """UPDATE intents SET action = '{"kind": "form"}' WHERE name = 'broken'""")
    assert await office.writes("How can I send this back?") == []
    office.workers.clock.advance(timedelta(seconds=31))
    await rows(office.url, "DELETE FROM intents WHERE name = 'broken'")
    await rows(office.url, "UPDATE bot_turns SET until = until - interval '1 hour'")
    await office.keeper.round(await office.workers.lease(LEASE))
    [said] = await office.told()
    assert "Source: How do I send something back?" in said


async def _order(office: Office, reference: str, number: str, state: str) -> None:
    account, tenant = office.desk.account_id, office.desk.tenant_id
    await rows(
        office.url,
        "INSERT INTO partner_customers (account_id, reference, tenant_id, seen_at) VALUES ($1, $2, $3, now()) ON CONFLICT DO NOTHING",
        account,
        reference,
        tenant,
    )
    await rows(
        office.url,
        "INSERT INTO partner_orders (account_id, id, tenant_id, reference, closed, occurred_at, data) "
        "VALUES ($1, $2, $3, $4, false, '2026-11-19T12:00:00Z', $5::jsonb)",
        account,
        f"o-{number}",
        tenant,
        reference,
        json.dumps({"id": f"o-{number}", "number": number, "state": state}),
    )
    await rows(
        office.url,
        "INSERT INTO partner_shipments (account_id, id, tenant_id, reference, order_id, occurred_at, data) "
        "VALUES ($1, $2, $3, $4, $5, '2026-11-19T18:00:00Z', $6::jsonb)",
        account,
        f"s-{number}",
        tenant,
        reference,
        f"o-{number}",
        json.dumps(
            {"id": f"s-{number}", "carrier": "DHL", "state": "on its way", "expected_at": "2026-11-21T00:00:00Z"}
        ),
    )


async def test_it_says_where_the_customers_own_order_is_and_nothing_of_anothers(office: Office) -> None:
    await rows(
        office.url,
        """INSERT INTO intents (id, tenant_id, name, phrases, action, updated_at)
        VALUES ('int_order', $1, 'order', '{my order}', '{"kind": "order"}', now())""",
        office.desk.tenant_id,
    )
    await _order(office, "ann", "2026-17", "packed")
    await _order(office, "bob", "2026-18", "lost")
    [said] = await office.writes("Where is my order?")
    assert said.split("\n\n")[0] == (
        "Automated assistant: Order 2026-17: packed (as of 2026-11-19)\nParcel DHL: on its way (as of 2026-11-19)\nExpected: 2026-11-21"
    )
    unknown, _ = await office.writes("And my order 2026-18?")
    assert unknown == "I don't know the answer to that."
    assert (await office.case())["wants_human"]
