"""Events about older messages: receipts, edits, deletes, reactions, delivery reports, media. Unknown ids wait as orphans."""

import json
from collections.abc import Sequence
from typing import Any

from backbone.storage.database import Connection
from router.domain.conversation import Fact
from router.inbound.arrivals import Arrival, Batch
from router.inbound.links import link
from router.inbound.settled import settle
from router.repositories import messages, orphans
from router.repositories.events import event_row
from router.repositories.messages import Known, StateChange, follows
from schemas.inbound import (
    DeliveryReported,
    MediaFetched,
    MessageDeleted,
    MessageEdited,
    ReactionChanged,
    ReceiptReceived,
)

AMENDMENTS = (DeliveryReported, MediaFetched, MessageDeleted, MessageEdited, ReactionChanged, ReceiptReceived)
Key = tuple[str, str]


async def amend(connection: Connection, batch: Batch, arrivals: Sequence[Arrival]) -> None:
    """Applies all of `arrivals` in order, and the orphans that their ids or the batch's new messages bring to life."""
    reports = [a for a in arrivals if isinstance(a.record.event, DeliveryReported)]
    known_ids = await _apply_reports(connection, batch, reports)
    fresh = [(m.account_id, m.provider_message_id) for m in batch.messages if m.provider_message_id]
    awake = await orphans.take(connection, [*fresh, *known_ids])
    rest = [a for a in (*arrivals, *awake) if not isinstance(a.record.event, DeliveryReported)]
    if not rest:
        return
    found = await messages.find_by_provider_ids(connection, [k for a in rest if (k := _key(a)) is not None])
    changes: dict[str, StateChange] = {}
    lost: list[Arrival] = []
    for arrival in rest:
        await _apply_one(connection, batch, arrival, found, changes, lost)
    await messages.change_states(connection, list(changes.values()))
    await orphans.keep(connection, lost)


def _key(arrival: Arrival) -> Key | None:
    provider = getattr(arrival.record.event, "provider_message_id", None)
    return (arrival.record.account_id, provider) if provider else None


async def _apply_reports(connection: Connection, batch: Batch, reports: Sequence[Arrival]) -> list[Key]:
    """The gateway's reports, by our own message ids; answers the provider ids they made known."""
    if not reports:
        return []
    events = [r.record.event for r in reports if isinstance(r.record.event, DeliveryReported)]
    await settle(connection, batch, events)
    found = await messages.find_by_ids(connection, [e.message_id for e in events])
    changes: dict[str, StateChange] = {}
    parts: list[tuple[str, str, str, str]] = []
    keys: list[Key] = []
    doubted: list[Known] = []
    for event in events:
        known = found.get(event.message_id)
        if known is None:
            continue
        keys.extend((known.account_id, p) for p in event.provider_message_ids)
        parts.extend((known.account_id, p, known.tenant_id, known.id) for p in event.provider_message_ids)
        if follows(event.state, known.state):
            first = next(iter(event.provider_message_ids), None)
            _move(
                batch,
                known,
                event.state,
                changes,
                event.error_code,
                event.error_detail,
                first,
                twice=event.possibly_sent_twice,
            )
        elif event.possibly_sent_twice:
            # It had come further in a history that was lost, and went out again since.
            doubted.append(known)
    await messages.change_states(connection, list(changes.values()))
    await messages.doubt(connection, [known.id for known in doubted])
    for known in doubted:
        _say(batch, known, "message.state_changed", {"state": known.state, "possibly_sent_twice": True})
    await messages.remember_parts(connection, parts)
    await link(connection, batch, ((tenant, provider) for _, provider, tenant, _ in parts))
    return keys


def _move(
    batch: Batch,
    known: Known,
    state: str,
    changes: dict[str, StateChange],
    error_code: str | None = None,
    error_detail: str | None = None,
    provider_id: str | None = None,
    *,
    twice: bool = False,
) -> None:
    before = changes.get(known.id)
    if before is not None:
        provider_id = provider_id or before.provider_message_id
        twice = twice or before.possibly_sent_twice
    known.state = state
    changes[known.id] = StateChange(known.id, state, batch.now, error_code, error_detail, twice, provider_id)
    data: dict[str, Any] = {"state": state}
    if error_code:
        data["error_code"] = error_code
    if twice:
        data["possibly_sent_twice"] = True
    _say(batch, known, "message.state_changed", data)


def _say(batch: Batch, known: Known, kind: str, data: dict[str, Any]) -> None:
    base = {
        "conversation_id": known.conversation_id,
        "agent_id": known.agent_id,
        "team_id": known.team_id,
        "message_id": known.id,
    }
    batch.events.append(event_row(known.tenant_id, Fact(kind, base | data), batch.now))


async def _apply_one(
    connection: Connection,
    batch: Batch,
    arrival: Arrival,
    found: dict[Key, Known],
    changes: dict[str, StateChange],
    lost: list[Arrival],
) -> None:
    event = arrival.record.event
    if isinstance(event, ReceiptReceived) and event.provider_message_id is None:
        await _apply_watermark(connection, batch, arrival, event, changes)
        return
    key = _key(arrival)
    known = found.get(key) if key else None
    if known is None:
        lost.append(arrival)
    elif isinstance(event, ReceiptReceived):
        if known.direction == "out" and follows(event.status.value, known.state):
            _move(batch, known, event.status.value, changes, event.error_code, event.error_detail)
    elif isinstance(event, MessageEdited):
        known.content = event.content.model_dump(mode="json", exclude_defaults=True)
        await _rewrite(connection, batch, known, "edited_at")
        _say(batch, known, "message.edited", {})
    elif isinstance(event, MessageDeleted):
        known.content = {}
        await _rewrite(connection, batch, known, "deleted_at")
        _say(batch, known, "message.deleted", {})
    elif isinstance(event, ReactionChanged):
        await _react(connection, batch, known, event)
    elif isinstance(event, MediaFetched):
        await _attach(connection, batch, known, event)


async def _apply_watermark(
    connection: Connection, batch: Batch, arrival: Arrival, event: ReceiptReceived, changes: dict[str, StateChange]
) -> None:
    """A receipt for everything up to a moment."""
    until = event.watermark or arrival.record.received_at
    for known in await messages.sent_until(connection, arrival.record.account_id, event.thread_key, until):
        if known.id not in changes and follows(event.status.value, known.state):
            _move(batch, known, event.status.value, changes)


async def _rewrite(connection: Connection, batch: Batch, known: Known, column: str) -> None:
    await connection.execute(
        f"UPDATE messages SET content = $2::text::jsonb, {column} = $3 WHERE id = $1",
        known.id,
        json.dumps(known.content),
        batch.now,
    )


async def _react(connection: Connection, batch: Batch, known: Known, event: ReactionChanged) -> None:
    if event.emoji is None:
        known.reactions.pop(event.sender.address, None)
    else:
        known.reactions[event.sender.address] = event.emoji
    await connection.execute(
        "UPDATE messages SET reactions = $2::text::jsonb WHERE id = $1", known.id, json.dumps(known.reactions)
    )
    _say(batch, known, "reaction.changed", {"emoji": event.emoji})


async def _attach(connection: Connection, batch: Batch, known: Known, event: MediaFetched) -> None:
    """The gateway stored a media part, or gave up: both show on the message."""
    media = list(known.content.get("media") or ())
    if event.media_index >= len(media):
        return
    stored = {"blob": event.blob, "mime": event.mime, "size": event.size, "sha256": event.sha256}
    media[event.media_index] = media[event.media_index] | {k: v for k, v in stored.items() if v is not None}
    known.content["media"] = media
    await connection.execute(
        "UPDATE messages SET content = $2::text::jsonb WHERE id = $1", known.id, json.dumps(known.content)
    )
    kind = "media.stored" if event.blob else "media.failed"
    _say(batch, known, kind, {"media_index": event.media_index, "error": event.error})
