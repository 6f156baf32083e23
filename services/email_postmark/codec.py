"""The Postmark codec: who calls, and what is sent; what came stands in `inbound`."""

from collections.abc import Sequence
from typing import Any

from backbone.channel.mail.hook import check_basic
from backbone.channel.mail.outbound import Letter
from backbone.channel.mail.provider import Found, ProviderCodec, json_call, outcome
from backbone.channel.port import (
    Account,
    AccountSettings,
    Context,
    Final,
    HttpCall,
    Outcome,
    ProviderCall,
    ProviderReply,
    Request,
    Throttled,
)
from backbone.channel.replies import json_object
from schemas.outbound import OutboundMessage
from services.email_postmark import inbound
from services.email_postmark.settings import PostmarkSettings

_SLOW_DOWN = {429}
"""`ErrorCode`s that pass; all others of a 422 are about the mail or the account and need a person."""


class PostmarkCodec(ProviderCodec):
    """Mails and reports come as JSON objects to the same or to several hooks."""

    settings_type: type[AccountSettings] = PostmarkSettings

    def verify(self, request: Request, context: Context) -> None:
        """The Basic credentials in the hook's URL; Postmark signs nothing."""
        settings: PostmarkSettings = context.account.settings
        check_basic(request, settings.hook_username, settings.hook_secrets)

    def _elements(self, body: bytes) -> Sequence[Any]:
        return inbound.elements(body)

    def _read(self, element: Any) -> Found:
        return inbound.read(element)

    def _call(self, letter: Letter, message: OutboundMessage, account: Account) -> HttpCall:
        settings: PostmarkSettings = account.settings
        # Without X-PM-KeepID Postmark puts an id of its own in the place of ours.
        fields = [*letter.fields, ("X-PM-KeepID", "true")]
        body: dict[str, Any] = {
            "From": str(letter.sender),
            "To": str(letter.recipient),
            "Subject": letter.subject,
            "TextBody": letter.text,
            "Headers": [{"Name": name, "Value": value} for name, value in fields],
            "Metadata": inbound.metadata(letter.message_id),
            "MessageStream": settings.message_stream,
        }
        if letter.html:
            body["HtmlBody"] = letter.html
        if letter.reply_to:
            body["ReplyTo"] = str(letter.reply_to)
        token = ("x-postmark-server-token", settings.server_token.get_secret_value())
        return json_call(f"{settings.api_base}/email", body, token, ("accept", "application/json"))

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """200 with `ErrorCode` 0 is taken; a 200 with another code is a refusal (406: the recipient is inactive)."""
        code = json_object(reply).get("ErrorCode")
        if 200 <= reply.status < 300 and isinstance(code, int) and not isinstance(code, bool) and code != 0:
            return Throttled(str(code)) if code in _SLOW_DOWN else Final(str(code))
        sent = json_object(ProviderReply(200, (), call.body)) if isinstance(call, HttpCall) else {}
        kept = sent.get("Metadata")
        ours = "".join(str(kept[name]) for name in sorted(kept)) if isinstance(kept, dict) else ""
        return outcome(
            reply,
            sent_id=lambda _: ours or None,
            code=lambda body: body.get("ErrorCode"),
            detail=lambda body: body.get("Message"),
        )


codec = PostmarkCodec()
