"""What is said of a conversation to the channel that carries an answer: the thread, and the outbox row."""

from dataclasses import dataclass
from datetime import datetime

from backbone.bus.port import Message
from backbone.storage.database import Connection
from backbone.storage.outbox import OutboxRow
from router.config import capabilities
from router.domain.conversation import Conversation
from schemas.content import Content
from schemas.outbound import Action, OutboundMessage
from schemas.topics import outbound

_REFERENCES = 20


@dataclass(frozen=True, slots=True)
class Thread:
    """`references` are the customer's messages by the provider's ids, oldest first; `opted_out`: they want no more;
    `answers`: they have written since then, and carriers let an answer to that through.
    """

    channel: str
    contact_name: str | None
    subject: str | None
    opted_out: bool
    references: tuple[str, ...]
    answers: bool = False


async def thread_of(connection: Connection, conversation_id: str) -> Thread:
    row = await connection.fetchrow(
        """
        SELECT c.channel, c.contact_name, c.subject, p.opted_out_at IS NOT NULL AS opted_out,
            coalesce(c.last_customer_at > p.opted_out_at, false) AS wrote_since FROM conversations c
        LEFT JOIN contact_points p ON p.account_id = c.account_id AND p.address = c.contact_address WHERE c.id = $1
        """,
        conversation_id,
    )
    found = await connection.fetch(
        "SELECT provider_message_id FROM messages WHERE conversation_id = $1 AND direction = 'in' "
        "AND provider_message_id IS NOT NULL ORDER BY sort_at DESC, id DESC LIMIT $2",
        conversation_id,
        _REFERENCES,
    )
    references = tuple(r["provider_message_id"] for r in reversed(found))
    # Over carriers nothing goes out before START.
    answers = row["wrote_since"] and not capabilities(row["channel"]).carried
    return Thread(row["channel"], row["contact_name"], row["subject"], row["opted_out"], references, answers)


def outbox_row(
    current: Conversation,
    thread: Thread,
    content: Content,
    now: datetime,
    message_id: str,
    *,
    automatic: bool = False,
    action: Action = "send",
    target: str | None = None,
) -> OutboxRow:
    """`target` is the provider's id of the message that an `action` other than `send` is about."""
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
        action=action,
        target=target,
        subject=thread.subject,
        in_reply_to=thread.references[-1] if thread.references and action == "send" else None,
        references=thread.references,
        automatic=automatic,
        created_at=now,
        window_expires_at=current.window_expires_at,
    )
    return OutboxRow(
        current.tenant_id,
        Message(outbound(thread.channel), message.key, message.model_dump_json(exclude_defaults=True).encode()),
    )
