"""Infobip's SMS and MMS webhooks and APIs."""

from urllib.parse import urlsplit

from backbone.channel.batch import Element, read_each
from backbone.channel.credentials import check_basic
from backbone.channel.port import Account, Context, HttpCall, Outcome, Parsed, ProviderCall, ProviderReply, Request
from backbone.channel.signature import check_hmac_header
from schemas.inbound import AnyInboundEvent
from schemas.outbound import OutboundMessage
from services.infobip import inbound, outbound
from services.infobip.settings import InfobipSettings


class InfobipCodec:
    """Messages, delivery reports and times of seeing of one number; Infobip's other channels have other accounts."""

    settings_type = InfobipSettings

    def verify(self, request: Request, context: Context) -> None:
        """Basic credentials always, and the HMAC of the raw body where its secrets are set."""
        settings: InfobipSettings = context.account.settings
        check_basic(request, settings.hook_username, settings.hook_secrets)
        if settings.hmac_secrets:
            check_hmac_header(request, settings.hmac_header, settings.hmac_secrets, request.body)

    def parse(self, request: Request, context: Context) -> Parsed:
        """`{"results": […]}`; each element stands or falls alone. Raises `PayloadInvalid`."""
        account = context.account

        def read(element: Element) -> tuple[AnyInboundEvent, ...]:
            return inbound.events(element, account.external_id, account.settings)

        return read_each((element, read) for element in inbound.results_of(request.body))

    def render(self, message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
        return outbound.calls(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return outbound.outcome(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """Files on the account's own API host need its key; None for all others, which get none."""
        settings: InfobipSettings = account.settings
        try:
            given, ours = urlsplit(ref), urlsplit(settings.api_base)
        except ValueError:
            return None
        if (given.scheme, given.netloc.lower()) != (ours.scheme, ours.netloc.lower()):
            return None
        return HttpCall("GET", ref, (outbound.authorization(settings),))


codec = InfobipCodec()
