"""A contact of whom companies' systems reported something, in a real database."""

import json
from datetime import datetime, timedelta
from typing import Any

from tests.support.api import add_conversation
from tests.support.desk import Desk, rows


async def add_customer(url: str, desk: Desk, reference: str, now: datetime) -> str:
    """A contact with a conversation, whose address on the desk's account is `reference`: an open order with a parcel,
    one that is over, loyalty, promises, a rating and consents. Answers its id.
    """
    conversation_id = await add_conversation(url, desk)
    [contact] = await rows(url, "SELECT contact_id AS id FROM conversations WHERE id = $1", conversation_id)
    key = (desk.account_id, desk.tenant_id, reference)
    await rows(
        url,
        "INSERT INTO contact_points (account_id, address, tenant_id, contact_id, opted_out_at, opted_out_word) "
        "VALUES ($1, $3, $2, $4, $5, 'STOP')",
        *key,
        contact["id"],
        now,
    )
    await rows(
        url,
        "INSERT INTO partner_customers (account_id, tenant_id, reference, language, cohort, profile_at, seen_at) "
        "VALUES ($1, $2, $3, 'pl', 'gen_z', $4, $4)",
        *key,
        now,
    )
    for number, state, hours in (("1", "shipped", 1), ("2", "delivered", 200)):
        await _add(url, "orders", key, now - timedelta(hours=hours), closed=state == "delivered",
                   id=f"{reference}-o{number}", data=_order(f"{reference}-o{number}", state))  # fmt: skip
    parcel = {"id": f"{reference}-s1", "order_id": f"{reference}-o1", "carrier": "DHL", "tracking_number": "JD01",
              "tracking_url": "https://track.example/JD01", "state": "in_transit", "expected_at": None}  # fmt: skip
    at = now - timedelta(hours=1)
    await _add(url, "shipments", key, at, id=f"{reference}-s1", order_id=f"{reference}-o1", data=parcel)
    await rows(
        url,
        "INSERT INTO partner_checkpoints (account_id, tenant_id, shipment_id, at, state, place) "
        "VALUES ($1, $2, $3, $4, 'sorted', 'Leipzig'), ($1, $2, $3, $5, 'accepted', '')",
        desk.account_id,
        desk.tenant_id,
        f"{reference}-s1",
        at,
        at - timedelta(hours=5),
    )
    await _add(url, "loyalty", key, now, data={"tier": "gold", "points": 1200, "since": None})
    due = (now - timedelta(hours=2)).isoformat()
    for number, state in (("1", "open"), ("2", "kept")):
        promise = {"id": f"{reference}-p{number}", "text": "A call back", "due_at": due, "state": state}
        await _add(url, "promises", key, now, id=promise["id"], closed=state == "kept", data=promise)
    await rows(
        url,
        "INSERT INTO partner_consents (account_id, tenant_id, reference, purpose, state, at, proof) "
        "VALUES ($1, $2, $3, 'news', 'given', $4, 'Form 3')",
        *key,
        now,
    )
    await rows(
        url,
        "INSERT INTO ratings (conversation_id, tenant_id, score, channel, at) VALUES ($1, $2, 4, 'webchat', $3)",
        conversation_id,
        desk.tenant_id,
        now,
    )
    return str(contact["id"])


def _order(order_id: str, state: str) -> dict[str, Any]:
    return {"id": order_id, "number": "2026-17", "state": state, "currency": "EUR", "total_minor": 4990, "placed_at": None,
            "promised_at": None, "url": None, "lines": [{"title": "Lamp", "quantity": 2}]}  # fmt: skip


async def _add(url: str, table: str, key: tuple[str, str, str], at: datetime, **values: Any) -> None:
    names = ["account_id", "tenant_id", "reference", "occurred_at", *values]
    given = [json.dumps(value) if isinstance(value, dict) else value for value in values.values()]
    marks = ", ".join(f"${number}" + ("::jsonb" if name == "data" else "") for number, name in enumerate(names, 1))
    await rows(url, f"INSERT INTO partner_{table} ({', '.join(names)}) VALUES ({marks})", *key, at, *given)
