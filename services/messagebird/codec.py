"""MessageBird's SMS and MMS webhooks and REST API."""

from backbone.channel import form
from backbone.channel.port import (
    Account,
    Context,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Request,
    Response,
)
from schemas.outbound import OutboundMessage
from services.messagebird import inbound, outbound, signing
from services.messagebird.settings import MessagebirdSettings

TAKEN = Response(body=b"OK")
"""MessageBird repeats a webhook that is answered by anything else."""


class MessagebirdCodec:
    """Messages and their states, of one number each account. Voice and the conversations product are not here."""

    settings_type = MessagebirdSettings

    def verify(self, request: Request, context: Context) -> None:
        settings: MessagebirdSettings = context.account.settings
        signing.check(request, settings.signing_keys, context.now)

    def parse(self, request: Request, context: Context) -> Parsed:
        """One message or state a request; a message that only opts out brings the consent beside it."""
        account = context.account
        found = inbound.events(form.of_request(request), account.external_id, account.settings)
        return Parsed(found, response=TAKEN)

    def render(self, message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
        return outbound.calls(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return outbound.outcome(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: files of an MMS have plain links."""
        return None


codec = MessagebirdCodec()
