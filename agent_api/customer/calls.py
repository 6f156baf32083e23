"""Calls as their customer is told of them: of their own conversation, without ids of agents."""

from collections.abc import Mapping
from typing import Any

from agent_api.live.items import Item
from schemas.events import EventType

_STATES: Mapping[str, str] = {
    EventType.CALL_STARTED: "ringing",
    EventType.CALL_ANSWERED: "active",
    EventType.CALL_ENDED: "ended",
}


def call_facts(item: Item) -> dict[str, Any] | None:
    """The values of a `call` frame; None for events that are about no call in the browser."""
    state = _STATES.get(item.type)
    if state is None:
        return None
    told = item.data
    return {
        "call_id": told["call_id"],
        "kind": told["kind"],
        "state": state,
        "started_by": "you" if told["started_by"] == "customer" else "agent",
        "rings_until": told.get("rings_until"),
        "cause": told.get("cause"),
    }
