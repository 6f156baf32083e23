"""The Mailgun codec: who calls, and what is sent; what came stands in `inbound`."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from backbone.channel import form
from backbone.channel.mail.outbound import Letter
from backbone.channel.mail.provider import Found, ProviderCodec, outcome
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
from schemas.outbound import OutboundMessage
from services.email_mailgun import inbound, signing
from services.email_mailgun.settings import MailgunSettings

_STORES = (".mailgun.net", ".mailgun.org")
"""Where Mailgun keeps the attachments of mails that a route stored."""


class MailgunCodec(ProviderCodec):
    """Mails come as forms from a route, reports as JSON."""

    settings_type: type[AccountSettings] = MailgunSettings

    def verify(self, request: Request, context: Context) -> None:
        """The signature over timestamp and token. It covers nothing else of the body."""
        settings: MailgunSettings = context.account.settings
        max_age = timedelta(seconds=settings.signature_max_age_seconds)
        signing.check(request.body, settings.signing_keys, context.now, max_age)

    def _elements(self, body: bytes) -> Sequence[Any]:
        return inbound.elements(body)

    def _read(self, element: Any) -> Found:
        return inbound.read(element)

    def _call(self, letter: Letter, message: OutboundMessage, account: Account) -> HttpCall:
        settings: MailgunSettings = account.settings
        fields = [
            ("from", str(letter.sender)),
            ("to", str(letter.recipient)),
            ("subject", letter.subject),
            ("text", letter.text),
            *([("html", letter.html)] if letter.html else []),
            *((f"h:{name}", value) for name, value in letter.fields),
            *([("h:Reply-To", str(letter.reply_to))] if letter.reply_to else []),
            (f"v:{OUR_ID}", letter.message_id),
        ]
        headers = (_authorization(settings), ("content-type", form.MEDIA_TYPE))
        return HttpCall("POST", f"{settings.api_base}/v3/{settings.domain}/messages", headers, form.dumps(fields))

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """200 is taken; errors have a text but no code, so the status decides."""
        sent = form.loads(getattr(call, "body", b"")).get(f"v:{OUR_ID}") if isinstance(call, HttpCall) else None
        return outcome(reply, sent_id=lambda _: sent, code=lambda _: None, detail=lambda body: body.get("message"))

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """The call for a file that Mailgun stored, with the API key; None for what is on no host of Mailgun's."""
        settings: MailgunSettings = account.settings
        try:
            place = urlsplit(ref)
            host = (place.hostname or "").lower()
        except ValueError:
            return None
        own = host == urlsplit(settings.api_base).hostname or host.endswith(_STORES)
        if (
            place.scheme != "https"
            or not own
            or place.username is not None
            or not ref.isascii()
            or not ref.isprintable()
        ):
            return None
        return HttpCall("GET", ref, (_authorization(settings),))


def _authorization(settings: MailgunSettings) -> tuple[str, str]:
    return "authorization", "Basic " + b64encode(f"api:{settings.api_key.get_secret_value()}".encode()).decode()


codec = MailgunCodec()
