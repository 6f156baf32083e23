"""The Messenger codec: handshake and signature here, the rest in `parse`, `render` and `replies`."""

from collections.abc import Sequence

from backbone.channel import hub
from backbone.channel.port import Account, Context, HttpCall, Outcome, Parsed, ProviderCall, ProviderReply, Request
from backbone.channel.signature import check_hmac_header
from schemas.outbound import OutboundMessage
from services.messenger import replies
from services.messenger.parse import parse_body
from services.messenger.render import calls_for
from services.messenger.settings import MessengerSettings

SIGNATURE_HEADER = "x-hub-signature-256"


class MessengerCodec:
    """The private messages of one page. Comments under its posts (`changes`) are ignored here."""

    settings_type = MessengerSettings

    def verify(self, request: Request, context: Context) -> None:
        """The word of the handshake on GET; else `X-Hub-Signature-256` over the raw body with the app's secret.

        The signature carries no time: a repeated webhook is stopped by its de-duplication key alone.
        """
        settings: MessengerSettings = context.account.settings
        if request.method == "GET":
            hub.check_token(request, settings.verify_token)
        else:
            check_hmac_header(request, SIGNATURE_HEADER, settings.app_secrets, request.body, prefix="sha256=")

    def parse(self, request: Request, context: Context) -> Parsed:
        """The challenge on GET; else the events of every entry, each element on its own."""
        return hub.challenge(request) if request.method == "GET" else parse_body(request.body)

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return calls_for(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return replies.outcome_of(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: attachments have plain links, which expire, so they are to be fetched at once."""
        return None


codec = MessengerCodec()
