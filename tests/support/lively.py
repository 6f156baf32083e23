"""A desk in the middle of a day: several channels, conversations that wait, run late and sleep, for pages to show."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from backbone.ids import new_id
from tests.support.desk import Desk

CHANNELS = (
    ("webchat", "live", "Web chat"),
    ("whatsapp", "messaging", "WhatsApp Benelux"),
    ("email", "mail", "service@shop.example"),
    ("instagram", "messaging", "@shop.example"),
    ("google_business_reviews", "public", "Store Utrecht"),
    ("telegram", "messaging", "Shop bot"),
)
PEOPLE = (
    ("Noor de Vries", 1, "Hi! My parcel should be here today, is it still on its way?"),
    ("Emil Sørensen", 0, "The discount code WELCOME10 does not work at checkout."),
    ("Zofia Nowak", 2, "Return of order 20417: I would like to exchange the jacket for a size M."),
    ("Lukas Brandt", 3, "Is the blue one back in stock soon? 😍"),
    ("سارة الحسن", 1, "مرحبا، أين شحنتي؟ رقم الطلب 20688"),
    ("Mia Jansen", 0, "Can I change the delivery address? I am at work until six."),
    ("Carlos Ortega", 4, "Two stars. Friendly people, but I waited twenty minutes at the counter."),
    ("Aisha Khan", 5, "Thanks, that helped a lot!"),
    ("Jonas Weber", 2, "Invoice for order 20391 shows the wrong VAT number."),
    ("Freja Holm", 1, "Der er en fejl i min ordre, kan I hjælpe?"),
)
_TALK = (
    ("in", 0, "Hi! My parcel should be here today, is it still on its way?", "received"),
    ("in", 1, "Order 20533", "received"),
    ("note", 3, "Carrier had a delay in Utrecht this morning. @Agent 1 do you know more?", "noted"),
    ("out", 4, "Hi Noor, let me look. Is this the address in Amersfoort?", "read"),
    ("in", 6, "Yes, the one with the blue door. I leave at 17:00.", "received"),
    (
        "out",
        8,
        "It left the depot at 13:40 and is planned between 15:30 and 16:30. https://track.example/20533",
        "read",
    ),
    ("in", 9, "Perfect, thank you!", "received"),
    ("in", 10, "Hi! My parcel should be here today, is it still on its way?", "received"),
)


@dataclass(frozen=True)
class Lively:
    """Ids, in the order of `PEOPLE`; the first conversation is the one with a long talk."""

    conversation_ids: tuple[str, ...]
    account_ids: tuple[str, ...]


async def make_lively(url: str, desk: Desk, *, more: int = 0, names: Sequence[str] = ()) -> Lively:
    """Stores it as the owner. `more` adds so many plain conversations; `names` are further customers with hostile texts."""
    connection = await asyncpg.connect(url)
    try:
        accounts = await _accounts(connection, desk)
        people = [*PEOPLE, *((text, number % len(CHANNELS), text) for number, text in enumerate(names))]
        people += [(f"Customer {number}", number % len(CHANNELS), f"Question {number}") for number in range(more)]
        ids = await _conversations(connection, desk, accounts, people)
        await _talk(connection, desk, accounts[1], ids[0])
        await _tools(connection, desk, ids[0])
        return Lively(tuple(ids), accounts)
    finally:
        await connection.close()


async def _accounts(connection: Any, desk: Desk) -> tuple[str, ...]:
    ids = (desk.account_id, *(new_id("acc") for _ in CHANNELS[1:]))
    await connection.execute("UPDATE channel_accounts SET name = $2 WHERE id = $1", desk.account_id, CHANNELS[0][2])
    for account_id, (channel, _, name) in list(zip(ids, CHANNELS, strict=True))[1:]:
        await connection.execute(
            "INSERT INTO channel_accounts (id, tenant_id, channel, name, external_id, config, team_id) VALUES ($1, $2, $3, $4, $1, '', $5)",
            account_id,
            desk.tenant_id,
            channel,
            name,
            desk.team_id,
        )
    for agent_id, name in zip(desk.agent_ids, ("Kim Doe", "Robin Bakker", "Ida Lund"), strict=False):
        await connection.execute("UPDATE agents SET name = $2 WHERE id = $1", agent_id, name)
    return ids


async def _conversations(
    connection: Any, desk: Desk, accounts: Sequence[str], people: Sequence[tuple[str, int, str]]
) -> list[str]:
    now = datetime.now(UTC)
    ids = [new_id("cnv") for _ in people]
    contacts, conversations, messages = [], [], []
    for number, (conversation_id, (name, place, text)) in enumerate(zip(ids, people, strict=True)):
        channel, channel_class, _ = CHANNELS[place]
        contact_id, address = new_id("con"), f"{channel}-{number}"
        at = now - timedelta(seconds=40 + 95 * number)
        due = now + timedelta(seconds=(14 - number) * 50 + 20) if number < 60 else now + timedelta(hours=2)
        state = "breached" if due < now else "warned" if due < now + timedelta(minutes=4) else "ok"
        owner = desk.agent_ids[0] if number % 3 == 0 else None
        contacts.append((contact_id, desk.tenant_id, name, accounts[place], address))
        conversations.append(
            (
                *(conversation_id, desk.tenant_id, accounts[place], channel, channel_class, address, contact_id, name),
                *(desk.team_id, owner, text[:200], 3 if number == 2 else 0, state, due, at, at),
                *(text[:60] if channel == "email" else None, "public" if channel_class == "public" else "private"),
            )
        )
        if number:
            messages.append((new_id("msg"), desk.tenant_id, conversation_id, accounts[place], contact_id, text, at))
    await connection.executemany(
        "INSERT INTO contacts (id, tenant_id, name) VALUES ($1, $2, $3)", [c[:3] for c in contacts]
    )
    await connection.executemany(
        "INSERT INTO contact_points (account_id, address, tenant_id, contact_id) VALUES ($1, $2, $3, $4)",
        [(account, address, tenant, contact) for contact, tenant, _, account, address in contacts],
    )
    await connection.executemany(
        """
        INSERT INTO conversations (id, tenant_id, account_id, channel, channel_class, thread_key, contact_address, contact_id,
            contact_name, team_id, agent_id, preview, priority, sla_state, due_at, waiting_since, last_message_at, opened_at,
            subject, visibility, status, message_count, customer_waiting_since, last_customer_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, $17, $18, 'open', 1, $15, $16)
        """,
        conversations,
    )
    await connection.executemany(
        "INSERT INTO messages (id, tenant_id, conversation_id, account_id, direction, author_kind, author_id, content, received_at, sort_at) "
        "VALUES ($1, $2, $3, $4, 'in', 'contact', $5, $6::jsonb, $7, $7)",
        [(*row[:5], json.dumps({"text": row[5]}), row[6]) for row in messages],
    )
    return ids


async def _talk(connection: Any, desk: Desk, account_id: str, conversation_id: str) -> None:
    began = datetime.now(UTC) - timedelta(minutes=11)
    contact = await connection.fetchval("SELECT contact_id FROM conversations WHERE id = $1", conversation_id)
    for number, (direction, minute, text, state) in enumerate(_TALK):
        at = began + timedelta(minutes=minute)
        author = (
            ("contact", contact)
            if direction == "in"
            else ("agent", desk.agent_ids[number % 2 if direction == "note" else 0])
        )
        await connection.execute(
            "INSERT INTO messages (id, tenant_id, conversation_id, account_id, direction, author_kind, author_id, content, received_at, sort_at, state, reactions) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $9, $10, $11::jsonb)",
            new_id("msg"), desk.tenant_id, conversation_id, account_id, direction, *author,
            json.dumps({"text": text}), at, state, json.dumps({"whatsapp-0": "👍"} if number == 5 else {}),
        )  # fmt: skip


async def _tools(connection: Any, desk: Desk, conversation_id: str) -> None:
    for shortcut, title, body in (
        ("track", "Where is my parcel", "Hi {{contact.name}}, you can follow your parcel at https://track.example."),
        ("return", "How to return", "You can return it within 30 days. The label is in your account."),
        ("thanks", "Thank you", "Thank you for writing, {{contact.name}}! Have a nice day."),
    ):
        await connection.execute(
            "INSERT INTO canned_replies (id, tenant_id, shortcut, title, body) VALUES ($1, $2, $3, $4, $5)",
            new_id("can"), desk.tenant_id, shortcut, title, body,
        )  # fmt: skip
    await connection.execute(
        "INSERT INTO macros (id, tenant_id, name, steps) VALUES ($1, $2, 'Parcel is late', $3::jsonb)",
        new_id("mac"),
        desk.tenant_id,
        json.dumps([{"type": "priority", "priority": 2}, {"type": "tags", "add": ["delivery"], "remove": []}]),
    )
    for tag in ("delivery", "utrecht"):
        await connection.execute(
            "INSERT INTO conversation_tags (tenant_id, conversation_id, tag, added_at) VALUES ($1, $2, $3, now())",
            desk.tenant_id,
            conversation_id,
            tag,
        )
    candidates = [
        {"agent_id": desk.agent_ids[0], "used": 1, "capacity": 3},
        {"agent_id": desk.agent_ids[1], "used": 3, "capacity": 3, "excluded": "at_capacity"},
    ]
    await connection.execute(
        "INSERT INTO routing_decisions (id, tenant_id, conversation_id, at, outcome, agent_id, explanation) VALUES ($1, $2, $3, now(), 'assigned', $4, $5::jsonb)",
        new_id("rtd"), desk.tenant_id, conversation_id, desk.agent_ids[0],
        json.dumps({"policy": "3", "candidates": candidates, "candidates_total": 2}),
    )  # fmt: skip
