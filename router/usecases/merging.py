"""Two records of one person become one, and two again where that was wrong. Nothing is lost: what moved is written down."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backbone.errors import Conflict, InputInvalid, NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.storage.wake import notify
from router.domain.conversation import Fact
from router.repositories import events
from router.repositories.events import event_row

POINTS_MOST = 200
CONVERSATIONS_MOST = 2000


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge: who took in whom, and how much moved."""

    id: str
    into_id: str
    from_id: str
    points: int
    conversations: int


async def merge(
    connection: Connection, *, tenant_id: str, into_id: str, from_id: str, reason: str, by_key: str, now: datetime
) -> Merge:
    """Moves addresses and conversations of `from_id` to `into_id`; its own record stays, empty.

    Raises `NotFound`, `InputInvalid` for one and the same, and `Conflict` for more than can be moved at once, or where the
    other was taken in by somebody before. New messages go to whom the address belongs to, so to `into_id` from now on.
    """
    if into_id == from_id:
        raise InputInvalid("a contact can't take itself in", pointers={"/from_contact_id": "is the same contact"})
    await _lock(connection, into_id, from_id)
    taken = await connection.fetchval(
        "SELECT 1 FROM contact_merges WHERE from_id = ANY($1::text[]) AND undone_at IS NULL", [into_id, from_id]
    )
    if taken is not None:
        raise Conflict("One of the two was taken in by another contact before: undo that first.")
    points = await connection.fetch(
        "SELECT account_id, address FROM contact_points WHERE contact_id = $1 LIMIT $2", from_id, POINTS_MOST + 1
    )
    conversations = await connection.fetch(
        "SELECT id FROM conversations WHERE contact_id = $1 ORDER BY id LIMIT $2 FOR UPDATE",
        from_id,
        CONVERSATIONS_MOST + 1,
    )
    if len(points) > POINTS_MOST or len(conversations) > CONVERSATIONS_MOST:
        raise Conflict(f"At most {POINTS_MOST} addresses and {CONVERSATIONS_MOST} conversations can be moved.")
    moved = {
        "points": [[row["account_id"], row["address"]] for row in points],
        "conversations": [row["id"] for row in conversations],
    }
    await _move(connection, moved, from_id, into_id)
    merge_id = new_id("mrg")
    await connection.execute(
        "INSERT INTO contact_merges (id, tenant_id, into_id, from_id, reason, moved, by_key, at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        merge_id,
        tenant_id,
        into_id,
        from_id,
        reason,
        moved,
        by_key,
        now,
    )
    await _tell(connection, tenant_id, into_id, from_id, now)
    return Merge(merge_id, into_id, from_id, len(points), len(conversations))


async def undo(connection: Connection, *, tenant_id: str, merge_id: str, now: datetime) -> Merge:
    """Moves back what moved and is still there; what came since stays. Raises `NotFound`, and `Conflict` the second time."""
    row = await connection.fetchrow("SELECT * FROM contact_merges WHERE id = $1 FOR UPDATE", merge_id)
    if row is None:
        raise NotFound("no such merge")
    if row["undone_at"] is not None:
        raise Conflict("this merge was undone already")
    await _lock(connection, row["into_id"], row["from_id"])
    points, conversations = await _move(connection, row["moved"], row["into_id"], row["from_id"])
    await connection.execute("UPDATE contact_merges SET undone_at = $2 WHERE id = $1", merge_id, now)
    await _tell(connection, tenant_id, row["into_id"], row["from_id"], now)
    return Merge(merge_id, row["into_id"], row["from_id"], points, conversations)


async def _lock(connection: Connection, *contact_ids: str) -> None:
    """In one order by all, so that two merges the other way round don't wait for each other in a circle."""
    found = await connection.fetch(
        "SELECT id FROM contacts WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE", list(contact_ids)
    )
    if len(found) != len(set(contact_ids)):
        raise NotFound("no such contact")


async def _move(connection: Connection, moved: Any, from_id: str, into_id: str) -> tuple[int, int]:
    """Answers how many addresses and conversations were moved."""
    points = await connection.fetch(
        """
        UPDATE contact_points p SET contact_id = $4 FROM unnest($1::text[], $2::text[]) AS v (account_id, address)
        WHERE p.account_id = v.account_id AND p.address = v.address AND p.contact_id = $3 RETURNING 1
        """,
        [account for account, _ in moved["points"]],
        [address for _, address in moved["points"]],
        from_id,
        into_id,
    )
    conversations = await connection.fetch(
        "UPDATE conversations SET contact_id = $3, version = version + 1 WHERE id = ANY($1::text[]) AND contact_id = $2 "
        "RETURNING 1",
        list(moved["conversations"]),
        from_id,
        into_id,
    )
    await connection.execute("UPDATE contacts SET version = version + 1 WHERE id = ANY($1::text[])", [from_id, into_id])
    return len(points), len(conversations)


async def _tell(connection: Connection, tenant_id: str, into_id: str, from_id: str, now: datetime) -> None:
    facts = [Fact("contact.updated", {"contact_id": contact_id}) for contact_id in (into_id, from_id)]
    await events.append(connection, [event_row(tenant_id, fact, now) for fact in facts])
    await notify(connection, "changed", tenant_id)
