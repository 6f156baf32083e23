"""What the gateway's report on an action means for the message it was about: only a provider's yes changes it."""

from collections.abc import Sequence
from typing import Any

from backbone.storage.database import Connection
from router.domain.conversation import Fact
from router.inbound.arrivals import Batch
from router.repositories import actions, messages
from router.repositories.actions import Waiting
from router.repositories.events import event_row
from router.repositories.messages import Known
from schemas.inbound import DeliveryReported

OURS = "desk"
"""In a message's reactions, the key of our own."""

_EFFECTS = {
    "edit": "UPDATE messages SET content = $2, edited_at = $3 WHERE id = $1",
    "delete": "UPDATE messages SET content = $2, deleted_at = $3 WHERE id = $1",
    "hide": "UPDATE messages SET hidden_at = coalesce(hidden_at, $3) WHERE id = $1 AND $2::jsonb IS NOT NULL",
    "unhide": "UPDATE messages SET hidden_at = NULL WHERE id = $1 AND $2::jsonb IS NOT NULL AND $3::timestamptz IS NOT NULL",
    "react": "UPDATE messages SET reactions = $2 WHERE id = $1 AND $3::timestamptz IS NOT NULL",
    "unreact": "UPDATE messages SET reactions = $2 WHERE id = $1 AND $3::timestamptz IS NOT NULL",
}
_FACTS = {
    "edit": "message.edited",
    "delete": "message.deleted",
    "react": "reaction.changed",
    "unreact": "reaction.changed",
}


async def settle(connection: Connection, batch: Batch, reports: Sequence[DeliveryReported]) -> None:
    """Applies reports on actions; those that only say that it is under way change nothing."""
    for report in reports:
        if not report.message_id.startswith(actions.PREFIX) or report.state == "sending":
            continue
        waiting = await actions.settle(
            connection, report.message_id, report.state, batch.now, (report.error_code, report.error_detail)
        )
        if waiting is None:
            continue
        known = (await messages.find_by_ids(connection, [waiting.message_id])).get(waiting.message_id)
        if known is not None:
            await _apply(connection, batch, waiting, known, report)


async def _apply(
    connection: Connection, batch: Batch, waiting: Waiting, known: Known, report: DeliveryReported
) -> None:
    base: dict[str, Any] = {
        "conversation_id": known.conversation_id,
        "agent_id": known.agent_id,
        "team_id": known.team_id,
        "message_id": known.id,
    }
    told = {"action_id": waiting.id, "action": waiting.action, "state": report.state}
    if report.error_code:
        told["error_code"] = report.error_code
    batch.events.append(event_row(known.tenant_id, Fact("message.action_changed", base | told), batch.now))
    if report.state != "sent":
        return
    await connection.execute(_EFFECTS[waiting.action], known.id, _value(waiting, known), batch.now)
    if fact := _FACTS.get(waiting.action):
        batch.events.append(event_row(known.tenant_id, Fact(fact, base), batch.now))


def _value(waiting: Waiting, known: Known) -> dict[str, Any]:
    if waiting.action == "edit":
        return dict(waiting.content)
    if waiting.action == "react":
        return known.reactions | {OURS: waiting.content.get("text")}
    if waiting.action == "unreact":
        return {key: emoji for key, emoji in known.reactions.items() if key != OURS}
    return {}
