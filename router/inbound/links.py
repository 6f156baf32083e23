"""Links a private conversation to the public one it came out of: the provider tells both sides the same message id."""

from collections.abc import Iterable

from backbone.storage.database import Connection
from router.domain.conversation import Fact
from router.inbound.arrivals import Batch
from router.repositories.events import event_row

_LINK = """
    UPDATE conversations c SET linked_id = p.conversation_id
    FROM unnest($1::text[], $2::text[]) AS k (t, p)
    JOIN messages p ON p.tenant_id = k.t AND p.provider_message_id = k.p AND p.action = 'private_reply'
    JOIN messages e ON e.tenant_id = k.t AND e.provider_message_id = k.p AND e.direction = 'out' AND e.author_kind = 'system'
        AND e.conversation_id <> p.conversation_id
    WHERE c.id = e.conversation_id AND c.linked_id IS NULL
    RETURNING c.id, c.tenant_id, c.linked_id
"""


async def link(connection: Connection, batch: Batch, keys: Iterable[tuple[str, str]]) -> None:
    """`keys` are (tenant, provider message id) of echoes, or of what was just sent: whichever comes last finds the other."""
    ordered = sorted(set(keys))
    if not ordered:
        return
    rows = await connection.fetch(_LINK, [tenant for tenant, _ in ordered], [provider for _, provider in ordered])
    for row in rows:
        data = {"conversation_id": row["id"], "linked_id": row["linked_id"]}
        batch.events.append(event_row(row["tenant_id"], Fact("conversation.linked", data), batch.now))
