"""The Sunshine Conversations codec: the shared secret and answers here, the rest in `parse` and `render`."""

from collections.abc import Sequence
from typing import Any

from backbone.channel import json, replies
from backbone.channel.port import (
    Accepted,
    Account,
    Context,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Request,
    Transient,
)
from backbone.channel.signature import same
from backbone.errors import SignatureInvalid, SignatureMissing
from schemas.outbound import OutboundMessage
from services.smooch.parse import parse_body
from services.smooch.render import calls_for
from services.smooch.settings import SmoochSettings

SECRET_HEADER = "x-api-key"  # noqa: S105 - the name of a header
LOCKED = 423
"""The user is being merged with another: soon over."""

_DETAIL_MAX = 300


class SmoochCodec:
    """One app, whatever media it is connected to."""

    settings_type = SmoochSettings

    def verify(self, request: Request, context: Context) -> None:
        """`X-API-Key` equals one of the webhook's secrets. Nothing ties it to the body: TLS must."""
        settings: SmoochSettings = context.account.settings
        given = request.header(SECRET_HEADER)
        if given is None:
            raise SignatureMissing
        secrets = [secret.get_secret_value() for secret in settings.webhook_secrets]
        matches = [same(secret, given) for secret in secrets if secret]
        if not any(matches):
            raise SignatureInvalid

    def parse(self, request: Request, context: Context) -> Parsed:
        return parse_body(request.body)

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return calls_for(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """A 2xx is a yes, 429 too fast, 423 a user who is being merged; all else by its status."""
        body = replies.json_object(reply)
        if 200 <= reply.status < 300:
            return Accepted(_sent(body))
        errors = body.get("errors")
        first = errors[0] if isinstance(errors, list) and errors else None
        error: dict[str, Any] = first if isinstance(first, dict) else {}
        code = (json.optional_text(error.get("code")) or "")[:60]
        detail = (json.optional_text(error.get("title")) or "")[:_DETAIL_MAX]
        if reply.status == LOCKED:
            return Transient(code or f"http_{LOCKED}", detail, replies.retry_after(reply))
        return replies.by_status(reply, code, detail)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: media have plain links."""
        return None


def _sent(body: dict[str, Any]) -> str | None:
    messages = body.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    return json.optional_text(first.get("id")) if isinstance(first, dict) else None


codec = SmoochCodec()
