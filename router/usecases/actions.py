"""What is done to a message besides answering it: edit, delete, hide, react, answer in private; and typing, read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from backbone.channel.registry import manifests
from backbone.errors import ActionUnsupported, Conflict, InputInvalid, NotFound
from backbone.ids import new_id
from backbone.storage import outbox
from backbone.storage.database import Connection
from backbone.storage.wake import notify
from router.domain import conversation as rules
from router.domain.conversation import Conversation, Fact
from router.repositories import actions, events, messages
from router.repositories.actions import ActionRow
from router.repositories.events import event_row
from router.usecases.common import finish, lock
from router.usecases.messages import message_row, refuse_opted_out
from router.usecases.outgoing import outbox_row, thread_of
from router.usecases.types import Author, Stored
from schemas.content import Content
from schemas.outbound import Action

MessageAction = Literal["edit", "delete", "hide", "unhide", "react", "unreact"]
Sign = Literal["typing", "read"]


@dataclass(frozen=True, slots=True)
class Asked:
    """An action that is on its way to the provider; its report moves the state later."""

    id: str
    message_id: str
    action: MessageAction
    state: str = "queued"


async def act(
    connection: Connection,
    *,
    tenant_id: str,
    message_id: str,
    action: MessageAction,
    content: Content,
    author: Author,
    now: datetime,
) -> Asked:
    """Asks the provider to do this to a message; what changes here changes with the provider's yes.

    `content` is the new text of an edit and the emoji of a reaction. Raises `NotFound`, `ActionUnsupported` where the
    channel can't, `Conflict` where this message can't, and `InputInvalid`.
    """
    current, row = await _locked(connection, tenant_id, message_id)
    thread = await thread_of(connection, current.id)
    _require(thread.channel, action)
    _check(current, row, action, content)
    asked = Asked(new_id("act"), message_id, action)
    await actions.insert(
        connection,
        ActionRow(
            asked.id, tenant_id, current.id, message_id, action, content.model_dump_json(exclude_defaults=True),
            author.kind, author.id, now,
        ),
    )  # fmt: skip
    target = row["provider_message_id"]
    await outbox.enqueue(
        connection, [outbox_row(current, thread, content, now, asked.id, action=action, target=target)]
    )
    told = {"message_id": message_id, "action_id": asked.id, "action": action, "state": "queued"}
    await events.append(connection, [event_row(tenant_id, Fact("message.action_changed", current.base() | told), now)])
    await notify(connection, "changed", tenant_id)
    return asked


async def reply_in_private(
    connection: Connection, *, tenant_id: str, message_id: str, content: Content, author: Author, now: datetime
) -> Stored:
    """Answers what was said in public in private; the provider opens the private conversation, and links to it come later.

    The caller has the customer's consent. It ends the customer's wait. Raises as `act` does, and `ContactOptedOut`.
    """
    current, row = await _locked(connection, tenant_id, message_id)
    thread = await thread_of(connection, current.id)
    _require(thread.channel, "private_reply")
    if row["direction"] != "in":
        raise Conflict("only what a customer said can be answered in private")
    target = _provider_id(row)
    refuse_opted_out(thread)
    if content == Content():
        raise InputInvalid("a message needs a text", pointers={"/content": "is empty"})
    reply_id = new_id("msg")
    await messages.insert(connection, [message_row(current, author, content, now, reply_id, direction="out")])
    await connection.execute("UPDATE messages SET action = 'private_reply' WHERE id = $1", reply_id)
    await outbox.enqueue(
        connection, [outbox_row(current, thread, content, now, reply_id, action="private_reply", target=target)]
    )
    waited = rules.waits(current, now)
    change = rules.reply(current, now=now, automatic=False)
    told = {"message_id": reply_id, "author_kind": author.kind, "author_id": author.id, "action": "private_reply"}
    sent = Fact("message.sent", current.base() | told | waited)
    version = await finish(connection, current, now, change=change, facts=[sent], preview=content.preview(), messages=1)
    return Stored(reply_id, version)


async def show(connection: Connection, *, tenant_id: str, conversation_id: str, sign: Sign, now: datetime) -> None:
    """Shows the customer that somebody types, or has read their last message. Nothing is stored of it.

    Raises `NotFound`, `ActionUnsupported`, and `Conflict` where there is no message to have read.
    """
    current = await lock(connection, tenant_id, conversation_id, None)
    thread = await thread_of(connection, current.id)
    _require(thread.channel, sign)
    if sign == "read" and not thread.references:
        raise Conflict("there is no message of the customer's to have read")
    target = thread.references[-1] if thread.references else None
    await outbox.enqueue(
        connection, [outbox_row(current, thread, Content(), now, new_id("sgn"), action=sign, target=target)]
    )
    await notify(connection, "changed", tenant_id)


async def _locked(connection: Connection, tenant_id: str, message_id: str) -> tuple[Conversation, Any]:
    """The message as it is now, its conversation locked."""
    conversation_id = await connection.fetchval(
        "SELECT conversation_id FROM messages WHERE id = $1 AND tenant_id = $2", message_id, tenant_id
    )
    if conversation_id is None:
        raise NotFound("no such message")
    current = await lock(connection, tenant_id, conversation_id, None)
    row = await connection.fetchrow(
        "SELECT direction, provider_message_id, deleted_at, reactions FROM messages WHERE id = $1", message_id
    )
    return current, row


def _require(channel: str, action: Action) -> None:
    manifest = manifests().get(channel)
    if manifest is None or not manifest.outbound or action not in manifest.capabilities.actions:
        raise ActionUnsupported(f"the channel {channel} can't {action.replace('_', ' ')}")


def _provider_id(row: Any) -> str:
    if row["deleted_at"] is not None:
        raise Conflict("the message is deleted")
    if row["provider_message_id"] is None:
        raise Conflict("the provider does not know this message (yet)")
    return str(row["provider_message_id"])


def _check(current: Conversation, row: Any, action: MessageAction, content: Content) -> None:
    _provider_id(row)
    ours = row["direction"] == "out"
    if action == "edit" and not (ours and content != Content()):
        raise Conflict("only a message of ours can be edited, and only to say something")
    if action == "delete" and not ours and current.visibility != "public":
        raise Conflict("what a customer said in private is theirs to delete")
    if action in {"hide", "unhide"} and (ours or current.visibility != "public"):
        raise Conflict("only what others said in public can be hidden")
    if action == "react" and not content.text:
        raise InputInvalid("a reaction needs an emoji", pointers={"/emoji": "is empty"})
