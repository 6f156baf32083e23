"""The Mailjet codec: who calls, and what is sent; what came stands in `inbound`."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
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
)
from backbone.channel.replies import child, json_object
from schemas.outbound import OutboundMessage
from services.email_mailjet import inbound
from services.email_mailjet.settings import MailjetSettings

_OWN_FIELDS = {"message-id"}
"""Fields that the API refuses or writes itself [K]; our token stands in the references as well."""


class MailjetCodec(ProviderCodec):
    """Mails and events come as JSON."""

    settings_type: type[AccountSettings] = MailjetSettings

    def verify(self, request: Request, context: Context) -> None:
        """The Basic credentials in the hook's URL; Mailjet signs nothing."""
        settings: MailjetSettings = context.account.settings
        check_basic(request, settings.hook_username, settings.hook_secrets)

    def _elements(self, body: bytes) -> Sequence[Any]:
        return inbound.elements(body)

    def _read(self, element: Any) -> Found:
        return inbound.read(element)

    def _call(self, letter: Letter, message: OutboundMessage, account: Account) -> HttpCall:
        settings: MailjetSettings = account.settings
        mail: dict[str, Any] = {
            "From": _person(letter.sender.addr_spec, letter.sender.display_name),
            "To": [_person(letter.recipient.addr_spec, letter.recipient.display_name)],
            "Subject": letter.subject,
            "TextPart": letter.text,
            "Headers": {name: value for name, value in letter.fields if name.lower() not in _OWN_FIELDS},
            "EventPayload": letter.message_id,
        }
        if letter.html:
            mail["HTMLPart"] = letter.html
        if letter.reply_to:
            mail["ReplyTo"] = _person(letter.reply_to.addr_spec, letter.reply_to.display_name)
        pair = f"{settings.api_key.get_secret_value()}:{settings.api_secret.get_secret_value()}"
        basic = ("authorization", "Basic " + b64encode(pair.encode()).decode())
        return json_call(f"{settings.api_base}/v3.1/send", {"Messages": [mail]}, basic)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """The state of the one mail decides, as the API answers 200 for a batch of which some were refused."""
        told = _first(json_object(reply).get("Messages"))
        error = _first(told.get("Errors"))
        if 200 <= reply.status < 300 and told.get("Status") == "error":
            return Final(str(error.get("ErrorCode") or "error")[:60], str(error.get("ErrorMessage") or "")[:300])
        sent = json_object(ProviderReply(200, (), call.body)) if isinstance(call, HttpCall) else {}
        payload = _first(sent.get("Messages")).get("EventPayload")
        return outcome(
            reply,
            sent_id=lambda _: payload if isinstance(payload, str) else None,
            code=lambda _: error.get("ErrorCode"),
            detail=lambda body: error.get("ErrorMessage") or body.get("ErrorMessage"),
        )


def _first(value: Any) -> Mapping[str, Any]:
    return child({"first": value[0]}, "first") if isinstance(value, list) and value else {}


def _person(address: str, name: str) -> dict[str, str]:
    return {"Email": address, "Name": name} if name else {"Email": address}


codec = MailjetCodec()
