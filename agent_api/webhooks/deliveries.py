"""Deliveries, tests, replays and signatures as clients see and ask for them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import NEXT_CURSOR, Body, PageQuery, Shown
from backbone.web.signature_faults import FaultCode
from schemas.events import EventType

DeliveryState = Literal["waiting", "queued", "delivered", "failed"]

_DELIVERY: JsonDict = {
    "id": "whd_0190f3a87b3c7d5e8f9a0b1c2d3e4f61",
    "endpoint_id": "whe_0190f3a87b3c7d5e8f9a0b1c2d3e4f60",
    "event_id": "evt_0190f3a87b3c7d5e8f9a0b1c2d3e4f57",
    "seq": 42,
    "type": "message.received",
    "conversation_id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
    "state": "queued",
    "attempts": 1,
    "late": False,
    "next_at": "2026-11-22T10:15:06Z",
    "last_status": 503,
    "last_cause": "It failed while handling the request (5xx).",
    "created_at": "2026-11-22T10:15:01Z",
    "delivered_at": None,
}
_ATTEMPT: JsonDict = {
    "number": 1,
    "at": "2026-11-22T10:15:01Z",
    "latency_ms": 118,
    "status": 503,
    "cause": "It failed while handling the request (5xx).",
}
_DATA: JsonDict = {
    "conversation_id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
    "message_id": "msg_0190f3a87b3c7d5e8f9a0b1c2d3e4f53",
}


class WebhookDelivery(Shown):
    """One event on its way to one endpoint. Its id is the `webhook-id` of every try: drop those you have."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DELIVERY]})

    id: str = Field(description="Its id.")
    endpoint_id: str = Field(description="Where it goes.")
    event_id: str = Field(description="The event.")
    seq: int | None = Field(description="The event's number; null: a test.")
    type: str = Field(description="The event's type.")
    conversation_id: str | None = Field(description="The conversation in whose order it goes.")
    state: DeliveryState = Field(
        description="waiting: for an earlier event of its conversation; queued; delivered; failed: after eight tries."
    )
    attempts: int = Field(description="Tries so far.")
    late: bool = Field(description="A later event of its conversation may have gone before it.")
    next_at: datetime | None = Field(description="The next try; null: there is none.")
    last_status: int | None = Field(description="The status of the last try; null: no answer.")
    last_cause: str | None = Field(description="What was wrong with the last try.")
    created_at: datetime = Field(description="When it was queued.")
    delivered_at: datetime | None = Field(description="When it succeeded.")


class WebhookAttempt(Shown):
    """One try."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ATTEMPT]})

    number: int = Field(description="From 1.")
    at: datetime = Field(description="When it began.")
    latency_ms: int = Field(description="Until the answer, or until there was none.")
    status: int | None = Field(description="The answer's status.")
    cause: str | None = Field(description="What was wrong; null: nothing.")


class WebhookDeliveryDetail(WebhookDelivery):
    """A delivery with its content and all of its tries."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [_DELIVERY | {"at": "2026-11-22T10:15:01Z", "data": _DATA, "log": [_ATTEMPT]}]}
    )

    at: datetime = Field(description="When the event happened.")
    data: dict[str, Any] = Field(description="The event's facts as they are sent.")
    log: list[WebhookAttempt] = Field(description="The last hundred tries, the newest first.")


class WebhookDeliveryPage(Shown):
    """A page of deliveries, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_DELIVERY], "next_cursor": None}]})

    items: list[WebhookDelivery] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class DeliveryQuery(PageQuery):
    """Which deliveries."""

    state: DeliveryState | None = Field(default=None, description="Only those.")


class TestWebhook(Body):
    """A made-up event, to try an endpoint with. It names nothing that is there."""

    __test__ = False
    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "message.received"}]})

    type: EventType = Field(description="The event's type.")


class ReplayWebhooks(Body):
    """Sends again what happened since a time, in order and marked `late`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"since": "2026-11-22T08:00:00Z", "only": "failed"}]})

    since: AwareDatetime = Field(description="Events from then on.")
    only: Literal["failed", "all"] = Field(default="failed", description="Those that failed, or delivered ones too.")


class Replayed(Shown):
    """How many are sent again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"count": 17, "more": False}]})

    count: int = Field(description="So many.")
    more: bool = Field(description="There are more than fit in one call: ask again once these are out.")


class CheckSignature(Body):
    """A webhook that was refused, as it was received: its headers, its raw body, and your secret."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "secret": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
                    "webhook_id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
                    "webhook_timestamp": "1795165200",
                    "webhook_signature": "v1,8ILfhEk0GMtwKEwrEb7F+iKe/g4ZnpbQdTi0DNPk888=",
                    "body": "{}",
                }
            ]
        }
    )

    secret: str = Field(max_length=200, description="The secret to verify with. It is not kept.", repr=False)
    webhook_id: str | None = Field(default=None, max_length=300, description="The header webhook-id.")
    webhook_timestamp: str | None = Field(default=None, max_length=40, description="The header webhook-timestamp.")
    webhook_signature: str | None = Field(default=None, max_length=4000, description="The header webhook-signature.")
    body: str = Field(max_length=65_536, description="The raw body. It is not kept.", repr=False)


class SignatureFault(Shown):
    """One thing that is wrong."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"code": "only_body_signed", "detail": "Only the body was signed: sign `id.timestamp.body`."}]
        }
    )

    code: FaultCode = Field(description="The kind of mistake.")
    detail: str = Field(description="What to do.")


class SignatureVerdict(Shown):
    """Whether it verifies, and why not."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "valid": False,
                    "faults": [
                        {"code": "only_body_signed", "detail": "Only the body was signed: sign `id.timestamp.body`."}
                    ],
                }
            ]
        }
    )

    valid: bool = Field(description="It would be taken now.")
    faults: list[SignatureFault] = Field(description="The first to mend first.")
