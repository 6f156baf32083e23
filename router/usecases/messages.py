"""Replies and notes: stored, announced and queued for the channel in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from backbone.bus.port import Message
from backbone.channel.registry import manifests
from backbone.errors import Conflict, InputInvalid, WindowClosed
from backbone.ids import new_id
from backbone.storage import outbox
from backbone.storage.database import Connection
from backbone.storage.outbox import OutboxRow
from router.domain import conversation as rules
from router.domain.conversation import Conversation, Fact
from router.repositories import messages
from router.repositories.messages import MessageRow
from router.usecases.common import finish, lock
from router.usecases.types import Author, Stored
from schemas.content import Content
from schemas.outbound import OutboundMessage
from schemas.topics import outbound

_REFERENCES = 20


@dataclass(frozen=True, slots=True)
class _Thread:
    channel: str
    contact_name: str | None
    subject: str | None
    references: tuple[str, ...]


async def reply(
    connection: Connection,
    *,
    tenant_id: str,
    conversation_id: str,
    author: Author,
    content: Content,
    now: datetime,
    expected_version: int | None = None,
) -> Stored:
    """Stores an answer and queues it for the conversation's own channel.

    Raises `NotFound`, `PreconditionFailed`, `Conflict` (resolved, or a channel without a way out), `WindowClosed` and
    `InputInvalid` (nothing in it). It does not send: receipts move the message's state later.
    """
    current = await lock(connection, tenant_id, conversation_id, expected_version)
    if current.status == "resolved":
        raise Conflict("the conversation is resolved: open it first")
    return await send(connection, current, author=author, content=content, now=now, automatic=False)


async def send(
    connection: Connection, current: Conversation, *, author: Author, content: Content, now: datetime, automatic: bool
) -> Stored:
    """As `reply`, for a conversation that is locked already. Automatic messages don't end the customer's wait."""
    thread = await _thread(connection, current.id)
    _check(current, thread.channel, content, now)
    message_id = new_id("msg")
    await messages.insert(
        connection, [_row(current, author, content, now, message_id, direction="out", automatic=automatic)]
    )
    await outbox.enqueue(connection, [_outbox_row(current, thread, content, now, message_id, automatic=automatic)])
    waited = rules.waits(current, now)
    change = rules.reply(current, now=now, automatic=automatic)
    told = {"message_id": message_id, "author_kind": author.kind, "author_id": author.id, "automatic": automatic}
    sent = Fact("message.sent", current.base() | told | waited)
    version = await finish(connection, current, now, change=change, facts=[sent], preview=content.preview(), messages=1)
    return Stored(message_id, version)


async def add_note(
    connection: Connection,
    *,
    tenant_id: str,
    conversation_id: str,
    author: Author,
    content: Content,
    now: datetime,
    expected_version: int | None = None,
) -> Stored:
    """Stores a private note: colleagues see it, the customer never does, and no clock stops."""
    current = await lock(connection, tenant_id, conversation_id, expected_version)
    if not content.text and not content.media:
        raise InputInvalid("a note needs a text", pointers={"/content/text": "is empty"})
    return await store_note(connection, current, author=author, content=content, now=now)


async def store_note(
    connection: Connection, current: Conversation, *, author: Author, content: Content, now: datetime
) -> Stored:
    """As `add_note`, for a conversation that is locked already."""
    message_id = new_id("msg")
    await messages.insert(
        connection, [_row(current, author, content, now, message_id, direction="note", automatic=False)]
    )
    fact = Fact(
        "note.added", current.base() | {"message_id": message_id, "author_kind": author.kind, "author_id": author.id}
    )
    return Stored(message_id, await finish(connection, current, now, facts=[fact], messages=1))


def _check(current: Conversation, channel: str, content: Content, now: datetime) -> None:
    if content == Content():
        raise InputInvalid("a message needs a text, media or a template", pointers={"/content": "is empty"})
    manifest = manifests().get(channel)
    if manifest is None or not manifest.outbound:
        raise Conflict(f"the channel {channel} can't carry an answer")
    if content.template is not None and not manifest.capabilities.templates:
        raise InputInvalid(f"the channel {channel} has no templates", pointers={"/content/template": "not supported"})
    closed = current.window_expires_at is not None and current.window_expires_at <= now
    if closed and not (content.template is not None and manifest.capabilities.after_window == "template"):
        allowed = manifest.capabilities.after_window
        raise WindowClosed(f"the reply window closed at {current.window_expires_at}; allowed now: {allowed}")


async def _thread(connection: Connection, conversation_id: str) -> _Thread:
    row = await connection.fetchrow(
        "SELECT channel, contact_name, subject FROM conversations WHERE id = $1", conversation_id
    )
    found = await connection.fetch(
        "SELECT provider_message_id FROM messages WHERE conversation_id = $1 AND direction = 'in' "
        "AND provider_message_id IS NOT NULL ORDER BY sort_at DESC, id DESC LIMIT $2",
        conversation_id,
        _REFERENCES,
    )
    return _Thread(
        row["channel"], row["contact_name"], row["subject"], tuple(r["provider_message_id"] for r in reversed(found))
    )


def _row(
    current: Conversation,
    author: Author,
    content: Content,
    now: datetime,
    message_id: str,
    *,
    direction: str,
    automatic: bool,
) -> MessageRow:
    return MessageRow(
        id=message_id,
        tenant_id=current.tenant_id,
        conversation_id=current.id,
        account_id=current.account_id,
        direction=direction,
        author_kind=author.kind,
        author_id=author.id,
        content=content.model_dump_json(exclude_defaults=True),
        received_at=now,
        sort_at=now,
        automatic=automatic,
        state="queued" if direction == "out" else "noted",
    )


def _outbox_row(
    current: Conversation, thread: _Thread, content: Content, now: datetime, message_id: str, *, automatic: bool
) -> OutboxRow:
    message = OutboundMessage(
        tenant_id=current.tenant_id,
        account_id=current.account_id,
        channel=thread.channel,
        conversation_id=current.id,
        message_id=message_id,
        thread_key=current.thread_key,
        recipient=current.contact_address,
        recipient_name=thread.contact_name,
        content=content,
        subject=thread.subject,
        in_reply_to=thread.references[-1] if thread.references else None,
        references=thread.references,
        automatic=automatic,
        created_at=now,
        window_expires_at=current.window_expires_at,
    )
    return OutboxRow(
        current.tenant_id,
        Message(outbound(thread.channel), message.key, message.model_dump_json(exclude_defaults=True).encode()),
    )
