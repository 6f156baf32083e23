"""The Mandrill codec: who calls, and what is sent; what came stands in `inbound`."""

from collections.abc import Mapping, Sequence
from typing import Any

from backbone.channel import form_signature
from backbone.channel.json import clean
from backbone.channel.mail.multipart import read_fields
from backbone.channel.mail.outbound import Letter
from backbone.channel.mail.provider import Found, ProviderCodec, final_unless, json_call, outcome
from backbone.channel.mail.reports import OUR_ID, short
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
from backbone.channel.signature import same
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing
from schemas.outbound import OutboundMessage
from services.email_mandrill import inbound
from services.email_mandrill.settings import MandrillSettings

SIGNATURE = "x-mandrill-signature"
_NEVER = ("Invalid_Key", "ValidationError", "Unknown_Subaccount", "Unknown_Template", "PaymentRequired")
"""Names of errors that need a person: the API answers 500 for these too."""


class MandrillCodec(ProviderCodec):
    """Mails and events come as one array in a form."""

    settings_type: type[AccountSettings] = MandrillSettings

    def verify(self, request: Request, context: Context) -> None:
        """`X-Mandrill-Signature`: HMAC-SHA1 over the hook's URL and the sorted fields of the form. It carries no time."""
        given = request.header(SIGNATURE)
        if not given:
            raise SignatureMissing
        settings: MandrillSettings = context.account.settings
        try:
            fields = [(item.name.encode(), item.data) for item in read_fields(request.body).uploads]
        except PayloadInvalid as error:
            raise SignatureInvalid from error
        keys = [key.get_secret_value() for key in settings.webhook_keys if key.get_secret_value()]
        matches = [same(form_signature.sign(key, request.url, fields), given) for key in keys]
        if not any(matches):
            raise SignatureInvalid

    def _elements(self, body: bytes) -> Sequence[Any]:
        return inbound.elements(body)

    def _read(self, element: Any) -> Found:
        return inbound.read(element)

    def _call(self, letter: Letter, message: OutboundMessage, account: Account) -> HttpCall:
        settings: MandrillSettings = account.settings
        fields = dict(letter.fields)
        if letter.reply_to:
            fields["Reply-To"] = str(letter.reply_to)
        mail: dict[str, Any] = {
            "from_email": letter.sender.addr_spec,
            "from_name": letter.sender.display_name,
            "to": [{"email": letter.recipient.addr_spec, "name": letter.recipient.display_name, "type": "to"}],
            "subject": letter.subject,
            "text": letter.text,
            "headers": fields,
            "metadata": {OUR_ID: letter.message_id},
        }
        if letter.html:
            mail["html"] = letter.html
        body = {"key": settings.api_key.get_secret_value(), "message": mail}
        return json_call(f"{settings.api_base}/api/1.0/messages/send.json", body)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """A list with the state of the one recipient is the answer; `rejected` and `invalid` are refusals with a 200."""
        told = _first(reply.body)
        state = told.get("status")
        if 200 <= reply.status < 300 and state in {"rejected", "invalid"}:
            return Final(short(told.get("reject_reason"), 60) or str(state))
        sent = json_object(ProviderReply(200, (), call.body)) if isinstance(call, HttpCall) else {}
        ours = child(child(sent, "message"), "metadata").get(OUR_ID)
        name = short(json_object(reply).get("name"), 60) or ""
        found = outcome(
            reply,
            sent_id=lambda _: ours if isinstance(ours, str) else None,
            code=lambda body: body.get("name"),
            detail=lambda body: body.get("message"),
        )
        return found if 200 <= reply.status < 300 else final_unless(found, code=name, finals=_NEVER)


def _first(body: bytes) -> Mapping[str, Any]:
    text = clean(body[:4096].decode("utf-8", "replace")).strip()
    inner = text.removeprefix("[").removesuffix("]")
    return json_object(ProviderReply(200, (), inner.encode())) if text.startswith("[") else {}


codec = MandrillCodec()
