"""The web chat's codec: a customer's frame over HTTP becomes an event; what we send is read from our own stream."""

import hashlib
import json
from collections.abc import Sequence

from pydantic import ValidationError

from backbone.channel.json import loads, obj
from backbone.channel.port import (
    Accepted,
    Account,
    AccountSettings,
    Context,
    Final,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Request,
    Response,
    StreamCall,
    Throttled,
    Transient,
)
from backbone.channel.visitor import bearer, check_token, claimed_visitor
from backbone.errors import InputInvalid, PayloadInvalid
from schemas.customer import FRAME, FRAME_TYPES, to_event
from schemas.inbound import AnyInboundEvent, EventIgnored
from schemas.outbound import OutboundMessage
from services.webchat.settings import WebchatSettings


class WebchatCodec:
    """`POST` of one JSON frame of `schemas.customer` with `Authorization: Bearer <visitor token>`.

    The token proves the visitor and so the thread; it does not cover the body.
    """

    settings_type: type[AccountSettings] = WebchatSettings

    def verify(self, request: Request, context: Context) -> None:
        check_token(bearer(request.header("authorization")), context.account.settings.visitor_secrets, context.now)

    def parse(self, request: Request, context: Context) -> Parsed:
        visitor_id = claimed_visitor(bearer(request.header("authorization")))
        if visitor_id is None:
            raise PayloadInvalid("the request names no visitor")
        body = obj(loads(request.body), "the frame")
        event = self._event(body, request.body, visitor_id, context)
        answer = json.dumps({"id": event.dedup_key, "duplicate": False}, separators=(",", ":"))
        return Parsed((event,), response=Response(202, answer.encode(), "application/json"))

    def _event(self, body: dict[str, object], raw: bytes, visitor_id: str, context: Context) -> AnyInboundEvent:
        kind = body.get("type")
        if not isinstance(kind, str) or not kind:
            raise PayloadInvalid("the frame has no type")
        if kind not in FRAME_TYPES:
            dedup_key = f"{visitor_id}:{hashlib.sha256(raw).hexdigest()}"
            return EventIgnored(thread_key=visitor_id, dedup_key=dedup_key, reason="a frame of an unknown type")
        try:
            frame = FRAME.validate_python(body)
        except ValidationError as error:
            places = sorted({".".join(str(part) for part in item["loc"]) for item in error.errors()})
            raise PayloadInvalid(f"not valid in the frame: {', '.join(places)[:200]}") from None
        return to_event(frame, visitor_id, context.now)

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        """One `StreamCall`: the customer's client reads the stored message, with all it holds, from our own stream.

        Raises `InputInvalid` for an empty message.
        """
        content = message.content
        said = content.text and content.text.strip()
        if not (said or content.html or content.media or content.buttons or content.location or content.cards):
            raise InputInvalid("the message has nothing that web chat can show")
        return (StreamCall(message.message_id),)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """Storing is sending here, so the answer is always ours; a fake provider may still play a failing one."""
        if 200 <= reply.status < 300:
            return Accepted(call.message_id if isinstance(call, StreamCall) else None)
        if reply.status == 429:
            return Throttled("429")
        if 400 <= reply.status < 500:
            return Final(str(reply.status))
        return Transient(str(reply.status))

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: a customer's file was uploaded to us before its message came; nothing is fetched."""
        return None


codec = WebchatCodec()
