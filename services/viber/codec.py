"""The Viber codec: signature and answers here, the rest in `parse` and `render`."""

from collections.abc import Sequence

from backbone.channel import json, replies
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
    Throttled,
)
from backbone.channel.signature import check_hmac_header
from backbone.errors import PayloadInvalid
from schemas.outbound import OutboundMessage
from services.viber.parse import events_of, welcome
from services.viber.render import calls_for
from services.viber.settings import ViberSettings

SIGNATURE_HEADER = "x-viber-content-signature"
SLOW_DOWN = {12}
_DETAIL_MAX = 300


class ViberCodec:
    """One bot. Viber tells one event a request."""

    settings_type = ViberSettings

    def verify(self, request: Request, context: Context) -> None:
        """`X-Viber-Content-Signature`: hex HMAC-SHA256 of the body with the bot's token. No time is signed."""
        settings: ViberSettings = context.account.settings
        check_hmac_header(request, SIGNATURE_HEADER, settings.auth_tokens, request.body)

    def parse(self, request: Request, context: Context) -> Parsed:
        """One callback. A broken one that is an object is rejected, not refused: Viber would send it again and again."""
        callback = json.obj(json.loads(request.body), "the callback")
        settings: ViberSettings = context.account.settings
        try:
            events = events_of(callback, settings)
        except PayloadInvalid as error:
            return Parsed(rejected=(Rejected(error.detail, request.body),))
        return Parsed(events, response=welcome(callback, settings))

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return calls_for(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """Viber answers 200 to everything: `status` decides. 0 is a yes, 12 is too fast, all others are final.

        Among them 2 (the token), 5 and 6 (not a user, not subscribed), 7 (blocked), 11 (no device can show it).
        """
        body = replies.json_object(reply)
        status = body.get("status")
        if not 200 <= reply.status < 300 or isinstance(status, bool) or not isinstance(status, int):
            return replies.by_status(reply)
        if status == 0:
            token = body.get("message_token")
            return Accepted(str(token) if isinstance(token, int) and not isinstance(token, bool) else None)
        detail = (json.optional_text(body.get("status_message")) or "")[:_DETAIL_MAX]
        if status in SLOW_DOWN:
            return Throttled(str(status), replies.retry_after(reply))
        return Final(str(status), detail)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: files have plain links, which end after about an hour."""
        return None


codec = ViberCodec()
