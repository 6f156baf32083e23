"""Incidents: opened and closed by what is said in public, answered once for all of their conversations."""

from datetime import datetime
from typing import Any

from backbone.errors import Conflict, ContactOptedOut, InputInvalid, NotFound, WindowClosed
from backbone.storage.database import Connection
from backbone.storage.wake import notify
from router.domain.conversation import Fact
from router.domain.reputation import sentiment
from router.domain.reputation import storms as rules
from router.repositories import conversations, events
from router.repositories import reputation as repository
from router.repositories.events import event_row
from router.usecases import messages
from router.usecases.types import Author
from schemas.content import Content

NEUTRAL = sentiment.NEUTRAL


async def look(connection: Connection, tenant_id: str, now: datetime) -> tuple[int, int]:
    """Looks at what was said of a tenant in the last hour: weighs posts on what spreads anew, opens, extends and closes incidents; answers how many it opened
    and closed. The tenant is the caller's alone while it does.
    """
    posts = await repository.window(connection, tenant_id, now)
    subjects = rules.candidates(posts)
    usual = await repository.usual(connection, tenant_id, subjects, now) if subjects else {}
    if weights := rules.spread(posts):
        await repository.reweigh(connection, weights)
    facts: list[Fact] = []
    for storm in rules.storms(posts, usual):
        incident_id, began = await repository.open_or_extend(connection, tenant_id, storm, now)
        if began:
            facts.append(
                Fact("incident.opened", {"incident_id": incident_id, "posts": storm.posts, "usual": storm.usual})
            )
    closed = 0
    for row in await repository.open_incidents(connection, tenant_id):
        about = [post for post in posts if row["subject"] in post.terms]
        if about:
            await repository.link(connection, row["id"], tenant_id, [post.conversation_id for post in about], now)
            await repository.touch(connection, row["id"], now)
        elif row["last_at"] <= now - rules.QUIET and await repository.close(connection, row["id"], now):
            closed += 1
            facts.append(Fact("incident.closed", {"incident_id": row["id"], "by": None}))
    await events.append(connection, [event_row(tenant_id, fact, now) for fact in facts])
    return len(facts) - closed, closed


async def answer(
    connection: Connection, tenant_id: str, incident_id: str, text: str, author: Author, now: datetime
) -> None:
    """Keeps one answer for all of an open incident's conversations, which the router sends, to those that come later too.

    What was sent stays sent: another answer goes to those only that had none yet. Raises `NotFound` and `Conflict` (closed).
    """
    state = await repository.keep_answer(connection, incident_id, text, author.id, now)
    if state is None:
        raise NotFound("no such incident")
    if state != "open":
        raise Conflict("the incident is closed")
    await _tell(connection, tenant_id, Fact("incident.answered", {"incident_id": incident_id, "by": author.id}), now)


async def close(connection: Connection, tenant_id: str, incident_id: str, by: str, now: datetime) -> None:
    """Ends an incident by a person's choice; its subject may make another one. Raises `Conflict` (closed already)."""
    if not await repository.close(connection, incident_id, now):
        raise Conflict("the incident is closed already")
    await _tell(connection, tenant_id, Fact("incident.closed", {"incident_id": incident_id, "by": by}), now)


async def _tell(connection: Connection, tenant_id: str, fact: Fact, now: datetime) -> None:
    await events.append(connection, [event_row(tenant_id, fact, now)])
    await notify(connection, "changed", tenant_id)


async def answer_one(connection: Connection, row: Any, now: datetime) -> bool:
    """Sends an incident's answer to one of its conversations, once; False where the channel or its state refuses it."""
    found = await conversations.lock_many(connection, [row["conversation_id"]])
    if not await repository.claim(connection, row["incident_id"], row["conversation_id"], now):
        return False
    try:
        if not found or found[0].status == "resolved":
            raise Conflict("nobody waits there")
        await messages.send(
            connection, found[0], author=_author(row["answered_by"]), content=Content(text=row["answer"]), now=now,
            automatic=False,
        )  # fmt: skip
    except (Conflict, InputInvalid, WindowClosed, ContactOptedOut):
        await repository.refused(connection, row["incident_id"], row["conversation_id"])
        return False
    return True


def _author(by: str) -> Author:
    """An agent by their id; what came with a key alone is the system's."""
    return Author("agent" if by.startswith("agt_") else "system", by)
