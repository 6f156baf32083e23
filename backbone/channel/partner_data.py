"""The data of reports on customers as companies' systems write them: one shape, whatever envelope it travels in. Pure."""

from datetime import datetime
from typing import Any, Literal, cast, get_args

from backbone.channel import json
from backbone.channel.identity import Cohort, address_of
from backbone.channel.message_data import bounded, optional
from backbone.errors import PayloadInvalid
from schemas.inbound import CustomerReported
from schemas.partner import (
    Checkpoint,
    Consent,
    Loyalty,
    Order,
    OrderLine,
    PartnerCustomer,
    PartnerPoint,
    Promise,
    Shipment,
)

Topic = Literal["order", "shipment", "loyalty", "promise", "customer"]
TOPICS: tuple[str, ...] = get_args(Topic)
POINTS_MOST = 20
LINES_MOST = 50
CHECKPOINTS_MOST = 100
CONSENTS_MOST = 20
_NAME = 200
_WORD = 60
_NUMBER_MOST = 10**15
_URL_MOST = 2000

Data = dict[str, Any]


def named_by(kind: str) -> Topic | None:
    """Of `order.updated` or `com.example.order.updated`: order. None for any other type."""
    parts = kind.rsplit(".", 2)
    found = parts[-2] if len(parts) > 1 else ""
    return cast("Topic", found) if found in TOPICS else None


def topic_of(kind: str, data: object) -> Topic | None:
    """As `named_by`, where the data name a customer: a company's own events of the same type may have other data, and are none."""
    return named_by(kind) if isinstance(data, dict) and data.get("customer") is not None else None


def reported(data: Data, topic: Topic, *, dedup_key: str, provider_at: datetime | None) -> CustomerReported:
    """What was said of one customer. Reports on one customer stay in order. Raises `PayloadInvalid`."""
    customer = _customer(json.obj(data.get("customer"), "data.customer"))
    consents = _each(data.get("consents"), "data.consents", CONSENTS_MOST)
    return CustomerReported(
        thread_key=f"customer:{customer.id}",
        dedup_key=dedup_key,
        provider_at=provider_at,
        customer=customer,
        order=_order(data) if topic == "order" else None,
        shipment=_shipment(data) if topic == "shipment" else None,
        loyalty=_loyalty(data) if topic == "loyalty" else None,
        promise=_promise(data) if topic == "promise" else None,
        consents=tuple(_consent(one) for one in consents) if topic == "customer" else (),
    )


def _customer(data: Data) -> PartnerCustomer:
    cohort = optional(data.get("cohort"), "data.customer.cohort", _WORD)
    if cohort is not None and cohort not in get_args(Cohort):
        raise PayloadInvalid("data.customer.cohort is not one of gen_z, gen_y, other and unknown")
    points = data.get("points")
    return PartnerCustomer(
        id=bounded(data.get("id"), "data.customer.id"),
        name=optional(data.get("name"), "data.customer.name", _NAME),
        language=optional(data.get("language"), "data.customer.language", 35),
        cohort=cast("Cohort | None", cohort),
        points=None if points is None else _points(points),
    )


def _points(value: Any) -> tuple[PartnerPoint, ...]:
    """Those that the company says it has verified; others are no evidence and are passed over.

    Who signs in on a chat is named by the account and the subject of its tokens: the address is a hash of both.
    """
    found: dict[PartnerPoint, None] = {}
    for one in _each(value, "data.customer.points", POINTS_MOST):
        if one.get("verified") is not True:
            continue
        channel = bounded(one.get("channel"), "data.customer.points.channel", _WORD)
        if one.get("subject") is None:
            address = bounded(one.get("address"), "data.customer.points.address", 320)
        else:
            account = bounded(one.get("account_id"), "data.customer.points.account_id", _WORD)
            address = address_of(account, bounded(one["subject"], "data.customer.points.subject"))
        found[PartnerPoint(channel=channel, address=address)] = None
    return tuple(found)


def _order(data: Data) -> Order:
    currency = optional(data.get("currency"), "data.currency", 3)
    return Order(
        id=bounded(data.get("id"), "data.id"),
        number=optional(data.get("number"), "data.number", _NAME),
        state=bounded(data.get("state"), "data.state", _WORD),
        currency=None if currency is None else currency.upper(),
        total_minor=_whole(data.get("total_minor"), "data.total_minor"),
        placed_at=_at(data.get("placed_at"), "data.placed_at"),
        promised_at=_at(data.get("promised_at"), "data.promised_at"),
        url=_url(data.get("url")),
        lines=tuple(_line(one) for one in _each(data.get("lines"), "data.lines", LINES_MOST)),
    )


def _line(data: Data) -> OrderLine:
    quantity = _whole(data.get("quantity"), "data.lines.quantity")
    return OrderLine(
        title=bounded(data.get("title"), "data.lines.title", _NAME), quantity=1 if quantity is None else quantity
    )


def _shipment(data: Data) -> Shipment:
    checkpoints = _each(data.get("checkpoints"), "data.checkpoints", CHECKPOINTS_MOST)
    return Shipment(
        id=bounded(data.get("id"), "data.id"),
        order_id=optional(data.get("order_id"), "data.order_id"),
        carrier=optional(data.get("carrier"), "data.carrier", _NAME),
        tracking_number=optional(data.get("tracking_number"), "data.tracking_number", _NAME),
        tracking_url=_url(data.get("tracking_url")),
        state=bounded(data.get("state"), "data.state", _WORD),
        expected_at=_at(data.get("expected_at"), "data.expected_at"),
        checkpoints=tuple(_checkpoint(one) for one in checkpoints),
    )


def _checkpoint(data: Data) -> Checkpoint:
    return Checkpoint(
        at=_needed(data.get("at"), "data.checkpoints.at"),
        state=bounded(data.get("state"), "data.checkpoints.state", _WORD),
        place=optional(data.get("place"), "data.checkpoints.place", _NAME),
    )


def _loyalty(data: Data) -> Loyalty:
    return Loyalty(
        tier=bounded(data.get("tier"), "data.tier", _WORD),
        points=_whole(data.get("points"), "data.points"),
        since=_at(data.get("since"), "data.since"),
    )


def _promise(data: Data) -> Promise:
    state = data.get("state") or "open"
    if state not in ("open", "kept", "broken"):
        raise PayloadInvalid("data.state is not one of open, kept and broken")
    return Promise(
        id=bounded(data.get("id"), "data.id"),
        text=bounded(data.get("text"), "data.text", 500),
        due_at=_at(data.get("due_at"), "data.due_at"),
        state=state,
    )


def _consent(data: Data) -> Consent:
    state = data.get("state")
    if state not in ("given", "withdrawn"):
        raise PayloadInvalid("data.consents.state is not one of given and withdrawn")
    return Consent(
        purpose=bounded(data.get("purpose"), "data.consents.purpose", _WORD),
        state=cast("Literal['given', 'withdrawn']", state),
        at=_needed(data.get("at"), "data.consents.at"),
        proof=bounded(data.get("proof"), "data.consents.proof", 500),
    )


def _each(value: Any, where: str, most: int) -> list[Data]:
    found = json.array([] if value is None else value, where)
    if len(found) > most:
        raise PayloadInvalid(f"{where} has more than {most} elements")
    return [json.obj(one, where) for one in found]


def _whole(value: Any, where: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _NUMBER_MOST:
        raise PayloadInvalid(f"{where} is not a whole number")
    return value


def _at(value: Any, where: str) -> datetime | None:
    return None if value is None else _needed(value, where)


def _needed(value: Any, where: str) -> datetime:
    found = json.optional_iso_instant(value)
    if found is None:
        raise PayloadInvalid(f"{where} is not a time with its zone")
    return found


def _url(value: Any) -> str | None:
    """What an agent may click on; anything but http and https is passed over."""
    found = optional(value, "a URL", _URL_MOST)
    usable = (
        found is not None and found.startswith(("https://", "http://")) and found.isprintable() and " " not in found
    )
    return found if usable else None
