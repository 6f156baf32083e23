"""The Msteams codec: signature check, events from webhooks, calls for messages, and the meaning of answers."""

import json as stdlib_json
from collections.abc import Sequence

from backbone.channel import fallback, json, replies
from backbone.channel.port import (
    Accepted,
    Account,
    Context,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Rejected,
    Request,
)
from backbone.channel.signature import check_hmac_header
from backbone.channel.text import split
from backbone.errors import InputInvalid, PayloadInvalid
from schemas.content import Content
from schemas.outbound import OutboundMessage

from .parse import event_of
from .settings import MsteamsSettings

SIGNATURE_HEADER = "x-signature-256"
TEXT_MAX = 2000
BUTTONS_MAX = 3
MEDIA_KINDS = {"image", "file"}


class MsteamsCodec:
    """Replace each fact in here by the provider's, each with its source. It does no IO and reads no clock."""

    settings_type = MsteamsSettings

    def verify(self, request: Request, context: Context) -> None:
        """`X-Signature-256: sha256=<hex>` over the raw body."""
        settings: MsteamsSettings = context.account.settings
        check_hmac_header(request, SIGNATURE_HEADER, settings.signing_secrets, request.body, prefix="sha256=")

    def parse(self, request: Request, context: Context) -> Parsed:
        """`{"events": [...]}`; each element stands or falls alone. Raises `PayloadInvalid`."""
        events, rejected = [], []
        body = json.obj(json.loads(request.body), "the body")
        for element in json.array(body.get("events"), "events"):
            try:
                events.append(event_of(element, context.account.external_id))
            except PayloadInvalid as error:
                rejected.append(Rejected(error.detail, stdlib_json.dumps(element).encode()))
        return Parsed(tuple(events), tuple(rejected))

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        """Text first, in parts, the last one with the buttons; then each file. Raises `InputInvalid`."""
        content = message.content
        files = [media for media in content.media if media.kind.value in MEDIA_KINDS and media.url]
        bodies: list[dict[str, object]] = [{"text": part} for part in split(_text_of(content), TEXT_MAX)]
        if bodies and 0 < len(content.buttons) <= BUTTONS_MAX:
            bodies[-1]["buttons"] = [{"id": button.id, "title": button.title} for button in content.buttons]
        bodies += [
            {"file": {"kind": media.kind.value, "url": media.url, "caption": (media.caption or "")[:TEXT_MAX]}}
            for media in files
        ]
        if not bodies:
            raise InputInvalid("Msteams can't carry a message without text or files")
        return [_call(message, account, part, body) for part, body in enumerate(bodies)]

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """A 2xx with `{"id": ...}` is taken; all else by its status."""
        body = replies.json_object(reply)
        if 200 <= reply.status < 300:
            return Accepted(json.optional_text(body.get("id")))
        return replies.by_status(reply, json.optional_text(body.get("code")) or "")

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: inbound files have plain links."""
        return None


def _text_of(content: Content) -> str:
    """The text with everything the channel can't show put into words."""
    many = len(content.buttons) > BUTTONS_MAX
    lines = [
        fallback.media_line(media) for media in content.media if media.kind.value not in MEDIA_KINDS or not media.url
    ]
    if content.location:
        lines.append(fallback.location_line(content.location))
    lines += [fallback.card_line(card) for card in content.cards]
    return fallback.paragraphs(content.text, *lines, fallback.button_lines(content.buttons) if many else None)


def _call(message: OutboundMessage, account: Account, part: int, body: dict[str, object]) -> HttpCall:
    settings: MsteamsSettings = account.settings
    headers = (
        ("authorization", f"Bearer {settings.access_token.get_secret_value()}"),
        ("content-type", "application/json"),
        ("idempotency-key", f"{message.idempotency_key}-{part}"),
    )
    payload = stdlib_json.dumps({"to": message.recipient, **body}, separators=(",", ":")).encode()
    return HttpCall("POST", f"{settings.api_base.rstrip('/')}/messages", headers, payload)


codec = MsteamsCodec()
