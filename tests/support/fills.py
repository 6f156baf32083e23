"""One of each thing of a tenant, for tests that try every operation."""

import json
from datetime import UTC, datetime

from backbone.ids import new_id
from backbone.storage.webhooks import Secret, seal_secrets
from backbone.web.signatures import make_secret
from tests.support.api import MASTER, TEXT, add_conversation, add_key
from tests.support.desk import Desk, rows


async def fill(url: str, desk: Desk) -> dict[str, str]:
    """Ids of one of each thing of a tenant."""
    conversation_id = await add_conversation(url, desk, subject=TEXT, preview=TEXT)
    [message] = await rows(url, "SELECT id FROM messages WHERE conversation_id = $1", conversation_id)
    [contact] = await rows(url, "SELECT contact_id FROM conversations WHERE id = $1", conversation_id)
    policy_id, (_, key_id) = new_id("pol"), await add_key(url, desk.tenant_id)
    await rows(
        url,
        "INSERT INTO sla_policies (id, tenant_id, name, position, document) VALUES ($1, $2, $3, 0, $4::jsonb)",
        policy_id,
        desk.tenant_id,
        TEXT,
        json.dumps({"first_reply_seconds": 60, "next_reply_seconds": 60}),
    )
    return {
        **await _fill_webhooks(url, desk),
        **await _fill_replies(url, desk),
        **await _fill_blocks_and_roles(url, desk),
        "offer_id": await _fill_offers(url, desk),
        "source_id": await _fill_sources(url, desk),
        **await _fill_reservations(url, desk, conversation_id),
        "conversation_id": conversation_id,
        "message_id": message["id"],
        "contact_id": contact["contact_id"],
        "agent_id": desk.agent_ids[0],
        "team_id": desk.team_id,
        "account_id": desk.account_id,
        "policy_id": policy_id,
        "key_id": key_id,
        "index": "0",
        "device_id": await _fill_devices(url, desk),
        "call_id": await fill_call(url, desk, conversation_id),
        "calendar_id": await _fill_calendars(url, desk),
        **await _fill_knowledge(url, desk),
        "provider_id": await _fill_providers(url, desk),
        "incident_id": await _fill_incident(url, desk, conversation_id),
        "goodwill_id": await _fill_goodwill(url, desk, conversation_id),
        "intent_id": await _fill_intents(url, desk),
    }


async def _fill_providers(url: str, desk: Desk) -> str:
    provider_id = new_id("idp")
    await rows(
        url,
        "INSERT INTO identity_providers (id, tenant_id, name, issuer, client_id, domains, trusts_emails, enabled, created_at) "
        "VALUES ($1, $2, $3, 'https://login.example', 'x', '{desk.example}', false, true, now())",
        provider_id,
        desk.tenant_id,
        TEXT,
    )
    return provider_id


async def _fill_devices(url: str, desk: Desk) -> str:
    device_id = new_id("dev")
    await rows(
        url,
        "INSERT INTO customer_devices (id, tenant_id, account_id, address, provider, token, token_hash, seen_at) "
        "VALUES ($1, $2, $3, 'vis_x', 'fcm', 'x', $4, now())",
        device_id,
        desk.tenant_id,
        desk.account_id,
        device_id.encode(),
    )
    return device_id


async def _fill_reservations(url: str, desk: Desk, conversation_id: str) -> dict[str, str]:
    reservation_id = new_id("res")
    await rows(
        url,
        "INSERT INTO reservations (id, tenant_id, conversation_id, round_id, agent_id, team_id, state, units, interruptible, "
        "offered_at, expires_at, ended_at) VALUES ($1, $2, $3, 'rnd_x', $4, $5, 'declined', 1, false, now(), now(), now())",
        reservation_id,
        desk.tenant_id,
        conversation_id,
        desk.agent_ids[0],
        desk.team_id,
    )
    return {"reservation_id": reservation_id}


async def _fill_webhooks(url: str, desk: Desk) -> dict[str, str]:
    endpoint_id, delivery_id = new_id("whe"), new_id("whd")
    await rows(
        url,
        "INSERT INTO webhook_endpoints (id, tenant_id, name, url, secrets) VALUES ($1, $2, $3, 'https://partner.example', $4)",
        endpoint_id,
        desk.tenant_id,
        TEXT,
        seal_secrets(MASTER, endpoint_id, [Secret(make_secret(), datetime.now(UTC))]),
    )
    await rows(
        url,
        "INSERT INTO webhook_deliveries (id, tenant_id, endpoint_id, event_id, type, at, data, state, next_at, created_at) "
        "VALUES ($1, $2, $3, $4, 'agent.updated', now(), '{}', 'failed', now(), now())",
        delivery_id,
        desk.tenant_id,
        endpoint_id,
        new_id("evt"),
    )
    return {"endpoint_id": endpoint_id, "delivery_id": delivery_id}


async def _fill_replies(url: str, desk: Desk) -> dict[str, str]:
    canned_id, macro_id, view_id, merge_id = new_id("can"), new_id("mac"), new_id("viw"), new_id("mrg")
    attachment_id = new_id("att")
    await rows(
        url,
        "INSERT INTO attachments (id, tenant_id, blob, filename, mime, size, sha256, by_key, created_at) "
        "VALUES ($1, $2, 'x', $3, 'text/plain', 1, '', 'key_x', now())",
        attachment_id,
        desk.tenant_id,
        TEXT,
    )
    await rows(
        url,
        "INSERT INTO contact_merges (id, tenant_id, into_id, from_id, reason, moved, by_key, at) "
        "VALUES ($1, $2, 'con_a', 'con_b', $3, '{}', 'key_x', now())",
        merge_id,
        desk.tenant_id,
        TEXT,
    )
    await rows(
        url,
        "INSERT INTO canned_replies (id, tenant_id, shortcut, title, body) VALUES ($1, $2, 'hi', $3, $3)",
        canned_id,
        desk.tenant_id,
        TEXT,
    )
    await rows(
        url,
        "INSERT INTO macros (id, tenant_id, name, steps) VALUES ($1, $2, $3, $4::jsonb)",
        macro_id,
        desk.tenant_id,
        TEXT,
        json.dumps([{"type": "priority", "priority": 5}]),
    )
    await rows(
        url,
        "INSERT INTO saved_views (id, tenant_id, owner, shared, name, filters) VALUES ($1, $2, $3, false, $4, '{}')",
        view_id,
        desk.tenant_id,
        desk.agent_ids[0],
        TEXT,
    )
    return {
        "canned_id": canned_id,
        "macro_id": macro_id,
        "view_id": view_id,
        "merge_id": merge_id,
        "attachment_id": attachment_id,
        "token": "x",
    }


async def fill_call(url: str, desk: Desk, conversation_id: str) -> str:
    """Stores a call of a conversation that rings."""
    call_id = new_id("cal")
    await rows(
        url,
        "INSERT INTO calls (id, tenant_id, conversation_id, kind, via, state, started_by, customer_device, started_at, rings_until) "
        "VALUES ($1, $2, $3, 'audio', 'peer', 'ringing', 'customer', $4, now(), now())",
        call_id,
        desk.tenant_id,
        conversation_id,
        TEXT,
    )
    return call_id


async def _fill_blocks_and_roles(url: str, desk: Desk) -> dict[str, str]:
    block_id = new_id("blk")
    await rows(
        url,
        "INSERT INTO blocked_addresses (id, tenant_id, address, reason, blocked_at) VALUES ($1, $2, $3, $3, now())",
        block_id,
        desk.tenant_id,
        TEXT,
    )
    role_id = new_id("rol")
    await rows(
        url,
        "INSERT INTO roles (id, tenant_id, name, permissions) VALUES ($1, $2, $3, '{contacts:read}')",
        role_id,
        desk.tenant_id,
        TEXT,
    )
    return {"block_id": block_id, "role_id": role_id}


async def _fill_incident(url: str, desk: Desk, conversation_id: str) -> str:
    incident_id = new_id("inc")
    await rows(
        url,
        "INSERT INTO incidents (id, tenant_id, subject, state, began_at, last_at, posts, usual) VALUES ($1, $2, $3, 'open', now(), now(), 9, 1)",
        incident_id,
        desk.tenant_id,
        TEXT,
    )
    await rows(
        url,
        "INSERT INTO incident_conversations (incident_id, conversation_id, tenant_id, linked_at) VALUES ($1, $2, $3, now())",
        incident_id,
        conversation_id,
        desk.tenant_id,
    )
    return incident_id


async def _fill_goodwill(url: str, desk: Desk, conversation_id: str) -> str:
    goodwill_id = new_id("gwl")
    await rows(
        url,
        "INSERT INTO goodwill (id, tenant_id, conversation_id, contact_id, rule, kind, value_minor, reason, state, above, code, asked_by, asked_at) "
        "VALUES ($1, $2, $3, 'con_x', 'late', 'voucher', 100, $4, 'granted', '{}', $5, 'agt_x', now())",
        goodwill_id,
        desk.tenant_id,
        conversation_id,
        TEXT,
        goodwill_id,
    )
    return goodwill_id


async def _fill_sources(url: str, desk: Desk) -> str:
    source_id = new_id("src")
    await rows(
        url,
        "INSERT INTO context_sources (id, tenant_id, name, url, fields, ttl_seconds, created_at) "
        "VALUES ($1, $2, $3, 'https://shop.example/{contact_id}', '{}', 60, now())",
        source_id,
        desk.tenant_id,
        TEXT,
    )
    return source_id


async def _fill_offers(url: str, desk: Desk) -> str:
    offer_id = new_id("off")
    await rows(
        url,
        "INSERT INTO offers (id, tenant_id, at, topic, shown) VALUES ($1, $2, now(), $3, $4)",
        offer_id,
        desk.tenant_id,
        TEXT,
        [desk.account_id],
    )
    return offer_id


async def _fill_calendars(url: str, desk: Desk) -> str:
    calendar_id = new_id("cld")
    await rows(
        url,
        "INSERT INTO calendars (id, tenant_id, name, source) VALUES ($1, $2, $3, $4::jsonb)",
        calendar_id,
        desk.tenant_id,
        TEXT,
        json.dumps({"kind": "country", "country": "DE"}),
    )
    return calendar_id


async def _fill_knowledge(url: str, desk: Desk) -> dict[str, str]:
    article_id, section_id = new_id("art"), new_id("sec")
    await rows(
        url,
        "INSERT INTO knowledge_sections (id, tenant_id, title, position) VALUES ($1, $2, $3, 0)",
        section_id,
        desk.tenant_id,
        TEXT,
    )
    await rows(
        url,
        "INSERT INTO knowledge_articles (id, tenant_id, section_id, slug, language, title, body, created_at, updated_at) "
        "VALUES ($1, $2, $3, 'hi', 'en', $4, $4, now(), now())",
        article_id,
        desk.tenant_id,
        section_id,
        TEXT,
    )
    return {"article_id": article_id, "section_id": section_id, "language": "en", "version": "1"}


async def _fill_intents(url: str, desk: Desk) -> str:
    intent_id = new_id("int")
    for one, name in ((intent_id, "late"), (new_id("int"), "refund")):
        await rows(
            url,
            "INSERT INTO intents (id, tenant_id, name, examples, updated_at) VALUES ($1, $2, $3, $4, now())",
            one,
            desk.tenant_id,
            name,
            [TEXT],
        )
    return intent_id
