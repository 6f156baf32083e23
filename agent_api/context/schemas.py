"""A customer's context as clients see it: parts that load on their own, each with its state and its time."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.contacts.schemas import Cohort
from agent_api.http.inputs import Shown

State = Literal["fresh", "stale", "failed"]

_EXAMPLE: JsonDict = {
    "contact_id": "con_0190f3a87b3c7d5e8f9a0b1c2d3e4f52",
    "name": "Ann Lee",
    "language": "en",
    "cohort": "unknown",
    "cohort_source": None,
    "at": "2026-11-22T10:15:00Z",
    "history": {"state": "fresh", "as_of": "2026-11-22T10:15:00Z", "items": []},
    "orders": {
        "state": "fresh",
        "as_of": "2026-11-22T10:00:00Z",
        "items": [
            {
                "id": "o-1",
                "number": "2026-17",
                "state": "shipped",
                "open": True,
                "currency": "EUR",
                "total_minor": 4990,
                "placed_at": "2026-11-18T09:00:00Z",
                "promised_at": None,
                "url": None,
                "as_of": "2026-11-22T10:00:00Z",
                "lines": [{"title": "Lamp", "quantity": 2}],
                "shipments": [],
            }
        ],
        "parcels": [],
    },
    "loyalty": {"state": "fresh", "as_of": "2026-11-22T10:15:00Z", "items": []},
    "promises": {"state": "fresh", "as_of": "2026-11-22T10:15:00Z", "items": []},
    "satisfaction": {"state": "fresh", "as_of": "2026-11-22T10:15:00Z", "count": 0, "average": None, "items": []},
    "consents": {"state": "failed", "as_of": None, "items": [], "opted_out": []},
    "sources": {"state": "fresh", "as_of": "2026-11-22T10:15:00Z", "items": []},
}


class Part(Shown):
    """One part: `failed` ones are empty, and say nothing about the customer."""

    state: State = Field(
        description="fresh; stale: something is open, and nothing was heard of it for 3 days; failed: it could not be read in time."
    )
    as_of: AwareDatetime | None = Field(
        description="When what it says was so: the last report, or now; null if it failed."
    )


class PastConversation(Shown):
    """One conversation of theirs that the caller may see."""

    id: str = Field(description="The conversation.")
    channel: str = Field(description="Where.")
    status: str = Field(description="open, pending, snoozed or resolved.")
    subject: str | None = Field(description="Its subject.")
    agent_id: str | None = Field(description="Who has or had it.")
    opened_at: datetime = Field(description="When it began.")
    last_message_at: datetime = Field(description="The last message.")
    resolved_at: datetime | None = Field(description="When it was resolved.")


class HistoryPart(Part):
    """The last conversations over all channels."""

    items: list[PastConversation] = Field(description="The newest first, at most 10.")


class TrackPoint(Shown):
    """One track-and-trace event."""

    at: AwareDatetime = Field(description="When.")
    state: str = Field(description="The carrier's word.")
    place: str | None = Field(description="Where.")


class ShownShipment(Shown):
    """A parcel."""

    id: str = Field(description="The company's own id.")
    carrier: str | None = Field(description="Who brings it.")
    tracking_number: str | None = Field(description="The carrier's number.")
    tracking_url: str | None = Field(description="Where to follow it: http or https.")
    state: str = Field(description="The company's word.")
    expected_at: AwareDatetime | None = Field(description="When it is to arrive.")
    as_of: AwareDatetime = Field(description="The last report on it.")
    track: list[TrackPoint] = Field(description="The newest first, at most 20.")


class ShownLine(Shown):
    """What was ordered."""

    title: str = Field(description="What.")
    quantity: int = Field(description="How many.")


class ShownOrder(Shown):
    """An order with its parcels."""

    id: str = Field(description="The company's own id.")
    number: str | None = Field(description="What the customer knows it by.")
    state: str = Field(description="The company's word.")
    open: bool = Field(description="Whether something of it is still awaited.")
    currency: str | None = Field(description="ISO 4217.")
    total_minor: int | None = Field(description="In the currency's minor unit.")
    placed_at: AwareDatetime | None = Field(description="When it was placed.")
    promised_at: AwareDatetime | None = Field(description="By when it was promised.")
    url: str | None = Field(description="The order in the company's system: http or https.")
    as_of: AwareDatetime = Field(description="The last report on it.")
    lines: list[ShownLine] = Field(description="At most 50.")
    shipments: list[ShownShipment] = Field(description="At most 10.")


class OrdersPart(Part):
    """What they ordered, and what is on its way."""

    items: list[ShownOrder] = Field(description="Open ones first, then the newest; at most 20.")
    parcels: list[ShownShipment] = Field(description="Parcels of no order that is known, at most 10.")


class ShownLoyalty(Shown):
    """A standing with the company."""

    tier: str = Field(description="The company's word.")
    points: int | None = Field(description="How many they have.")
    since: AwareDatetime | None = Field(description="Since when.")
    as_of: AwareDatetime = Field(description="The last report on it.")


class LoyaltyPart(Part):
    """Loyalty, by each of the company's systems that says something of it."""

    items: list[ShownLoyalty] = Field(description="The newest report first, at most 20.")


class ShownPromise(Shown):
    """What they were promised and don't have yet."""

    id: str = Field(description="The company's own id.")
    text: str = Field(description="What.")
    due_at: AwareDatetime | None = Field(description="By when.")
    overdue: bool = Field(description="Whether that is over.")
    as_of: AwareDatetime = Field(description="The last report on it.")


class PromisesPart(Part):
    """Open promises."""

    items: list[ShownPromise] = Field(description="The first due first, at most 20.")


class ShownRating(Shown):
    """One rating of theirs."""

    conversation_id: str = Field(description="Of which conversation.")
    score: int = Field(description="1 to 5.")
    at: datetime = Field(description="When.")


class SatisfactionPart(Part):
    """How content they were, over their last 50 conversations."""

    count: int = Field(description="How many ratings.")
    average: float | None = Field(description="Of them; null without any.")
    items: list[ShownRating] = Field(description="The newest first, at most 5.")


class ShownConsent(Shown):
    """What they allowed or forbade, for one purpose."""

    purpose: str = Field(description="What for.")
    state: Literal["given", "withdrawn"] = Field(description="Their last word.")
    at: AwareDatetime = Field(description="When they said it.")
    proof: str = Field(description="Where and how.")


class OptedOut(Shown):
    """An address that may not be written to."""

    channel: str = Field(description="On which channel.")
    address: str = Field(description="Which one.")
    at: AwareDatetime = Field(description="Since when.")
    word: str | None = Field(description="The word they said it with.")


class ConsentsPart(Part):
    """Consents with their proof."""

    items: list[ShownConsent] = Field(description="By purpose, at most 20.")
    opted_out: list[OptedOut] = Field(description="At most 20.")


class SourceAnswer(Part):
    """What a system of the company's says when it is asked."""

    id: str = Field(description="The source.")
    name: str = Field(description="What it is called.")
    items: list[dict[str, str]] = Field(description="Names and values as the source's settings say; at most 20.")


class SourcesPart(Part):
    """Systems that are asked while you look. One that answers too late shows what it said before, as stale."""

    items: list[SourceAnswer] = Field(description="By name, at most 5.")


class CustomerContext(Shown):
    """What is known of a customer. Parts load at the same time; none waits for another."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    contact_id: str = Field(description="Who.")
    name: str | None = Field(
        description="What they are called; where the contact has none, as the company's systems say."
    )
    language: str | None = Field(description="BCP 47; likewise.")
    cohort: Cohort = Field(description="gen_z, gen_y, other or unknown; likewise.")
    cohort_source: str | None = Field(description="Where the cohort comes from.")
    at: AwareDatetime = Field(description="When this was asked.")
    history: HistoryPart = Field(description="Conversations.")
    orders: OrdersPart = Field(description="Orders and parcels.")
    loyalty: LoyaltyPart = Field(description="Loyalty.")
    promises: PromisesPart = Field(description="Promises.")
    satisfaction: SatisfactionPart = Field(description="Ratings.")
    consents: ConsentsPart = Field(description="Consents.")
    sources: SourcesPart = Field(description="What systems say that are asked.")
