"""The LINE codec: signature, answers and media here, the rest in `parse` and `render`."""

import re
from collections.abc import Sequence
from typing import Any

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
    Request,
)
from backbone.channel.signature import check_hmac_header, hmac_base64
from schemas.outbound import OutboundMessage
from services.line.parse import parse_body
from services.line.render import calls_for
from services.line.settings import LineSettings

SIGNATURE_HEADER = "x-line-signature"
QUOTA_SPENT = "You have reached your monthly limit."
"""LINE has no code for it: 429 means too fast, or with exactly these words that the month's messages are spent."""

_CONTENT_ID = re.compile(r"\d{1,32}", re.ASCII)
_DETAIL_MAX = 300


class LineCodec:
    """One official account."""

    settings_type = LineSettings

    def verify(self, request: Request, context: Context) -> None:
        """`X-Line-Signature`: base64 HMAC-SHA256 of the body with the channel's secret. No time is signed."""
        settings: LineSettings = context.account.settings
        check_hmac_header(request, SIGNATURE_HEADER, settings.channel_secrets, request.body, of=hmac_base64)

    def parse(self, request: Request, context: Context) -> Parsed:
        return parse_body(request.body, context.account.settings)

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return calls_for(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """A 2xx, or 409 for a retry key that was taken before, is a yes. All else by its status."""
        body = replies.json_object(reply)
        if 200 <= reply.status < 300 or (reply.status == 409 and reply.header("x-line-accepted-request-id")):
            return Accepted(_sent(body))
        detail = (json.optional_text(body.get("message")) or "")[:_DETAIL_MAX]
        if reply.status == 429 and detail == QUOTA_SPENT:
            return Final("monthly_limit", detail)
        return replies.by_status(reply, detail=detail)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """The content of a message by its id; None for a link, which is another server's."""
        settings: LineSettings = account.settings
        if not _CONTENT_ID.fullmatch(ref):
            return None
        url = f"{settings.data_base.rstrip('/')}/v2/bot/message/{ref}/content"
        return HttpCall("GET", url, (("authorization", f"Bearer {settings.access_token.get_secret_value()}"),))


def _sent(body: dict[str, Any]) -> str | None:
    """The id of the last message of the call: it is the one that customers quote and read last."""
    sent = body.get("sentMessages")
    last = sent[-1] if isinstance(sent, list) and sent else None
    return json.optional_text(last.get("id")) if isinstance(last, dict) else None


codec = LineCodec()
