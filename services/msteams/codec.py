"""The Bot Framework's activities of Teams, and its connector API."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from backbone.channel import json, jwt
from backbone.channel.port import (
    Account,
    Context,
    Final,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Rejected,
    Request,
    Transient,
)
from backbone.channel.signature import same
from backbone.channel.sources import Token
from backbone.channel.uploads import LoadedFile, Refused, UploadStep
from backbone.errors import PayloadInvalid, SignatureInvalid
from schemas.outbound import OutboundMessage
from services.msteams import inbound, outbound, tokens
from services.msteams.settings import TeamsSettings


class TeamsCodec:
    """One bot. Its answers go by the connector, never in the webhook.

    A verified activity that is broken is kept for replay and answered by 200.
    """

    settings_type = TeamsSettings

    def key_urls(self, request: Request, account: Account) -> Sequence[str]:
        """Microsoft's key set; never an address that a request names."""
        settings: TeamsSettings = account.settings
        return (settings.keys_url,)

    def verify(self, request: Request, context: Context) -> None:
        """A token by one of Microsoft's keys, for this bot, in its time, and for the service that the activity names.

        Source: learn.microsoft.com, authentication with the Bot Connector API. The body is not covered.
        """
        settings: TeamsSettings = context.account.settings
        token = jwt.read(jwt.bearer(request))
        key = _key(context.keys.get(settings.keys_url), token.header.get("kid"))
        jwt.check_rs256(token, key)
        activity = _activity(request.body)
        audience, issuer = token.claims.get("aud"), token.claims.get("iss")
        service, named = token.claims.get("serviceurl"), activity.get("serviceUrl")
        if not (isinstance(audience, str) and same(settings.app_id, audience) and issuer == settings.issuer):
            raise SignatureInvalid
        if not isinstance(service, str) or service != named or _host(service) not in settings.service_hosts:
            raise SignatureInvalid
        endorsed = key.get("endorsements")
        if isinstance(endorsed, list) and activity.get("channelId") not in endorsed:
            raise SignatureInvalid
        jwt.check_times(token.claims, context.now)

    def parse(self, request: Request, context: Context) -> Parsed:
        """One activity. Raises `PayloadInvalid` where the body is none."""
        activity = json.obj(json.loads(request.body), "the activity")
        try:
            return Parsed(inbound.events(activity))
        except PayloadInvalid as error:
            if "type" not in activity:
                raise
            return Parsed(rejected=(Rejected(error.detail, request.body),))

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return outbound.calls(message, account)

    def upload_step(
        self, call: HttpCall, files: Sequence[LoadedFile | None], replies: Sequence[ProviderReply], account: Account
    ) -> UploadStep | Refused:
        return outbound.upload_step(call, files, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return outbound.outcome(call.url if isinstance(call, HttpCall) else "", reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """Pictures on Microsoft's service with our token; None for all other links, which get none."""
        settings: TeamsSettings = account.settings
        if _host(ref) not in settings.service_hosts:
            return None
        return HttpCall("GET", ref, outbound.authorization(account))

    def token_call(self, account: Account, now: datetime) -> HttpCall | None:
        return tokens.token_call(account)

    def token_found(self, reply: ProviderReply, account: Account) -> Token | Transient | Final:
        return tokens.token_found(reply)


def _activity(body: bytes) -> Mapping[str, Any]:
    try:
        return json.obj(json.loads(body), "the activity")
    except PayloadInvalid as error:
        raise SignatureInvalid from error


def _key(published: bytes | None, kid: Any) -> Mapping[str, Any]:
    """The key of this id among Microsoft's. Raises `SignatureInvalid` where there is none, or none could be fetched."""
    try:
        keys = json.array(json.obj(json.loads(published or b"")).get("keys"), "keys")
    except PayloadInvalid as error:
        raise SignatureInvalid from error
    for key in keys:
        if isinstance(key, dict) and kid is not None and key.get("kid") == kid:
            return key
    raise SignatureInvalid


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme == "https" else None


codec = TeamsCodec()
