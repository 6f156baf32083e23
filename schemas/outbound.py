"""The record on `messages.outbound.<channel>.v1`: one message for the gateway to send."""

from typing import Literal

from schemas.content import Content
from schemas.model import Instant, Record

Action = Literal["send", "private_reply", "edit", "delete", "hide", "unhide", "react", "unreact", "typing", "read"]
"""What is done: all but `send` are about `target`, and only where the channel's manifest lists them."""


class OutboundMessage(Record):
    """A message an agent, a bot or the system wrote, addressed to one contact point.

    `target` is the provider's id of the message or comment that an `action` other than `send` is about: `private_reply`
    answers a public one in private, `edit` puts `content` in its place, `react` takes the emoji from `content.text`.
    `idempotency_key` is stable over retries of this message. `references` are the thread's provider message ids, oldest
    first (mail). `window_expires_at` is when the channel's reply window closes; None means it has none.
    """

    v: Literal[1] = 1
    tenant_id: str
    account_id: str
    channel: str
    conversation_id: str
    message_id: str
    thread_key: str
    recipient: str
    recipient_name: str | None = None
    content: Content
    action: Action = "send"
    target: str | None = None
    subject: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    automatic: bool = False
    created_at: Instant
    window_expires_at: Instant | None = None

    @property
    def key(self) -> bytes:
        return f"{self.account_id}/{self.thread_key}".encode()

    @property
    def idempotency_key(self) -> str:
        return self.message_id
