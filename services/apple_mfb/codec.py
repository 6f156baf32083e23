"""The codec of Apple Messages for Business: tokens both ways here, the rest in `parse` and `render`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from backbone.channel import json, jwt, replies
from backbone.channel.hosts import is_below
from backbone.channel.port import (
    Accepted,
    Account,
    Context,
    Final,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Rejected,
    Request,
)
from backbone.channel.signature import same
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureStale
from schemas.outbound import OutboundMessage
from services.apple_mfb import attachments
from services.apple_mfb.parse import body_of, events_of
from services.apple_mfb.render import calls_for, token_for
from services.apple_mfb.settings import AppleSettings, key_of

TOLERANCE = timedelta(seconds=300)
GONE = {410: "conversation_closed"}


class AppleCodec:
    """One business. Apple's gateway calls a messaging service provider, and all its businesses share one secret."""

    settings_type = AppleSettings

    def verify(self, request: Request, context: Context) -> None:
        """`Authorization: Bearer` with a token signed by HMAC-SHA256, made for us and at most 300 s old.

        Nothing ties it to the body: TLS must. Raises `SignatureMissing`, `SignatureInvalid` or `SignatureStale`.
        """
        settings: AppleSettings = context.account.settings
        token = jwt.read(jwt.bearer(request))
        jwt.check_hs256(token, [key_of(secret) for secret in settings.api_secrets])
        if not any(same(settings.csp_id, audience) for audience in _audiences(token.claims)):
            raise SignatureInvalid
        issued = json.optional_instant(token.claims.get("iat"))
        if issued is None:
            raise SignatureInvalid
        if abs(context.now - issued) > TOLERANCE:
            raise SignatureStale

    def parse(self, request: Request, context: Context) -> Parsed:
        """One message a request. One that is an object but broken is rejected, not refused."""
        body = json.obj(json.loads(body_of(request)), "the body")
        try:
            return Parsed(events_of(body))
        except PayloadInvalid as error:
            return Parsed(rejected=(Rejected(error.detail, request.body),))

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return calls_for(message, account)

    def sign_attempt(self, call: HttpCall, account: Account, now: datetime) -> HttpCall:
        """The call with a token of this moment."""
        token = f"Bearer {token_for(account.settings, now).get_secret_value()}"
        headers = tuple((key, token if key == "authorization" else value) for key, value in call.headers)
        return replace(call, headers=headers)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """The answer is bare: a yes names the id that we gave. 410 says that the customer closed the conversation."""
        if 200 <= reply.status < 300:
            headers = dict(call.headers) if isinstance(call, HttpCall) else {}
            return Accepted(headers.get("id"))
        if reply.status in GONE:
            return Final(GONE[reply.status])
        return replies.by_status(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """Asks where a sealed attachment lies; the gateway signs it at the moment of the call."""
        named = attachments.asked(ref)
        if named is None:
            return None
        settings: AppleSettings = account.settings
        headers = (("authorization", "Bearer"), ("source-id", account.external_id), *named)
        return HttpCall("GET", f"{settings.api_base}/preDownload", headers)

    def media_found(self, ref: str, reply: ProviderReply, account: Account) -> HttpCall | None:
        """The link that the answer names, on one of Apple's hosts. It needs no token."""
        settings: AppleSettings = account.settings
        link = json.optional_text(replies.json_object(reply).get("download-url"))
        return HttpCall("GET", link) if link and is_below(link, settings.media_hosts) else None

    def media_opened(self, ref: str, data: bytes) -> bytes | None:
        return attachments.opened(ref, data)


def _audiences(claims: Mapping[str, Any]) -> list[str]:
    """One or several (RFC 7519 §4.1.3)."""
    audience = claims.get("aud")
    found = audience if isinstance(audience, list) else [audience]
    return [item for item in found if isinstance(item, str)]


codec = AppleCodec()
