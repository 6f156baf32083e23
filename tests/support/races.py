"""Races for conversations on a real PostgreSQL: the router, asked agents, supervisors and rules at once, and what came of each."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from backbone.errors import FrontdeskError
from backbone.storage.database import Connection, Database
from router.usecases import conversations, reservations
from router.usecases.types import Author
from tests.support.desk import NOW, Desk, Feed, make_desk, rows
from tests.support.router import Workers
from tests.support.routing import set_routing, wrong_sums

EACH = 50
"""Conversations in one round of races."""
AGENTS, CAPACITY, ASKED = 20, 5, 3
SUPERVISOR = Author("agent", "agt_supervisor")
_ROUND = """
    SELECT c.id, c.agent_id, c.status, (SELECT count(*) FROM reservations r WHERE r.conversation_id = c.id AND r.state = 'accepted')
        AS accepted FROM conversations c WHERE c.status <> 'resolved' ORDER BY c.id
"""
_FACTS = """
    SELECT data ->> 'conversation_id' AS conversation_id, type, data ->> 'reason' AS reason, data ->> 'agent_id' AS agent_id
    FROM events_pending WHERE type IN ('conversation.assigned', 'conversation.unassigned') ORDER BY position
"""


@dataclass
class Came:
    """What everybody was told, by what they tried; and, in words, each race that had not exactly one winner."""

    races: int = 0
    told: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


async def race(workers: Workers, api: Database, url: str, count: int, seed: int) -> Came:
    """`count` races in rounds. In each a conversation is offered to three; they answer while supervisors assign it, rules
    move it and the router goes on dispatching. Every other agent has room for a part of it all only.
    """
    desk = await make_desk(url, agents=AGENTS, capacity=CAPACITY)
    await set_routing(url, desk, auto_accept=False, offer_to=ASKED)
    feed, rng, came = Feed(desk), random.Random(seed), Came()
    while came.races < count:
        many = min(EACH, count - came.races)
        await workers.take(*(feed.message(sender=f"r{came.races}-{n}") for n in range(many)))
        await workers.dispatch(desk.tenant_id)
        await _contend(workers, api, url, desk, rng, came)
        await _judge(url, came)
        came.wrong += [f"sums of {one}" for one in await wrong_sums(url)]
        await _clear(api, url, desk)
        came.races += many
    return came


async def _contend(workers: Workers, api: Database, url: str, desk: Desk, rng: random.Random, came: Came) -> None:
    asked: dict[str, list[Any]] = defaultdict(list)
    for row in await rows(url, "SELECT id, conversation_id, agent_id FROM reservations WHERE state = 'offered'"):
        asked[row["conversation_id"]].append(row)
    tries: list[Callable[[], Awaitable[None]]] = []
    for [conversation_id] in await rows(url, "SELECT id FROM conversations WHERE status = 'open' ORDER BY id"):
        tries += [_answer(api, desk, one, rng, came) for one in asked[conversation_id]]
        if rng.random() < 0.5:
            tries.append(_assign(api, desk, conversation_id, rng.choice(desk.agent_ids), came))
        if rng.random() < 0.3:
            tries.append(_raise(api, desk, conversation_id, rng.randint(1, 5), came))
    rng.shuffle(tries)

    async def dispatching(people: "asyncio.Future[list[None]]") -> None:
        lease = await workers.lease()
        while not people.done():
            workers.signals.wake_dispatch(desk.tenant_id)
            await workers.dispatcher.round(lease)
            came.told["router: round"] += 1

    people = asyncio.ensure_future(asyncio.gather(*(one() for one in tries)))
    await dispatching(people)
    await people
    await workers.dispatch(desk.tenant_id)


def _try(
    api: Database, desk: Desk, what: str, work: Callable[[Connection], Awaitable[Any]], came: Came
) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        try:
            await api.run(work, [desk.tenant_id])
        except FrontdeskError as error:
            came.told[f"{what}: {error.code}"] += 1
        else:
            came.told[f"{what}: done"] += 1

    return run


def _answer(api: Database, desk: Desk, one: Any, rng: random.Random, came: Came) -> Callable[[], Awaitable[None]]:
    known = {"tenant_id": desk.tenant_id, "reservation_id": one["id"], "agent_id": one["agent_id"], "now": NOW}
    if rng.random() < 0.15:
        return _try(api, desk, "decline", lambda c: reservations.decline(c, reason="busy", **known), came)
    return _try(api, desk, "accept", lambda c: reservations.accept(c, **known), came)


def _assign(
    api: Database, desk: Desk, conversation_id: str, agent_id: str, came: Came
) -> Callable[[], Awaitable[None]]:
    return _try(
        api,
        desk,
        "assign",
        lambda c: conversations.assign(
            c, tenant_id=desk.tenant_id, conversation_id=conversation_id, agent_id=agent_id, actor=SUPERVISOR, now=NOW
        ),
        came,
    )


def _raise(api: Database, desk: Desk, conversation_id: str, priority: int, came: Came) -> Callable[[], Awaitable[None]]:
    return _try(
        api,
        desk,
        "rule",
        lambda c: conversations.set_priority(
            c, tenant_id=desk.tenant_id, conversation_id=conversation_id, priority=priority, actor=SUPERVISOR, now=NOW
        ),
        came,
    )


async def _judge(url: str, came: Came) -> None:
    """One winner each: who has it is who was told last, one offer at most was accepted, and after a person's word nobody's."""
    told: dict[str, list[Any]] = defaultdict(list)
    for row in await rows(url, _FACTS):
        told[row["conversation_id"]].append(row)
    for row in await rows(url, _ROUND):
        why = _wrong(row, told[row["id"]])
        if why:
            came.wrong.append(f"{row['id']}: {why}")


def _wrong(row: Any, told: Sequence[Any]) -> str:
    last = told[-1]["agent_id"] if told and told[-1]["type"] == "conversation.assigned" else None
    if row["agent_id"] != last:
        return f"{row['agent_id']} has it, and {last} was told"
    if row["accepted"] > 1:
        return f"{row['accepted']} accepted it"
    reasons = [one["reason"] for one in told]
    if "assigned_by_person" in reasons and reasons[-1] != "assigned_by_person":
        return f"a person's choice did not stay: {reasons}"
    if sum(reason != "assigned_by_person" for reason in reasons) > 1:
        return f"it went to and fro: {reasons}"
    return ""


async def _clear(api: Database, url: str, desk: Desk) -> None:
    for [conversation_id] in await rows(url, "SELECT id FROM conversations WHERE status = 'open'"):
        await api.run(
            lambda c, one=conversation_id: conversations.change_status(  # type: ignore[misc]
                c, tenant_id=desk.tenant_id, conversation_id=one, status="resolved", snoozed_until=None,
                actor=SUPERVISOR, now=NOW,
            ),
            [desk.tenant_id],
        )  # fmt: skip
    await rows(url, "DELETE FROM events_pending")
