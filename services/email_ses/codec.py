"""The SES codec: notifications of SNS in, the API (v2) with a raw mail out."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from backbone.channel.mail.outbound import Letter, mime_of
from backbone.channel.mail.provider import Found, ProviderCodec, json_call, outcome
from backbone.channel.mail.reports import short
from backbone.channel.port import (
    Account,
    AccountSettings,
    Context,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Request,
)
from schemas.inbound import AccountNotice
from schemas.outbound import OutboundMessage
from services.email_ses import inbound, signing, sns, stored
from services.email_ses.settings import SesSettings

_SLOW_DOWN = ("TooManyRequestsException", "LimitExceededException", "ThrottlingException", "Throttling")


class SesCodec(ProviderCodec):
    """Each request is one envelope of SNS."""

    settings_type: type[AccountSettings] = SesSettings

    def key_urls(self, request: Request, account: Account) -> Sequence[str]:
        """The certificate that the envelope names, where it stands on a host of SNS's own."""
        url = sns.certificate_url(request.body)
        return [url] if url else []

    def verify(self, request: Request, context: Context) -> None:
        """The signature of SNS over its fields, and that the topic is one of ours."""
        settings: SesSettings = context.account.settings
        max_age = timedelta(seconds=settings.signature_max_age_seconds)
        sns.check(request.body, settings.topics, context.keys, context.now, max_age)

    def parse(self, request: Request, context: Context) -> Parsed:
        """The events of a notification; that a topic was joined or left is told of the account.

        A codec calls nobody, so a subscription is confirmed by a person, who finds its link at Amazon's.
        """
        envelope = sns.envelope(request.body)
        kind = short(envelope.get("Type"), 40)
        if kind is not None and kind in {"SubscriptionConfirmation", "UnsubscribeConfirmation"}:
            return Parsed((_notice(kind, envelope),))
        return self._parsed([envelope], request.body, context)

    def content_call(self, request: Request, account: Account, now: datetime) -> HttpCall | None:
        """The signed call for a mail that a rule put into one of the account's buckets; None for all else."""
        settings: SesSettings = account.settings
        place = stored.place_of(request.body, settings.mail_buckets)
        if place is None:
            return None
        secret = settings.secret_access_key.get_secret_value()
        return signing.signed(
            HttpCall("GET", f"{settings.s3_endpoint}/{place}", (("x-amz-content-sha256", signing.EMPTY),)),
            access_key_id=settings.access_key_id,
            secret=secret,
            region=settings.region,
            now=now,
            service="s3",
        )

    def content_found(self, request: Request, reply: ProviderReply) -> Request:
        return stored.with_mail(request, reply.body)

    def _elements(self, body: bytes) -> Sequence[Any]:
        return [sns.envelope(body)]

    def _read(self, element: Any) -> Found:
        return inbound.read(element)

    def _call(self, letter: Letter, message: OutboundMessage, account: Account) -> HttpCall:
        settings: SesSettings = account.settings
        body: dict[str, Any] = {
            "FromEmailAddress": settings.address,
            "Destination": {"ToAddresses": [letter.recipient.addr_spec]},
            "Content": {"Raw": {"Data": b64encode(mime_of(letter)).decode()}},
        }
        if settings.configuration_set:
            body["ConfigurationSetName"] = settings.configuration_set
        call = json_call(f"{settings.endpoint}/v2/email/outbound-emails", body)
        return self.sign_attempt(call, account, letter.created_at)

    def sign_attempt(self, call: HttpCall, account: Account, now: datetime) -> HttpCall:
        """The call signed anew: AWS refuses signatures that are older than five minutes."""
        settings: SesSettings = account.settings
        secret = settings.secret_access_key.get_secret_value()
        return signing.signed(
            call, access_key_id=settings.access_key_id, secret=secret, region=settings.region, now=now
        )

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """200 with SES's own id, which replaces our Message-ID; errors have a type in a header or in the body."""
        told = reply.header("x-amzn-errortype") or ""
        return outcome(
            reply,
            sent_id=lambda body: short(body.get("MessageId")),
            code=lambda body: (told or str(body.get("__type") or "")).partition(":")[0].rpartition("#")[2],
            detail=lambda body: body.get("message") or body.get("Message"),
            throttling=_SLOW_DOWN,
        )


def _notice(kind: str, envelope: Mapping[str, Any]) -> AccountNotice:
    """The link confirms by itself whoever opens it, so it is told to be there and not what it is."""
    topic = short(envelope.get("TopicArn"), 300) or "an unnamed topic"
    waiting = kind == "SubscriptionConfirmation"
    link = "with a link to open" if short(envelope.get("SubscribeURL"), 2000) else "without a link"
    detail = f"{topic} waits to be confirmed, {link}" if waiting else f"{topic} tells us nothing any more"
    return AccountNotice(
        thread_key="",
        dedup_key=f"{kind}:{short(envelope.get('MessageId'), 400) or topic}",
        code="sns_subscription_unconfirmed" if waiting else "sns_unsubscribed",
        severity="warning" if waiting else "error",
        detail=detail,
    )


codec = SesCodec()
