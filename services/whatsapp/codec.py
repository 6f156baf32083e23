"""The WhatsApp codec: handshake and signature here, the rest in `parse`, `render` and `replies`."""

from collections.abc import Sequence

from backbone.channel import hub
from backbone.channel.port import Account, Context, HttpCall, Outcome, Parsed, ProviderCall, ProviderReply, Request
from backbone.channel.signature import check_hmac_header
from schemas.outbound import OutboundMessage
from services.whatsapp import media, replies
from services.whatsapp.parse import parse_body
from services.whatsapp.render import calls_for
from services.whatsapp.settings import WhatsAppSettings

SIGNATURE_HEADER = "x-hub-signature-256"


class WhatsAppCodec:
    """Meta's Cloud API, one phone number an account. Calls (voice) and payments are ignored, not answered."""

    settings_type = WhatsAppSettings

    def verify(self, request: Request, context: Context) -> None:
        """The word of the handshake on GET; else `X-Hub-Signature-256` over the raw body with the app's secret.

        The signature carries no time: a repeated webhook is stopped by its de-duplication key alone.
        """
        settings: WhatsAppSettings = context.account.settings
        if request.method == "GET":
            hub.check_token(request, settings.verify_token)
        else:
            check_hmac_header(request, SIGNATURE_HEADER, settings.app_secrets, request.body, prefix="sha256=")

    def parse(self, request: Request, context: Context) -> Parsed:
        """The challenge on GET; else the events of every entry and change, each element on its own."""
        return hub.challenge(request) if request.method == "GET" else parse_body(request.body)

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return calls_for(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return replies.outcome_of(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """Where a file is, by its media id; the file itself, by a link of Meta's. None for other links: no token for them."""
        return media.call_for(ref, account)

    def media_found(self, ref: str, reply: ProviderReply, account: Account) -> HttpCall | None:
        """The call that fetches the file that the answer for a media id names (its link lives five minutes)."""
        return media.named_by(reply, account)


codec = WhatsAppCodec()
