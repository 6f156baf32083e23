"""The SendGrid codec: who calls, and what is sent; what came stands in `inbound`."""

from collections.abc import Sequence
from typing import Any

from backbone.channel.mail.hook import check_basic
from backbone.channel.mail.outbound import Letter
from backbone.channel.mail.provider import Found, ProviderCodec, is_json, json_call, outcome
from backbone.channel.mail.reports import OUR_ID
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
from backbone.channel.replies import child, json_object
from schemas.outbound import OutboundMessage
from services.email_sendgrid import inbound, signing
from services.email_sendgrid.settings import SendgridSettings


class SendgridCodec(ProviderCodec):
    """Mails come as forms (Inbound Parse, taken apart or raw), reports as a JSON array of events."""

    settings_type: type[AccountSettings] = SendgridSettings

    def verify(self, request: Request, context: Context) -> None:
        """The Basic credentials in the hook's URL; events are signed as well where a verification key is set."""
        settings: SendgridSettings = context.account.settings
        check_basic(request, settings.hook_username, settings.hook_secrets)
        if settings.verification_keys and is_json(request.body):
            signing.check(request, settings.verification_keys, context.now)

    def _elements(self, body: bytes) -> Sequence[Any]:
        return inbound.elements(body)

    def _read(self, element: Any) -> Found:
        return inbound.read(element)

    def _call(self, letter: Letter, message: OutboundMessage, account: Account) -> HttpCall:
        settings: SendgridSettings = account.settings
        body: dict[str, Any] = {
            "personalizations": [{"to": [_person(letter.recipient.addr_spec, letter.recipient.display_name)]}],
            "from": _person(letter.sender.addr_spec, letter.sender.display_name),
            "subject": letter.subject,
            "content": [{"type": "text/plain", "value": letter.text}],
            "headers": dict(letter.fields),
            "custom_args": {OUR_ID: letter.message_id},
        }
        if letter.html:
            body["content"].append({"type": "text/html", "value": letter.html})
        if letter.reply_to:
            body["reply_to"] = _person(letter.reply_to.addr_spec, letter.reply_to.display_name)
        bearer = ("authorization", f"Bearer {settings.api_key.get_secret_value()}")
        return json_call(f"{settings.api_base}/v3/mail/send", body, bearer)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """202 is taken; errors come as a list without codes, so the status decides."""
        sent = child(json_object(ProviderReply(200, (), getattr(call, "body", b""))), "custom_args").get(OUR_ID)
        return outcome(
            reply,
            sent_id=lambda _: sent if isinstance(sent, str) else None,
            code=lambda _: None,
            detail=lambda body: child({"error": _first(body.get("errors"))}, "error").get("message"),
        )


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None


def _person(address: str, name: str) -> dict[str, str]:
    return {"email": address, "name": name} if name else {"email": address}


codec = SendgridCodec()
