"""Taking and giving back reply leases, and the check of one when an answer is sent."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from agent_api.conversations.service import visible
from agent_api.http.announce import announce
from agent_api.http.call import Answer, Call
from agent_api.leases import repository
from agent_api.leases.schemas import ReplyLease, TakeLease
from agent_api.messages.shown import message_of
from agent_api.permissions import Permission
from backbone.errors import NotFound, ReplyLeaseHeld, ReplyLeaseStale
from backbone.storage.database import Connection
from schemas.events import EventType

SPAN = timedelta(seconds=60)
_TOLD = 20


def lease_of(row: Any, call: Call) -> ReplyLease:
    return ReplyLease(
        conversation_id=row["conversation_id"],
        number=row["number"],
        agent_id=row["agent_id"],
        yours=row["holder"] == call.principal.actor,
        expires_at=row["expires_at"],
    )


def _held(row: Any, call: Call) -> bool:
    return row is not None and row["expires_at"] > call.now


async def get_lease(connection: Connection, call: Call, conversation_id: str) -> Answer:
    await visible(connection, call.principal, conversation_id)
    row = await repository.find(connection, conversation_id)
    if not _held(row, call):
        raise NotFound("Nobody is writing an answer.")
    return Answer(lease_of(row, call))


async def take(connection: Connection, call: Call, conversation_id: str, body: TakeLease) -> Answer:
    """Raises `ReplyLeaseHeld` while somebody else has it and it isn't taken over."""
    conversation = await visible(connection, call.principal, conversation_id)
    await repository.lock_conversation(connection, conversation_id)
    row = await repository.find(connection, conversation_id)
    held, mine = _held(row, call), row is not None and row["holder"] == call.principal.actor
    if held and not mine and not body.take_over:
        raise ReplyLeaseHeld(extensions={"lease": lease_of(row, call).model_dump(mode="json")})
    renewed = held and mine
    seen = row["seen"] if renewed and not body.seen else await _seen(connection, conversation_id)
    number = row["number"] if renewed else (row["number"] if row else 0) + 1
    values = (
        conversation_id,
        call.principal.tenant_id,
        call.principal.actor,
        call.principal.agent_id,
        number,
        seen,
        call.now + SPAN,
    )
    taken = await repository.put(connection, values)
    if not renewed:
        await _tell(connection, call, conversation, taken, EventType.REPLY_LEASE_TAKEN)
    return Answer(lease_of(taken, call))


async def give_back(connection: Connection, call: Call, conversation_id: str) -> Answer:
    """Does nothing where somebody else has it, or nobody."""
    conversation = await visible(connection, call.principal, conversation_id)
    await repository.lock_conversation(connection, conversation_id)
    row = await repository.find(connection, conversation_id)
    if _held(row, call) and row["holder"] == call.principal.actor:
        await repository.end(connection, conversation_id, call.now)
        await _tell(connection, call, conversation, row, EventType.REPLY_LEASE_RELEASED)
    return Answer(None)


async def check_lease(connection: Connection, call: Call, conversation_id: str, number: int | None) -> None:
    """Before an answer is stored, in its transaction. The lease ends with the answer.

    Raises `ReplyLeaseHeld` for an answer without a number while somebody else has the lease, and `ReplyLeaseStale` for
    one whose number is another's by now, or with messages that its writer has not been shown.
    """
    await repository.lock_conversation(connection, conversation_id)
    row = await repository.find(connection, conversation_id)
    held, mine = _held(row, call), row is not None and row["holder"] == call.principal.actor
    shown = lease_of(row, call).model_dump(mode="json") if held else None
    if number is None:
        if held and not mine:
            raise ReplyLeaseHeld(extensions={"lease": shown})
        return
    valid = row is not None and mine and row["number"] == number
    # Expired, but nobody took it since: what counts is what came meanwhile.
    news = await _news(connection, call, conversation_id, row["seen"] if row is not None else [])
    if not valid or news:
        raise ReplyLeaseStale(extensions={"lease": shown, "meanwhile": news[-_TOLD:]})
    await repository.end(connection, conversation_id, call.now)


async def _seen(connection: Connection, conversation_id: str) -> list[str]:
    return [row["id"] for row in await repository.recent(connection, conversation_id)]


async def _news(
    connection: Connection, call: Call, conversation_id: str, seen: Sequence[str]
) -> list[dict[str, object]]:
    """Messages that were not there, save for the caller's own; texts only for those who may read them."""
    if not call.allows(Permission.MESSAGES_READ):
        return []
    known, own = set(seen), call.principal.actor
    rows = await repository.recent(connection, conversation_id)
    return [
        message_of(row).model_dump(mode="json")
        for row in rows
        if row["id"] not in known
        and row["author_id"] != own
        and (row["direction"] != "note" or call.allows(Permission.NOTES_READ))
    ]


async def _tell(connection: Connection, call: Call, conversation: Any, row: Any, kind: EventType) -> None:
    data = {
        "conversation_id": conversation["id"],
        "agent_id": conversation["agent_id"],
        "team_id": conversation["team_id"],
        "by": row["agent_id"],
        "number": row["number"],
    }
    await announce(connection, call.principal.tenant_id, kind, data, call.now, conversation["id"])
