"""Says where an order is, in what the company reported of it and nothing else: its words for states, its dates, its carriers. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from router.domain.assistant import Move, give_up, saying
from router.domain.language import code_of

ORDERS_MOST = 3
_NUMBER = re.compile(r"(?<![\w-])#?([A-Za-z]{0,4}-?\d[\w-]{2,29})(?!\w)")

# fmt: off
_LINES: Mapping[str, Mapping[str, str]] = {
    "order": {
        "ar": "الطلب {number}: {state} (بتاريخ {at})", "da": "Ordre {number}: {state} (pr. {at})", "de": "Bestellung {number}: {state} (Stand {at})",
        "en": "Order {number}: {state} (as of {at})", "es": "Pedido {number}: {state} (a fecha de {at})", "nl": "Bestelling {number}: {state} (stand {at})",
        "pl": "Zamówienie {number}: {state} (stan na {at})",
    },
    "parcel": {
        "ar": "الطرد {number}: {state} (بتاريخ {at})", "da": "Pakke {number}: {state} (pr. {at})", "de": "Paket {number}: {state} (Stand {at})",
        "en": "Parcel {number}: {state} (as of {at})", "es": "Paquete {number}: {state} (a fecha de {at})", "nl": "Pakket {number}: {state} (stand {at})",
        "pl": "Paczka {number}: {state} (stan na {at})",
    },
    "expected": {
        "ar": "متوقع: {at}", "da": "Forventet: {at}", "de": "Erwartet: {at}", "en": "Expected: {at}", "es": "Previsto: {at}",
        "nl": "Verwacht: {at}", "pl": "Oczekiwana: {at}",
    },
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel as last reported; `number` is its carrier with the tracking number, or its id."""

    number: str
    state: str
    at: datetime
    expected_at: datetime | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as last reported."""

    number: str
    state: str
    at: datetime
    parcels: tuple[Parcel, ...] = ()


def order_status(orders: Sequence[Order], said: str, language: str | None) -> Move:
    """What was reported of the order whose number is named, else of the first three. One that is named and not theirs, or none
    at all, is nothing that it knows: then people go on.
    """
    named = {number.upper() for number in _NUMBER.findall(said)}
    wanted = [order for order in orders if order.number.upper() in named] if named else list(orders[:ORDERS_MOST])
    if not wanted:
        return give_up(language)
    parts = ["\n".join(_order(order, language)) for order in wanted[:ORDERS_MOST]]
    return Move("\n\n".join([*parts, saying("way_out", language)]))


def _order(order: Order, language: str | None) -> list[str]:
    lines = [_line("order", language, number=order.number, state=order.state, at=_day(order.at))]
    for parcel in order.parcels:
        lines.append(_line("parcel", language, number=parcel.number, state=parcel.state, at=_day(parcel.at)))
        if parcel.expected_at is not None:
            lines.append(_line("expected", language, at=_day(parcel.expected_at)))
        if parcel.url is not None:
            lines.append(parcel.url)
    return lines


def _line(name: str, language: str | None, **values: str) -> str:
    known = _LINES[name]
    text = known.get(code_of(language), known["en"])
    # In one pass: a value is never read as a place for another.
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], text)


def _day(at: datetime) -> str:
    return at.date().isoformat()
