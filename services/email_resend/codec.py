"""The Resend codec: who calls, what is sent, and what is fetched; what came stands in `inbound`, how in `polls`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from backbone.channel import standard_webhooks
from backbone.channel.mail.outbound import Letter
from backbone.channel.mail.provider import Found, ProviderCodec, json_call, outcome
from backbone.channel.mail.reports import short
from backbone.channel.port import (
    Account,
    AccountSettings,
    Context,
    Final,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Request,
    Transient,
)
from backbone.channel.replies import json_object
from backbone.channel.sources import PollPage
from schemas.outbound import OutboundMessage
from services.email_resend import inbound, polls
from services.email_resend.settings import ResendSettings

PREFIX = "svix"
"""How the headers of the signature begin; the scheme is Standard Webhooks'."""

_BUSY = "concurrent_idempotent_requests"
_IDEMPOTENCY_MAX = 256


class ResendCodec(ProviderCodec):
    """A webhook says that a mail came, and a poll at once fetches it; reports come with the webhooks themselves."""

    settings_type: type[AccountSettings] = ResendSettings

    def verify(self, request: Request, context: Context) -> None:
        """The signature over id, time and raw body. What a poll brought was asked for by ourselves."""
        if request.method != "POLL":
            settings: ResendSettings = context.account.settings
            standard_webhooks.check(request, settings.webhook_secrets, context.now, prefix=PREFIX)

    def parse(self, request: Request, context: Context) -> Parsed:
        """The events; where a webhook says that a mail came, the account is polled at once."""
        parsed = super().parse(request, context)
        return replace(parsed, poll_now=True) if inbound.tells_of_mail(request.body) else parsed

    def _elements(self, body: bytes) -> Sequence[Any]:
        return inbound.elements(body)

    def _read(self, element: Any) -> Found:
        return inbound.read(element)

    def _call(self, letter: Letter, message: OutboundMessage, account: Account) -> HttpCall:
        settings: ResendSettings = account.settings
        body: dict[str, Any] = {
            "from": str(letter.sender),
            "to": [letter.recipient.addr_spec],
            "subject": letter.subject,
            "text": letter.text,
            "headers": dict(letter.fields),
        }
        if letter.html:
            body["html"] = letter.html
        if letter.reply_to:
            body["reply_to"] = str(letter.reply_to)
        key = ("idempotency-key", letter.message_id.strip("<>")[:_IDEMPOTENCY_MAX])
        return json_call(f"{settings.api_base}/emails", body, _bearer(settings), key)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """200 with an id; errors have a name. A key that is in use means that the same mail is being taken just now."""
        found = outcome(
            reply,
            sent_id=lambda body: short(body.get("id")),
            code=lambda body: body.get("name"),
            detail=lambda body: body.get("message"),
        )
        return Transient(_BUSY) if isinstance(found, Final) and found.code == _BUSY else found

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """The call that says where an attachment is; None for any other reference."""
        settings: ResendSettings = account.settings
        mail, _, attachment = ref.removeprefix(inbound.ATTACHMENT).partition("/")
        if not ref.startswith(inbound.ATTACHMENT) or not all(inbound.ID.fullmatch(part) for part in (mail, attachment)):
            return None
        url = f"{settings.api_base}{polls.PATH}/{mail}/attachments/{attachment}"
        return HttpCall("GET", url, (_bearer(settings),))

    def media_found(self, ref: str, reply: ProviderReply, account: Account) -> HttpCall | None:
        """The call for the file itself, a link that is signed and needs no key; None where it is on no host of Resend's."""
        settings: ResendSettings = account.settings
        url = json_object(reply).get("download_url")
        try:
            place = urlsplit(url) if isinstance(url, str) and url.isascii() and url.isprintable() else None
            host = (place.hostname or "").lower() if place else ""
        except ValueError:
            return None
        known = any(host == domain or host.endswith(f".{domain}") for domain in settings.download_hosts)
        plain = place is not None and place.scheme == "https" and place.username is None
        return HttpCall("GET", str(url)) if plain and known else None

    def poll_call(self, account: Account, cursor: Mapping[str, Any] | None, now: datetime) -> HttpCall | None:
        return polls.first_call(account.settings, cursor)

    def poll_found(
        self, account: Account, call: HttpCall, reply: ProviderReply, cursor: Mapping[str, Any] | None
    ) -> PollPage:
        return polls.found(account.settings, call, reply, cursor)


def _bearer(settings: ResendSettings) -> tuple[str, str]:
    return "authorization", f"Bearer {settings.api_key.get_secret_value()}"


codec = ResendCodec()
