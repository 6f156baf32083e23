"""Replies and notes: stored, announced and queued for the channel in one transaction."""

from datetime import datetime

from backbone.channel.manifest import Capabilities
from backbone.channel.registry import manifests
from backbone.errors import Conflict, ContactOptedOut, InputInvalid, WindowClosed
from backbone.ids import new_id
from backbone.storage import outbox
from backbone.storage.database import Connection
from router.config import held_for
from router.domain import conversation as rules
from router.domain.conversation import Conversation, Fact
from router.repositories import messages
from router.repositories.messages import MessageRow
from router.usecases import bot_speech, held
from router.usecases.common import finish, lock
from router.usecases.outgoing import Thread, outbox_row, thread_of
from router.usecases.types import SYSTEM, Author, Stored
from schemas.content import Content


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

    Outside the reply window it waits for the customer where the tenant's setting `outside_window` is `queue`. Raises
    `NotFound`, `PreconditionFailed`, `Conflict` (resolved, a channel without a way out, or a bot that hasn't got it),
    `WindowClosed`, `ContactOptedOut` and `InputInvalid` (nothing in it). It does not send: receipts move the message's state later.
    """
    current = await lock(connection, tenant_id, conversation_id, expected_version)
    if current.status == "resolved":
        raise Conflict("the conversation is resolved: open it first")
    if author.kind == "bot":
        content = await bot_speech.spoken(connection, current, author, content)
    return await send(connection, current, author=author, content=content, now=now, automatic=False)


async def send(
    connection: Connection, current: Conversation, *, author: Author, content: Content, now: datetime, automatic: bool
) -> Stored:
    """As `reply`, for a conversation that is locked already. Automatic messages don't end the customer's wait."""
    thread = await thread_of(connection, current.id)
    can = _check(thread, content, direct=author.kind in {"agent", "bot"} and not automatic)
    waiting = await _is_held(connection, current, can, content, author, now)
    message_id = new_id("msg")
    told = {"message_id": message_id, "author_kind": author.kind, "author_id": author.id, "automatic": automatic}
    if waiting:
        row = message_row(current, author, content, now, message_id, direction="out", state="waiting_window")
        await messages.insert(connection, [row])
        kept = Fact("message.held", current.base() | told)
        return Stored(message_id, await finish(connection, current, now, facts=[kept], messages=1))
    await messages.insert(
        connection, [message_row(current, author, content, now, message_id, direction="out", automatic=automatic)]
    )
    await outbox.enqueue(connection, [outbox_row(current, thread, content, now, message_id, automatic=automatic)])
    waited = rules.waits(current, now)
    change = rules.reply(current, now=now, automatic=automatic)
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


async def tell(connection: Connection, current: Conversation, content: Content, now: datetime) -> Stored | None:
    """Says something automatic of ours in a locked conversation; None where the channel or the customer takes no such message now."""
    try:
        return await send(connection, current, author=SYSTEM, content=content, now=now, automatic=True)
    except (Conflict, InputInvalid, WindowClosed, ContactOptedOut):
        return None


async def store_note(
    connection: Connection, current: Conversation, *, author: Author, content: Content, now: datetime
) -> Stored:
    """As `add_note`, for a conversation that is locked already."""
    message_id = new_id("msg")
    await messages.insert(
        connection, [message_row(current, author, content, now, message_id, direction="note", automatic=False)]
    )
    fact = Fact(
        "note.added", current.base() | {"message_id": message_id, "author_kind": author.kind, "author_id": author.id}
    )
    return Stored(message_id, await finish(connection, current, now, facts=[fact], messages=1))


def refuse_opted_out(thread: Thread, *, direct: bool = False) -> None:
    """Raises `ContactOptedOut`; `direct` is an answer of a person or bot: it may go to who has written since."""
    if thread.opted_out and not (direct and thread.answers):
        raise ContactOptedOut("the customer has forbidden messages on this channel; another one may be open")


def _check(thread: Thread, content: Content, *, direct: bool) -> Capabilities:
    """What the channel can carry. Raises `InputInvalid`, `Conflict` and `ContactOptedOut`."""
    if content == Content():
        raise InputInvalid("a message needs a text, media or a template", pointers={"/content": "is empty"})
    manifest = manifests().get(thread.channel)
    if manifest is None or not manifest.outbound:
        raise Conflict(f"the channel {thread.channel} can't carry an answer")
    if content.template is not None and not manifest.capabilities.templates:
        raise InputInvalid(
            f"the channel {thread.channel} has no templates", pointers={"/content/template": "not supported"}
        )
    refuse_opted_out(thread, direct=direct)
    return manifest.capabilities


async def _is_held(
    connection: Connection, current: Conversation, can: Capabilities, content: Content, author: Author, now: datetime
) -> bool:
    """Whether the reply must wait for the customer; False where it may go now. Raises `WindowClosed`.

    A tag marks what a person wrote: bots and rules have none.
    """
    allowed = can.allowed(current.window_expires_at, now)
    if allowed == "anything":
        return False
    if (allowed == "template" and content.template is not None) or (allowed == "tag" and author.kind == "agent"):
        return False
    settings = await held.settings_of(connection, current.tenant_id)
    if settings.get("outside_window") == "queue" and author.kind != "system":
        await held.hold(connection, current, now, held_for(settings))
        return True
    # A closed window is the caller's to get around: by what is allowed now.
    raise WindowClosed(
        f"the reply window closed at {current.window_expires_at}; allowed now: {allowed}",
        pointers={"/content": f"allowed now: {allowed}"},
    )


def message_row(
    current: Conversation,
    author: Author,
    content: Content,
    now: datetime,
    message_id: str,
    *,
    direction: str,
    automatic: bool = False,
    state: str | None = None,
) -> MessageRow:
    """`state` None is where a message of its direction begins."""
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
        state=state or ("queued" if direction == "out" else "noted"),
    )
