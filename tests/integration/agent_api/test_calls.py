"""Calls between browsers as their two sides see them: ringing, answering, ending, and signals that only they get."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backbone.clock import ManualClock
from backbone.ids import new_id
from schemas.event_data import read as read_data
from tests.support.api import Api, add_conversation, add_key, serving_api
from tests.support.calls import Side, agent_side, customer_side, make_visited_desk
from tests.support.desk import Desk, rows
from tests.support.router import make_workers
from tests.support.stream import numbering

pytestmark = pytest.mark.database
OFFER = {"description": {"type": "offer", "sdp": "v=0\r\n" + "a=candidate: über\r\n" * 1200}}


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_visited_desk(database_url)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        yield api


@pytest.fixture
async def key(api: Api, desk: Desk) -> str:
    return (await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0]))[0]


async def case_of(api: Api, desk: Desk, visitor_id: str = "vis_1", **values: object) -> str:
    values = {"agent_id": desk.agent_ids[0]} | values
    return await add_conversation(api.url, desk, contact_address=visitor_id, **values)


async def ring(customer: Side, kind: str = "video") -> dict[str, Any]:
    ack = await customer.ask("call.start", kind=kind, device=customer.device)
    assert ack["type"] == "ack", ack
    call: dict[str, Any] = ack["call"]
    return call


async def talk(agent: Side, customer: Side) -> str:
    """A call that was answered, with both sides on their sockets."""
    call = await ring(customer)
    answered = await agent.ask("call.answer", call_id=call["id"], device=agent.device)
    assert answered["call"]["state"] == "active", answered
    for side in (agent, customer):
        assert (await side.join(call["id"]))["type"] == "ack"
    return str(call["id"])


async def test_a_customers_call_is_answered_and_signals_pass_between_processes(
    api: Api, desk: Desk, key: str, database_url: str
) -> None:
    conversation_id = await case_of(api, desk)
    async with (
        serving_api(database_url) as other_process,
        agent_side(api, key) as agent,
        customer_side(other_process, desk, "vis_1") as customer,
    ):
        call_id = await talk(agent, customer)
        rang, answered = await agent.read("call.started"), await agent.read("call.answered")
        assert (await agent.signal(call_id, **OFFER))["type"] == "ack"
        got = await customer.read("call.signal")
        assert (await customer.signal(call_id, candidates=[{"candidate": "", "sdpMid": "0"}], restart=True))[
            "type"
        ] == "ack"
        back = await agent.read("call.signal")
        assert (await customer.ask("call.end", call_id=call_id))["call"]["cause"] == "hung_up"
        ended = await agent.read("call.ended")
        told = [await customer.read("call", state=state) for state in ("ringing", "active", "ended")]
    assert (got["call_id"], got["signal"]) == (call_id, OFFER)
    assert back["signal"] == {"candidates": [{"candidate": "", "sdpMid": "0"}], "restart": True}
    assert rang["data"]["call_agent_id"] is None
    assert answered["data"]["call_agent_id"] == desk.agent_ids[0]
    assert answered["data"]["conversation"]["waiting_since"] is None
    assert ended["data"]["ended_by"] == "customer"
    assert ended["data"]["duration_seconds"] >= 0
    assert [frame["call_id"] for frame in told] == [call_id] * 3
    assert told[0]["started_by"] == "you"
    assert {frame["conversation_id"] for frame in told} == {conversation_id}
    assert desk.agent_ids[0] not in str(told)
    written = await rows(api.url, "SELECT type, data::text AS data FROM events")
    for row in (row for row in written if row["type"].startswith("call.")):
        extra = read_data(row["type"], json.loads(row["data"])).model_extra
        assert not extra, (row["type"], extra)
    kept = await rows(api.url, "SELECT 1 FROM events WHERE data::text LIKE '%candidate%'")
    assert kept == []


async def test_an_agent_calls_over_rest_and_the_customer_declines(api: Api, desk: Desk, key: str) -> None:
    conversation_id = await case_of(api, desk)
    base = f"/v1/conversations/{conversation_id}/calls"
    async with api.client(key) as client, customer_side(api, desk, "vis_1") as customer:
        started = await client.post(base, json={"kind": "audio", "device": "agent-page-1"})
        assert started.status_code == 201, started.text
        call_id = started.json()["id"]
        rings = await customer.read("call")
        again = await client.post(base, json={"kind": "audio", "device": "agent-page-1"})
        declined = await customer.ask("call.decline", call_id=call_id)
        listed = (await client.get(base)).json()["items"]
        one = (await client.get(f"/v1/calls/{call_id}")).json()
    assert (rings["state"], rings["started_by"], rings["kind"]) == ("ringing", "agent", "audio")
    assert again.status_code == 409
    assert "agent_id" not in declined["call"]
    assert (declined["connection"]["polite"], declined["connection"]["ice_servers"]) == (True, [])
    assert listed == [one]
    assert (one["state"], one["cause"], one["answered_at"]) == ("ended", "declined", None)


async def test_of_many_who_answer_one_has_it_and_the_conversation_that_nobody_had(api: Api, desk: Desk) -> None:
    conversation_id = await case_of(api, desk, agent_id=None)
    keys = [(await add_key(api.url, desk.tenant_id, "agent", agent_id))[0] for agent_id in desk.agent_ids]
    async with (
        customer_side(api, desk, "vis_1") as customer,
        agent_side(api, keys[0], "page-of-first") as one,
        agent_side(api, keys[1], "page-of-second") as two,
    ):
        call = await ring(customer)
        answers = await asyncio.gather(
            *(side.ask("call.answer", call_id=call["id"], device=side.device) for side in (one, two))
        )
        winner = next(number for number, answer in enumerate(answers) if answer["type"] == "ack")
        loser = (one, two)[1 - winner]
        joined = await loser.join(call["id"])
        page = (one, two)[winner]
        page.device = "another-page"
        elsewhere = await page.join(call["id"])
    assert sorted(answer["type"] for answer in answers) == ["ack", "error"]
    assert (joined["code"], elsewhere["code"]) == ("conflict", "conflict")
    [row] = await rows(api.url, "SELECT agent_id FROM conversations WHERE id = $1", conversation_id)
    assert row["agent_id"] == desk.agent_ids[winner]


async def test_a_call_rings_only_at_the_agent_who_has_the_conversation(api: Api, desk: Desk) -> None:
    await case_of(api, desk)
    other, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[1])
    async with customer_side(api, desk, "vis_1") as customer, agent_side(api, other) as colleague:
        call = await ring(customer)
        refused = await colleague.ask("call.answer", call_id=call["id"], device=colleague.device)
        mine = await customer.ask("call.answer", call_id=call["id"], device=customer.device)
    assert (refused["code"], mine["code"]) == ("conflict", "conflict")


async def test_who_is_in_a_call_is_busy_for_the_next_and_its_customer_waits_for_an_answer(
    api: Api, desk: Desk, key: str
) -> None:
    await case_of(api, desk)
    second = await case_of(api, desk, "vis_2")
    async with (
        agent_side(api, key) as agent,
        customer_side(api, desk, "vis_1") as first,
        customer_side(api, desk, "vis_2") as next_one,
    ):
        await talk(agent, first)
        call = await ring(next_one)
        told = await next_one.read("call", state="ended")
    assert (call["state"], call["cause"], told["cause"]) == ("ended", "busy", "busy")
    [row] = await rows(api.url, "SELECT waiting_since, due_at FROM conversations WHERE id = $1", second)
    assert None not in tuple(row)


async def test_time_ends_what_nobody_answers_and_who_is_not_heard_of(
    api: Api, desk: Desk, key: str, tmp_path: Path
) -> None:
    await case_of(api, desk)
    await case_of(api, desk, "vis_2", agent_id=desk.agent_ids[1])
    second, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[1])
    workers = await make_workers(api.url, tmp_path, clock=ManualClock((await _now(api)) + timedelta(seconds=50)))
    try:
        async with customer_side(api, desk, "vis_1") as customer:
            ringing = await ring(customer)
        async with agent_side(api, second) as agent, customer_side(api, desk, "vis_2") as customer:
            active = await talk(agent, customer)
            await _due(api)
            await workers.timers.fire_due()
            missed = await _call(api, ringing["id"])
            going_on = await _call(api, active)
            workers.clock.advance(timedelta(seconds=60))
            await agent.join(active)
            await _due(api)
            await workers.timers.fire_due()
            ended = await _call(api, active)
    finally:
        await workers.database.stop()
    assert (missed["state"], missed["cause"]) == ("ended", "missed")
    assert going_on["state"] == "active"
    assert (ended["state"], ended["cause"]) == ("ended", "lost")
    left = await rows(api.url, "SELECT 1 FROM timers WHERE kind = 'call'")
    assert left == []


async def _now(api: Api) -> Any:
    [row] = await rows(api.url, "SELECT clock_timestamp() AS now")
    return row["now"]


async def _due(api: Api) -> None:
    """What the database's clock would do in a minute."""
    await rows(api.url, "UPDATE timers SET due_at = clock_timestamp() - interval '1 second' WHERE kind = 'call'")


async def _call(api: Api, call_id: str) -> Any:
    [row] = await rows(api.url, "SELECT state, cause FROM calls WHERE id = $1", call_id)
    return row


async def test_nobody_else_signals_hears_or_ends_a_call(api: Api, desk: Desk, key: str) -> None:
    await case_of(api, desk)
    await case_of(api, desk, "vis_2")
    foreign = await make_visited_desk(api.url)
    stranger_key, _ = await add_key(api.url, foreign.tenant_id, "admin", foreign.agent_ids[0])
    partner_key, _ = await add_key(api.url, desk.tenant_id, "partner")
    async with (
        agent_side(api, key) as agent,
        customer_side(api, desk, "vis_1") as customer,
        customer_side(api, desk, "vis_2") as other,
        agent_side(api, stranger_key) as stranger,
        agent_side(api, partner_key) as partner,
    ):
        call_id = await talk(agent, customer)
        for side in (other, stranger, partner):
            side.device = customer.device
            answers = [
                await side.join(call_id),
                await side.signal(call_id, restart=True),
                await side.ask("call.end", call_id=call_id),
                await side.ask("call.answer", call_id=call_id, device=side.device),
            ]
            assert {answer["type"] for answer in answers} == {"error"}, answers
            assert {answer["code"] for answer in answers} <= {"not_found", "forbidden"}
        await agent.signal(call_id, restart=True)
        await customer.read("call.signal")
        for side in (other, stranger, partner):
            await side.ask("call.end", call_id=call_id)
            assert [frame for frame in side.kept if frame["type"] == "call.signal"] == []


async def test_who_signals_or_rings_too_much_is_told_to_wait(api: Api, desk: Desk, key: str) -> None:
    await case_of(api, desk)
    async with agent_side(api, key) as agent, customer_side(api, desk, "vis_1") as customer:
        call_id = await talk(agent, customer)
        signals = [await agent.signal(call_id, restart=True) for _ in range(34)]
        wrong = await agent.signal(call_id, candidates=[{"candidate": "x"}] * 33)
        await customer.ask("call.end", call_id=call_id)
        codes = []
        for _ in range(8):
            answer = await customer.ask("call.start", kind="audio", device=customer.device)
            codes.append(answer.get("code"))
            if answer["type"] == "ack":
                await customer.ask("call.end", call_id=answer["call"]["id"])
        # One rang before.
        assert codes == [None] * 5 + ["rate_limited"] * 3
        assert "rate_limited" in {answer.get("code") for answer in signals[30:]}
        assert {answer.get("code") for answer in signals[:30]} == {None}
        assert wrong["code"] == "input_invalid"
        assert (await agent.ask("call.start", kind="audio", device=agent.device))["code"] == "input_invalid"


async def test_a_visitor_without_a_case_is_asked_to_write_and_other_channels_have_no_calls(
    api: Api, desk: Desk, key: str
) -> None:
    phone = await case_of(api, desk, "vis_9", channel="twilio_voice", channel_class="voice")
    async with customer_side(api, desk, "vis_none") as customer:
        refused = await customer.ask("call.start", kind="audio", device=customer.device)
    async with api.client(key) as client:
        unfit = await client.post(f"/v1/conversations/{phone}/calls", json={"kind": "audio", "device": new_id("pg")})
        rooms = await client.post(
            f"/v1/conversations/{await case_of(api, desk)}/calls",
            json={"kind": "audio", "device": new_id("pg"), "via": "room"},
        )
    assert refused["code"] == "conflict"
    assert unfit.json()["code"] == "action_unsupported"
    assert rooms.status_code == 409
