"""What a company's own systems report of its customers: orders, shipments, loyalty, promises, consents."""

from typing import Literal

from pydantic import Field

from schemas.model import Instant, Record


class PartnerPoint(Record):
    """An address of the customer that the company has verified, by the channel's name and its address there."""

    channel: str
    address: str


class PartnerCustomer(Record):
    """Whom a report is about: the company's own id of them, and what it says of them.

    `points` are None where the report doesn't speak of addresses, and all of them where it does.
    """

    id: str
    name: str | None = None
    language: str | None = None
    cohort: Literal["gen_z", "gen_y", "other", "unknown"] | None = None
    points: tuple[PartnerPoint, ...] | None = None


class OrderLine(Record):
    title: str
    quantity: int = 1


class Order(Record):
    """An order as it was at the time of the report; `total_minor` is in the currency's minor unit (cents)."""

    id: str
    number: str | None = None
    state: str
    currency: str | None = None
    total_minor: int | None = None
    placed_at: Instant | None = None
    promised_at: Instant | None = None
    url: str | None = None
    lines: tuple[OrderLine, ...] = ()


class Checkpoint(Record):
    """One track-and-trace event of the carrier's."""

    at: Instant
    state: str
    place: str | None = None


class Shipment(Record):
    """A parcel of an order as it was at the time of the report; checkpoints add up over reports."""

    id: str
    order_id: str | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    state: str
    expected_at: Instant | None = None
    checkpoints: tuple[Checkpoint, ...] = ()


class Loyalty(Record):
    tier: str
    points: int | None = None
    since: Instant | None = None


class Promise(Record):
    """What the company has promised the customer, and whether it kept it."""

    id: str
    text: str
    due_at: Instant | None = None
    state: Literal["open", "kept", "broken"] = "open"


class Consent(Record):
    """What the customer has allowed or forbidden, for one purpose, with the proof of it."""

    purpose: str
    state: Literal["given", "withdrawn"]
    at: Instant
    proof: str = Field(description="Where and how it was said: a form and its version, a document's id.")
