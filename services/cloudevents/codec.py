"""CloudEvents over HTTP: the handshake, events in their three forms, and ours to the callback."""

import json as stdlib_json
from collections.abc import Sequence

from backbone.channel import json
from backbone.channel.batch import Element, read_each
from backbone.channel.credentials import check_url_key
from backbone.channel.port import (
    Accepted,
    Account,
    Context,
    Final,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Request,
    Response,
)
from backbone.channel.replies import by_status, json_object
from backbone.channel.signature import same
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing
from schemas.inbound import AnyInboundEvent
from schemas.outbound import OutboundMessage
from services.cloudevents import envelope
from services.cloudevents.settings import CloudEventsSettings

ORIGIN_HEADER = "webhook-request-origin"
TAKEN = Response(status=204)
_SCHEME = "bearer "


class CloudEventsCodec:
    """CloudEvents 1.0 and its HTTP webhooks 1.0 (github.com/cloudevents/spec, http-webhook.md)."""

    settings_type = CloudEventsSettings

    def verify(self, request: Request, context: Context) -> None:
        """A bearer token in the header, or in the query's `access_token`; the handshake by its origin (§3, §4)."""
        settings: CloudEventsSettings = context.account.settings
        if request.method == "OPTIONS":
            _check_origin(request, settings)
            return
        given = request.header("authorization")
        if given is None:
            if any(name.lower() == "authorization" for name, _ in request.headers):
                raise SignatureMissing
            check_url_key(request, settings.access_tokens, "access_token")
            return
        if given[: len(_SCHEME)].lower() != _SCHEME:
            raise SignatureMissing
        secrets = [secret.get_secret_value() for secret in settings.access_tokens]
        matches = [same(secret, given[len(_SCHEME) :]) for secret in secrets if secret]
        if not any(matches):
            raise SignatureInvalid

    def parse(self, request: Request, context: Context) -> Parsed:
        """One event, or a batch of which each stands or falls alone. Raises `PayloadInvalid`."""
        settings: CloudEventsSettings = context.account.settings
        if request.method == "OPTIONS":
            return Parsed(response=_permission(request, settings))
        found, batch = envelope.events_of(request)
        if not batch:
            return Parsed((envelope.read(found[0], settings),), response=TAKEN)

        def read(element: Element) -> tuple[AnyInboundEvent, ...]:
            return (envelope.read(element, settings),)

        return read_each(((element, read) for element in found), TAKEN)

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        """A structured event for each part of the text; the first carries all else."""
        settings: CloudEventsSettings = account.settings
        headers: tuple[tuple[str, str], ...] = (("content-type", f"{envelope.STRUCTURED}; charset=utf-8"),)
        if settings.callback_token is not None and settings.callback_token.get_secret_value():
            headers += (("authorization", f"Bearer {settings.callback_token.get_secret_value()}"),)
        bodies = envelope.write(message, settings.source)
        return tuple(HttpCall("POST", settings.callback_url, headers, body) for body in bodies)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """A 2xx is a yes, 410 an address that is gone, 415 a form that the partner can't read (§2)."""
        if 200 <= reply.status < 300:
            named = json.optional_text(json_object(reply).get("id"))
            return Accepted(named[:256] if named else _event_id(call))
        if 300 <= reply.status < 400:
            # Redirects are not followed: the address in the settings is the one that was checked.
            return Final(f"http_{reply.status}")
        return by_status(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: media of a partner are plain links."""
        return None


def _check_origin(request: Request, settings: CloudEventsSettings) -> None:
    origin = request.header(ORIGIN_HEADER)
    if not origin:
        raise SignatureMissing("the handshake names no origin")
    allowed = {given.lower() for given in settings.allowed_origins}
    if "*" not in allowed and origin.lower() not in allowed:
        raise SignatureInvalid("events of this origin are not wanted")


def _permission(request: Request, settings: CloudEventsSettings) -> Response:
    origin = request.header(ORIGIN_HEADER)
    if not origin or len(origin) > 300 or not (origin.isascii() and origin.isprintable()):
        raise PayloadInvalid("the handshake's origin can't be answered")
    headers = (
        ("webhook-allowed-origin", origin),
        ("webhook-allowed-rate", str(settings.allowed_rate)),
        ("allow", "OPTIONS, POST"),
    )
    return Response(status=200, headers=headers)


def _event_id(call: ProviderCall) -> str | None:
    """The id of our own event: the partner may name it in answers."""
    try:
        body = stdlib_json.loads(call.body) if isinstance(call, HttpCall) else {}
    except ValueError:
        return None
    return json.optional_text(body.get("id")) if isinstance(body, dict) else None


codec = CloudEventsCodec()
