"""The Brevo codec: who calls, what is sent, and where attachments are; what came stands in `inbound`."""

import re
from collections.abc import Sequence
from typing import Any

from backbone.channel.mail.hook import check_basic
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
from backbone.channel.replies import child, json_object
from schemas.outbound import OutboundMessage
from services.email_brevo import inbound
from services.email_brevo.settings import BrevoSettings

_TOKEN = re.compile(r"[A-Za-z0-9._~=-]{1,1500}")
_RESET = "x-sib-ratelimit-reset"
"""The header with the seconds until the limit is lifted [K]."""


class BrevoCodec(ProviderCodec):
    """Mails come as lists in JSON, events one by one."""

    settings_type: type[AccountSettings] = BrevoSettings

    def verify(self, request: Request, context: Context) -> None:
        """The Basic credentials in the hook's URL; Brevo signs nothing."""
        settings: BrevoSettings = context.account.settings
        check_basic(request, settings.hook_username, settings.hook_secrets)

    def _elements(self, body: bytes) -> Sequence[Any]:
        return inbound.elements(body)

    def _read(self, element: Any) -> Found:
        return inbound.read(element)

    def _call(self, letter: Letter, message: OutboundMessage, account: Account) -> HttpCall:
        settings: BrevoSettings = account.settings
        body: dict[str, Any] = {
            "sender": _person(letter.sender.addr_spec, letter.sender.display_name),
            "to": [_person(letter.recipient.addr_spec, letter.recipient.display_name)],
            "subject": letter.subject,
            "textContent": letter.text,
            "headers": {**dict(letter.fields), inbound.CUSTOM_HEADER: letter.message_id},
        }
        if letter.html:
            body["htmlContent"] = letter.html
        if letter.reply_to:
            body["replyTo"] = _person(letter.reply_to.addr_spec, letter.reply_to.display_name)
        return json_call(f"{settings.api_base}/v3/smtp/email", body, _key(settings), ("accept", "application/json"))

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """201 is taken; errors have a code of words."""
        sent = json_object(ProviderReply(200, (), call.body)) if isinstance(call, HttpCall) else {}
        ours = child(sent, "headers").get(inbound.CUSTOM_HEADER)
        return outcome(
            reply,
            sent_id=lambda _: ours if isinstance(ours, str) else None,
            code=lambda body: body.get("code"),
            detail=lambda body: body.get("message"),
            retry_header=_RESET,
        )

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """The call for an attachment that Brevo keeps, with the API key; None for any other reference."""
        settings: BrevoSettings = account.settings
        token = ref.removeprefix(inbound.DOWNLOAD)
        if token == ref or not _TOKEN.fullmatch(token) or ".." in token:
            return None
        return HttpCall("GET", f"{settings.api_base}/v3/inbound/attachments/{token}", (_key(settings),))


def _key(settings: BrevoSettings) -> tuple[str, str]:
    return "api-key", settings.api_key.get_secret_value()


def _person(address: str, name: str) -> dict[str, str]:
    return {"email": address, "name": name} if name else {"email": address}


codec = BrevoCodec()
