"""What a step after a missed deadline does beyond raising the priority. Each keeps to what may be: who has the case keeps it."""

from datetime import datetime

from backbone.channel.registry import manifests
from backbone.errors import CapacityExhausted, NotFound
from backbone.storage.database import Connection
from router.config import TenantConfig
from router.domain.conversation import Conversation, Fact
from router.domain.notices import call_back_notice
from router.domain.sla import Action, Escalation
from router.usecases import reservations
from router.usecases.capacity import admit
from router.usecases.messages import tell
from schemas.content import Content


async def carry_out(
    connection: Connection, current: Conversation, step: Escalation, config: TenantConfig, now: datetime
) -> list[Fact]:
    """Does it to a locked conversation, which the caller saves; answers the facts to announce.

    A step that can't be taken (a team that is gone, a bot without room, a channel that carries no notice) changes nothing:
    the stream has said by then that its time had come.
    """
    if step.action is Action.WIDEN:
        await connection.execute(_WIDEN, current.id)
    elif step.action is Action.OVERFLOW:
        return _overflow(current, step, config)
    elif step.action is Action.BOT:
        return await _give_to_bot(connection, current, step, now)
    elif step.action is Action.CALL_BACK:
        await _offer_call_back(connection, current, config, now)
    return []


_WIDEN = """
    UPDATE conversations SET needs = (SELECT coalesce(jsonb_agg(n), '[]') FROM jsonb_array_elements(needs) AS n
        WHERE n ->> 'relaxes_after_seconds' IS NULL)
    WHERE id = $1 AND needs IS NOT NULL
"""


def _overflow(current: Conversation, step: Escalation, config: TenantConfig) -> list[Fact]:
    if current.agent_id is not None or step.team_id not in config.teams or step.team_id == current.team_id:
        return []
    before, current.team_id = current.team_id, step.team_id
    return [Fact("conversation.transferred", current.base() | {"from_team_id": before, "by": None})]


async def _give_to_bot(connection: Connection, current: Conversation, step: Escalation, now: datetime) -> list[Fact]:
    if current.agent_id is not None or step.agent_id is None:
        return []
    role = await connection.fetchval(
        "SELECT a.role FROM agents a, conversations c WHERE a.id = $1 AND c.id = $2 AND NOT c.wants_human",
        step.agent_id,
        current.id,
    )
    try:
        if role != "bot":
            return []
        held = await admit(connection, current, step.agent_id, now)
    except (CapacityExhausted, NotFound):
        return []
    await reservations.withdraw(connection, current, "escalated", now)
    current.agent_id, current.held_units, current.held_interruptible = step.agent_id, held.units, held.interruptible
    await connection.execute(
        "UPDATE conversations SET agent_id = $2, assigned_at = $3, unassigned_reason = NULL, held_units = $4, "
        "held_interruptible = $5, last_agent_id = $2, direct_agent_id = NULL WHERE id = $1",
        current.id,
        step.agent_id,
        now,
        held.units,
        held.interruptible,
    )
    data = current.base() | {"from_agent_id": None, "by": None, "reason": "escalated"}
    return [Fact("conversation.assigned", data)]


async def _offer_call_back(connection: Connection, current: Conversation, config: TenantConfig, now: datetime) -> None:
    row = await connection.fetchrow(
        "SELECT v.channel, c.language FROM conversations v LEFT JOIN contacts c ON c.id = v.contact_id WHERE v.id = $1",
        current.id,
    )
    manifest = manifests().get(row["channel"])
    if manifest is None or not manifest.outbound:
        return
    text = call_back_notice(row["language"], config.settings.get("call_back_texts"))
    await tell(connection, current, Content(text=text), now)
