"""The MailerSend codec: who calls, and what is sent; what came stands in `inbound`."""

from collections.abc import Sequence
from typing import Any

from backbone.channel.mail.outbound import Letter
from backbone.channel.mail.provider import Found, ProviderCodec, json_call, outcome
from backbone.channel.port import (
    Account,
    AccountSettings,
    Context,
    HttpCall,
    Outcome,
    ProviderCall,
    ProviderReply,
    Request,
)
from backbone.channel.signature import check_hmac_header
from schemas.outbound import OutboundMessage
from services.email_mailersend import inbound
from services.email_mailersend.settings import MailersendSettings

SIGNATURE = "signature"


class MailersendCodec(ProviderCodec):
    """Mails and activities come one by one in JSON."""

    settings_type: type[AccountSettings] = MailersendSettings

    def verify(self, request: Request, context: Context) -> None:
        """`Signature`: hex HMAC-SHA256 over the raw body. It carries no time: keys stop what is sent again."""
        settings: MailersendSettings = context.account.settings
        check_hmac_header(request, SIGNATURE, settings.signing_secrets, request.body)

    def _elements(self, body: bytes) -> Sequence[Any]:
        return inbound.elements(body)

    def _read(self, element: Any) -> Found:
        return inbound.read(element)

    def _call(self, letter: Letter, message: OutboundMessage, account: Account) -> HttpCall:
        settings: MailersendSettings = account.settings
        fields = dict(letter.fields)
        body: dict[str, Any] = {
            "from": _person(letter.sender.addr_spec, letter.sender.display_name),
            "to": [_person(letter.recipient.addr_spec, letter.recipient.display_name)],
            "subject": letter.subject,
            "text": letter.text,
            "references": fields.pop("References").split(),
        }
        fields.pop("Message-ID")
        if "In-Reply-To" in fields:
            body["in_reply_to"] = fields.pop("In-Reply-To")
        if letter.html:
            body["html"] = letter.html
        if letter.reply_to:
            body["reply_to"] = _person(letter.reply_to.addr_spec, letter.reply_to.display_name)
        if settings.custom_headers and fields:
            body["headers"] = [{"name": name, "value": value} for name, value in fields.items()]
        token = ("authorization", f"Bearer {settings.api_token.get_secret_value()}")
        return json_call(f"{settings.api_base}/v1/email", body, token, ("accept", "application/json"))

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """202 with the id in a header is taken; errors have a text and no code."""
        return outcome(
            reply,
            sent_id=lambda _: reply.header("x-message-id"),
            code=lambda _: None,
            detail=lambda body: body.get("message"),
        )


def _person(address: str, name: str) -> dict[str, str]:
    return {"email": address, "name": name} if name else {"email": address}


codec = MailersendCodec()
