"""The partner codec: `message.received` in, `message.sent` out, both as `{type, timestamp, data}`."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from backbone.channel import replies
from backbone.channel import standard_webhooks as signing
from backbone.channel.message_data import ID_MAX
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
    Throttled,
    Transient,
)
from schemas.outbound import OutboundMessage
from services.partner import envelope
from services.partner.settings import PartnerSettings

_THROTTLING = {429, 502, 504}


class PartnerCodec:
    """Standard Webhooks 1.0 in both directions (github.com/standard-webhooks/standard-webhooks, spec)."""

    settings_type: type[AccountSettings] = PartnerSettings

    def verify(self, request: Request, context: Context) -> None:
        signing.check(request, context.account.settings.inbound_secrets, context.now)

    def parse(self, request: Request, context: Context) -> Parsed:
        event = envelope.read(request)
        answer = json.dumps({"id": event.dedup_key, "duplicate": False}, ensure_ascii=False, separators=(",", ":"))
        return Parsed((event,), response=Response(202, answer.encode(), "application/json"))

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        """A signed `POST` to the callback for each part of the text; the first carries all else.

        The signed time is the message's own, so that rendering is repeatable; `sign_attempt` renews it for each attempt.
        """
        return tuple(
            self._call(webhook_id, body, message.created_at, account) for webhook_id, body in envelope.write(message)
        )

    def sign_attempt(self, call: HttpCall, account: Account, now: datetime) -> HttpCall:
        """The same call with the time of this attempt: a receiver refuses what was signed over five minutes ago."""
        return self._call(_webhook_id(call), call.body, now, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """Only a 2xx succeeds; redirects are not followed; 410 means that the partner wants no more calls."""
        code = f"http_{reply.status}"
        if 200 <= reply.status < 300:
            named = replies.json_object(reply).get("id")
            usable = isinstance(named, str) and 0 < len(named) <= ID_MAX and named.isprintable()
            return Accepted(named if usable else _webhook_id(call))
        if reply.status in _THROTTLING:
            return Throttled(code, replies.retry_after(reply))
        if 300 <= reply.status < 500:
            return Final(code)
        return Transient(code, retry_after=replies.retry_after(reply))

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: media of a partner are plain links."""
        return None

    def _call(self, webhook_id: str, body: bytes, at: datetime, account: Account) -> HttpCall:
        settings = account.settings
        call = HttpCall("POST", settings.callback_url, (("content-type", "application/json"),), body)
        return replace(call, headers=(*call.headers, *signing.headers(settings.callback_secrets, webhook_id, at, body)))


def _webhook_id(call: ProviderCall) -> str:
    found = [value for key, value in call.headers if key == "webhook-id"] if isinstance(call, HttpCall) else []
    return found[0] if found else ""


codec = PartnerCodec()
