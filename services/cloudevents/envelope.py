"""The envelope of CloudEvents 1.0 in its three HTTP forms, and ours for what we send.

Source: github.com/cloudevents/spec, v1.0.2: spec.md, json-format.md, http-protocol-binding.md.
"""

import base64
import binascii
import hashlib
import json as stdlib_json
from collections.abc import Sequence
from datetime import UTC
from typing import Any
from urllib.parse import unquote_to_bytes

from backbone.channel import json, message_data, partner_data
from backbone.channel.port import Request
from backbone.errors import PayloadInvalid
from schemas.inbound import AnyInboundEvent, EventIgnored
from schemas.outbound import OutboundMessage
from services.cloudevents.settings import CloudEventsSettings

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
SENT = "message.sent"
_PREFIX = "ce-"
_KEY_MAX = 500

Event = dict[str, Any]


def events_of(request: Request) -> tuple[list[Any], bool]:
    """The events of a request, and whether they came as a batch. Raises `PayloadInvalid`.

    Binary form is told by its headers, the others by what the body is, since senders differ in their content types.
    """
    if request.header(f"{_PREFIX}specversion") is not None:
        return [_binary(request)], False
    body = json.loads(request.body)
    return (body, True) if isinstance(body, list) else ([json.obj(body, "the event")], False)


def _binary(request: Request) -> Event:
    """Attributes in percent-encoded headers, the data as the body (HTTP binding §3.1)."""
    found: Event = {}
    for name, value in request.headers:
        key = name.lower()
        if key.startswith(_PREFIX):
            if key.removeprefix(_PREFIX) in found:
                raise PayloadInvalid("an attribute is doubled")
            found[key.removeprefix(_PREFIX)] = _decoded(value)
    found["data"] = json.loads(request.body) if request.body else None
    return found


def _decoded(value: str) -> str:
    try:
        return json.clean(unquote_to_bytes(value.encode("latin-1")).decode("utf-8"))
    except UnicodeError as error:
        raise PayloadInvalid("an attribute is not UTF-8") from error


def read(event: Event, settings: CloudEventsSettings) -> AnyInboundEvent:
    """A message where the type is one of the account's, a report on a customer, or an `EventIgnored`. Raises `PayloadInvalid`."""
    if not json.text(event.get("specversion"), "specversion").startswith("1."):
        raise PayloadInvalid("this version of CloudEvents is not known")
    source, identity = json.text(event.get("source"), "source"), json.text(event.get("id"), "id")
    kind = json.text(event.get("type"), "type")
    key = f"{source} {identity}"
    # A source is a URI reference and has no spaces, so the pair can't be mistaken for another.
    dedup_key = key if len(key) <= _KEY_MAX else hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    at = json.optional_iso_instant(event.get("time"))
    if kind not in settings.message_types:
        data = _data(event) if "data_base64" in event and partner_data.named_by(kind) else event.get("data")
        topic = partner_data.topic_of(kind, data)
        if topic is not None:
            return partner_data.reported(json.obj(data, "data"), topic, dedup_key=dedup_key, provider_at=at)
        return EventIgnored(thread_key="", dedup_key=dedup_key, reason=f"type {kind[:80]}")
    name = identity[: message_data.ID_MAX]
    return message_data.received(_data(event), name=name, dedup_key=dedup_key, provider_at=at)


def _data(event: Event) -> Event:
    """`data`, or `data_base64` decoded (JSON format §3.1)."""
    if "data_base64" not in event:
        return json.obj(event.get("data"), "data")
    try:
        raw = base64.b64decode(json.text(event["data_base64"], "data_base64"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise PayloadInvalid("data_base64 is not base64") from error
    return json.obj(json.loads(raw), "data")


def write(message: OutboundMessage, source: str) -> Sequence[bytes]:
    """Each part as a structured event; the same message gives the same bytes. Raises `InputInvalid`."""
    at = message.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    head = {"specversion": "1.0", "source": source, "type": SENT, "time": at, "datacontenttype": "application/json"}
    return [
        stdlib_json.dumps(
            {**head, "id": part_id, "subject": message.thread_key, "data": data}, separators=(",", ":")
        ).encode()
        for part_id, data in message_data.parts(message)
    ]
