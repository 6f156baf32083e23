"""Normalised events from channels: what a codec makes of a provider's request, and the record on `messages.inbound.v1`."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.content import Content
from schemas.model import Instant, Record
from schemas.partner import Consent, Loyalty, Order, PartnerCustomer, Promise, Shipment


class Sender(Record):
    """Who wrote, as the channel knows them.

    `address` is unique on the channel account (a phone number, a page-scoped id, a mail address); `aliases` are other
    addresses of the same person on it (a phone number beside a user id).
    """

    address: str
    name: str | None = None
    aliases: tuple[str, ...] = ()
    language: str | None = None


class Visibility(StrEnum):
    PRIVATE = "private"
    PUBLIC = "public"


class ReceiptStatus(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class Post(Record):
    """What is known of something said in public: for routing, never for identity.

    `post_id` is the post, video or product it stands under, `parent_id` the comment it answers. `reach` is how many follow
    its author, `rating` is 1 to 5 stars.
    """

    kind: Literal["comment", "mention", "review", "post"]
    post_id: str | None = None
    parent_id: str | None = None
    permalink: str | None = None
    reach: int | None = None
    rating: int | None = Field(default=None, ge=1, le=5)


class InboundEvent(Record):
    """What all events share.

    `thread_key` is derived from the payload alone and names the conversation on its account; it may be empty where the
    provider doesn't say (some receipts). `dedup_key` is the provider's id of this very event: the same webhook sent
    twice has the same. `account_ref` is the provider's id of the receiving number, page or mailbox when the payload
    names one; the gateway matches it to an account of the same tenant.
    """

    thread_key: str
    dedup_key: str
    provider_at: Instant | None = None
    account_ref: str | None = None


class MessageReceived(InboundEvent):
    """A customer wrote."""

    kind: Literal["message"] = "message"
    sender: Sender
    content: Content
    provider_message_id: str | None = None
    in_reply_to: str | None = Field(default=None, description="Provider id of the message this one quotes.")
    subject: str | None = None
    visibility: Visibility = Visibility.PRIVATE
    participants: tuple[Sender, ...] = ()
    post: Post | None = None
    automatic: bool = Field(default=False, description="An auto-reply, bounce or list mail: stored, never answered.")


class MessageEchoed(InboundEvent):
    """Our own account wrote, seen from the provider: by us (then it is only a receipt) or on the provider's own app."""

    kind: Literal["echo"] = "echo"
    recipient: Sender
    content: Content
    provider_message_id: str


class MessageEdited(InboundEvent):
    kind: Literal["edit"] = "edit"
    provider_message_id: str
    content: Content


class MessageDeleted(InboundEvent):
    kind: Literal["delete"] = "delete"
    provider_message_id: str


class ReactionChanged(InboundEvent):
    """A reaction to an older message; `emoji` is None when it was taken back."""

    kind: Literal["reaction"] = "reaction"
    provider_message_id: str
    sender: Sender
    emoji: str | None = None


class ReceiptReceived(InboundEvent):
    """The provider's word on messages of ours: one by id, or all up to `watermark`."""

    kind: Literal["receipt"] = "receipt"
    status: ReceiptStatus
    provider_message_id: str | None = None
    watermark: Instant | None = None
    error_code: str | None = None
    error_detail: str | None = None


class TypingStarted(InboundEvent):
    kind: Literal["typing"] = "typing"
    sender: Sender


class ContactChanged(InboundEvent):
    """A customer's address on this account changed (a new number or user id): same person, new contact point."""

    kind: Literal["contact_changed"] = "contact_changed"
    old_address: str
    new_address: str


class CallUpdated(InboundEvent):
    """A fact about a telephone call of this thread: its state, its recording, the wish to be called back."""

    kind: Literal["call"] = "call"
    sender: Sender
    call_id: str
    state: Literal["ringing", "in_progress", "completed", "missed", "failed", "callback_requested"]
    duration_seconds: int | None = None
    language: str | None = None


class ConsentChanged(InboundEvent):
    """The customer allowed or forbade further messages on this account: by a word, a button, or by leaving."""

    kind: Literal["consent"] = "consent"
    sender: Sender
    state: Literal["opted_in", "opted_out"]
    word: str | None = None


class AccountNotice(InboundEvent):
    """What a provider says about the account itself: a template refused, a quality rating, a limit, a token about to end.

    It belongs to no conversation. `code` is the provider's own; `severity` says whether a person must act.
    """

    kind: Literal["account"] = "account"
    code: str
    severity: Literal["info", "warning", "error"] = "info"
    detail: str = ""


class CustomerReported(InboundEvent):
    """The company's own systems say something of a customer of theirs; `provider_at` is when it was so.

    It belongs to no conversation. At most one of order, shipment, loyalty and promise is there.
    """

    kind: Literal["customer_report"] = "customer_report"
    customer: PartnerCustomer
    order: Order | None = None
    shipment: Shipment | None = None
    loyalty: Loyalty | None = None
    promise: Promise | None = None
    consents: tuple[Consent, ...] = ()


class DeliveryReported(InboundEvent):
    """The gateway's own report on an outbound message; `message_id` is ours. Only the gateway writes it."""

    kind: Literal["delivery"] = "delivery"
    message_id: str
    state: Literal["sending", "sent", "failed"]
    provider_message_ids: tuple[str, ...] = ()
    attempt: int = 1
    error_code: str | None = None
    error_detail: str | None = None
    possibly_sent_twice: bool = False


class MediaFetched(InboundEvent):
    """The gateway's report on inbound media: stored under `blob`, or failed with the reason. Only the gateway writes it."""

    kind: Literal["media"] = "media"
    provider_message_id: str
    media_index: int
    blob: str | None = None
    mime: str | None = None
    size: int | None = None
    sha256: str | None = None
    error: str | None = None


class EventIgnored(InboundEvent):
    """A verified event of a type we know nothing to do with: kept for the counters, shown to nobody."""

    kind: Literal["ignored"] = "ignored"
    reason: str


AnyInboundEvent = Annotated[
    MessageReceived
    | MessageEchoed
    | MessageEdited
    | MessageDeleted
    | ReactionChanged
    | ReceiptReceived
    | TypingStarted
    | ContactChanged
    | CallUpdated
    | ConsentChanged
    | AccountNotice
    | CustomerReported
    | DeliveryReported
    | MediaFetched
    | EventIgnored,
    Field(discriminator="kind"),
]


class InboundRecord(Record):
    """One record of `messages.inbound.v1`; the bus key is `<account_id>/<thread_key>`."""

    v: Literal[1] = 1
    id: str
    tenant_id: str
    account_id: str
    channel: str
    received_at: Instant
    event: AnyInboundEvent

    @property
    def key(self) -> bytes:
        return f"{self.account_id}/{self.event.thread_key}".encode()
