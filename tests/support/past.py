"""Cases that were answered some time ago, with the legs of their first answers, for what plays the past again."""

from datetime import datetime, timedelta

from tests.support.api import add_conversation
from tests.support.desk import Desk, rows


async def add_past(url: str, desk: Desk, start: datetime, waits: list[tuple[float, float, float]]) -> None:
    """Cases a minute apart: seconds until an agent had each, until the answer after that, and with the customer then."""
    agent = desk.agent_ids[0]
    for number, (queue, agents, customers) in enumerate(waits):
        case, at = await add_conversation(url, desk), start + timedelta(minutes=number)
        taken = at + timedelta(seconds=queue)
        answered = taken + timedelta(seconds=agents)
        ends = answered + timedelta(seconds=customers)
        await rows(
            url,
            "UPDATE conversations SET opened_at = $2, first_reply_at = $3, status = 'resolved', resolved_at = $4, team_id = $5 "
            "WHERE id = $1",
            case, at, answered, ends, desk.team_id,
        )  # fmt: skip
        legs = [
            ("queue", "first_reply", None, at, taken),
            ("agent", "first_reply", agent, taken, answered),
            ("customer", None, agent, answered, ends),
        ]
        for leg_number, (leg, clock, who, since, until) in enumerate(legs):
            await rows(
                url,
                "INSERT INTO conversation_legs (conversation_id, number, tenant_id, leg, clock, status, team_id, agent_id, "
                "started_at, ended_at, start_cause) VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $8, $9, 'test')",
                case, leg_number, desk.tenant_id, leg, clock, desk.team_id, who, since, until,
            )  # fmt: skip
