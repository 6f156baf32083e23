"""A visitor of a chat signs in: from then on they are the company's known customer, with all they said before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection
from backbone.storage.wake import notify
from router.domain.conversation import Fact
from router.repositories import contacts, events
from router.repositories.contacts import KnownContact, Wanted
from router.repositories.events import event_row
from router.usecases.contacts import update
from schemas.inbound import Sender

CONVERSATIONS_MOST = 200
SOURCE = "signed identify call"


@dataclass(frozen=True, slots=True)
class Known:
    """A customer as the company signed for: the address we made of its id, and what it says of them."""

    address: str
    name: str | None
    language: str | None
    cohort: str | None


async def sign_in(
    connection: Connection, *, tenant_id: str, account_id: str, known: Known, visitors: Sequence[str], now: datetime
) -> str:
    """Makes or finds the contact and brings its record up to date; answers its id.

    All conversations of `visitors`, the anonymous ones who turned out to be them, become theirs: an open one goes on as
    the customer's own unless they have another open on this account, and then can be read and answered by agents only.
    """
    sender = Sender(address=known.address, name=known.name, language=known.language, aliases=tuple(visitors[:1]))
    before = await contacts.find_or_create(connection, [Wanted(tenant_id, account_id, sender)])
    contact = before[account_id, known.address]
    await _bring_up_to_date(connection, tenant_id, contact, known, now)
    for visitor in visitors:
        await _take_over(connection, tenant_id, account_id, visitor, known.address, contact.id, now)
    return contact.id


async def _bring_up_to_date(
    connection: Connection, tenant_id: str, contact: KnownContact, known: Known, now: datetime
) -> None:
    row: Any = await connection.fetchrow("SELECT name, language, cohort FROM contacts WHERE id = $1", contact.id)
    wanted = {"name": known.name, "language": known.language, "cohort": known.cohort}
    changed = {name: value for name, value in wanted.items() if value is not None and value != row[name]}
    if changed:
        await update(
            connection,
            tenant_id=tenant_id,
            contact_id=contact.id,
            name=changed.get("name"),
            language=changed.get("language"),
            cohort=changed.get("cohort"),
            cohort_source=SOURCE if "cohort" in changed else None,
            now=now,
        )


async def _take_over(
    connection: Connection, tenant_id: str, account_id: str, visitor: str, address: str, contact_id: str, now: datetime
) -> None:
    """By contact, since that is indexed, and then by address."""
    rows = await connection.fetch(
        """
        SELECT c.id, c.status, c.agent_id, c.team_id FROM contact_points p JOIN conversations c ON c.contact_id = p.contact_id
        WHERE p.account_id = $1 AND p.address = $2 AND c.account_id = $1 AND c.contact_address = $2
        ORDER BY c.id LIMIT $3 FOR UPDATE OF c
        """,
        account_id,
        visitor,
        CONVERSATIONS_MOST,
    )
    if not rows:
        return
    await contacts.link(connection, tenant_id, account_id, address, visitor)
    taken = await connection.fetchval(
        "SELECT 1 FROM conversations WHERE account_id = $1 AND thread_key = $2 AND status <> 'resolved'",
        account_id,
        address,
    )
    # One open conversation for each thread: beside another, it keeps a thread that nobody can write into.
    thread = address if taken is None else f"{address}/{visitor}"
    await connection.execute(
        """
        UPDATE conversations SET contact_id = $2, contact_address = $3, version = version + 1,
            thread_key = CASE WHEN status = 'resolved' THEN $3 ELSE $4 END
        WHERE id = ANY($1::text[])
        """,
        [row["id"] for row in rows],
        contact_id,
        address,
        thread,
    )
    facts = [Fact("conversation.updated", _base(row)) for row in rows]
    facts.append(Fact("contact.updated", {"contact_id": contact_id}))
    await events.append(connection, [event_row(tenant_id, fact, now) for fact in facts])
    await notify(connection, "changed", tenant_id)


def _base(row: Any) -> dict[str, Any]:
    return {"conversation_id": row["id"], "agent_id": row["agent_id"], "team_id": row["team_id"]}
