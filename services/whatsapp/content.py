"""What a WhatsApp message says: each type of the Cloud API as content, and unknown ones by their name."""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from backbone.channel import json
from backbone.errors import PayloadInvalid
from schemas.content import Choice, ContactCard, Content, Location, Media, MediaKind

_HEX = re.compile(r"[0-9a-fA-F]{64}")


def content_of(message: dict[str, Any]) -> Content:
    """The content of a message of any type; raises `PayloadInvalid` where a known type lacks what makes it one."""
    kind = json.text(message.get("type"), "type")
    if message.get("errors"):
        return Content(unsupported=kind)
    reader = _READERS.get(kind)
    return Content(unsupported=kind[:100]) if reader is None else reader(message)


def _text(message: dict[str, Any]) -> Content:
    return Content(text=json.text(json.obj(message.get("text"), "text").get("body"), "text.body"))


def _media(kind: MediaKind, key: str) -> Callable[[dict[str, Any]], Content]:
    def read(message: dict[str, Any]) -> Content:
        value = json.obj(message.get(key), key)
        voice = kind is MediaKind.AUDIO and value.get("voice") is True
        media = Media(
            kind=MediaKind.VOICE if voice else kind,
            mime=json.optional_text(value.get("mime_type")),
            filename=json.optional_text(value.get("filename")),
            sha256=_sha256(value.get("sha256")),
            caption=json.optional_text(value.get("caption")),
            url=json.optional_text(value.get("url")),
            provider_ref=json.identifier(value.get("id"), f"{key}.id"),
        )
        return Content(media=(media,))

    return read


def _sha256(value: Any) -> str | None:
    """Meta gives the hash in base64; we keep hex. None for what is no SHA-256."""
    if not isinstance(value, str):
        return None
    if _HEX.fullmatch(value):
        return value.lower()
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    return digest.hex() if len(digest) == 32 else None


def _location(message: dict[str, Any]) -> Content:
    value = json.obj(message.get("location"), "location")
    location = Location(
        latitude=json.number(value.get("latitude"), "latitude"),
        longitude=json.number(value.get("longitude"), "longitude"),
        name=json.optional_text(value.get("name")),
        address=json.optional_text(value.get("address")),
    )
    return Content(location=location)


def _contacts(message: dict[str, Any]) -> Content:
    cards = tuple(_card(json.obj(item, "a contact")) for item in json.array(message.get("contacts"), "contacts"))
    if not cards:
        raise PayloadInvalid("contacts is empty")
    return Content(cards=cards)


def _card(value: dict[str, Any]) -> ContactCard:
    phones, emails = _column(value.get("phones"), "phone"), _column(value.get("emails"), "email")
    name = value.get("name")
    full = json.optional_text(name.get("formatted_name") or name.get("first_name")) if isinstance(name, dict) else None
    return ContactCard(name=full or next(iter(phones + emails), "?"), phones=phones, emails=emails)


def _column(rows: Any, key: str) -> tuple[str, ...]:
    found = (
        [json.optional_text(row.get(key)) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    )
    return tuple(value for value in found if value is not None)


def _button(message: dict[str, Any]) -> Content:
    value = json.obj(message.get("button"), "button")
    title = json.optional_text(value.get("text"))
    return Content(choice=Choice(id=json.text(value.get("payload") or title, "button.payload"), title=title))


def _interactive(message: dict[str, Any]) -> Content:
    """A pressed button, a chosen row or a form's answers; other kinds by their name."""
    value = message.get("interactive")
    if not isinstance(value, dict):
        return Content(unsupported="interactive")
    kind = json.text(value.get("type"), "interactive.type")
    inner = value.get(kind)
    if kind in {"button_reply", "list_reply"}:
        reply = json.obj(inner, kind)
        return Content(choice=Choice(id=json.text(reply.get("id"), "id"), title=json.optional_text(reply.get("title"))))
    if kind == "nfm_reply":
        return Content(choice=_form(json.obj(inner, kind)))
    return Content(unsupported=f"interactive.{kind}"[:100])


def _form(reply: dict[str, Any]) -> Choice:
    """A flow's answers come as JSON in a text; what can't be read stays a text under `raw`."""
    raw = json.text(reply.get("response_json"), "response_json")
    try:
        data = json.obj(json.loads(raw.encode()), "response_json")
    except PayloadInvalid:
        data = {"raw": raw}
    name = json.optional_text(reply.get("name")) or "flow"
    return Choice(id=name, title=json.optional_text(reply.get("body")), data=json.cleaned(data))


def _order(message: dict[str, Any]) -> Content:
    """A basket as lines of quantity, article, price and currency, and whole in the choice's data."""
    order = json.obj(message.get("order"), "order")
    lines = [_order_line(json.obj(item, "an item")) for item in json.array(order.get("product_items"), "product_items")]
    note = json.optional_text(order.get("text"))
    return Content(
        text="\n".join([*([note] if note else []), *lines]) or None,
        choice=Choice(id="order", data=json.cleaned(order)),
    )


def _order_line(item: dict[str, Any]) -> str:
    article = json.text(item.get("product_retailer_id"), "product_retailer_id")
    price = json.number(item.get("item_price", 0), "item_price")
    currency = json.optional_text(item.get("currency")) or ""
    return f"{json.number(item.get('quantity', 1), 'quantity'):g} x {article} ({price:g} {currency})".replace(" )", ")")


_READERS: dict[str, Callable[[dict[str, Any]], Content]] = {
    "text": _text,
    "image": _media(MediaKind.IMAGE, "image"),
    "video": _media(MediaKind.VIDEO, "video"),
    "audio": _media(MediaKind.AUDIO, "audio"),
    "voice": _media(MediaKind.VOICE, "voice"),
    "document": _media(MediaKind.FILE, "document"),
    "sticker": _media(MediaKind.STICKER, "sticker"),
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
}
