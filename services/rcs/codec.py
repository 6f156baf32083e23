"""The RCS codec: handshake, signature, tokens and answers here, the rest in `parse` and `render`."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from backbone.channel import json, replies, service_account
from backbone.channel.batch import Element
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
    Rejected,
    Request,
    Response,
    Transient,
)
from backbone.channel.signature import check_hmac_header, hmac_base64, same
from backbone.channel.sources import Token
from backbone.errors import ConfigurationInvalid, PayloadInvalid, SignatureInvalid
from schemas.outbound import OutboundMessage
from services.rcs.parse import events_of, inner_of
from services.rcs.render import calls_for
from services.rcs.settings import RcsSettings

SIGNATURE_HEADER = "x-goog-signature"
SCOPE = "https://www.googleapis.com/auth/rcsbusinessmessaging"
ECHO_MAX = 1024
UNREACHABLE = {404: "not_reachable", 403: "not_allowed"}
TAKEN_BEFORE = 409
_DETAIL_MAX = 300


class RcsCodec:
    """One agent. Google keeps one queue for all agents of a partner, so whatever can be read is answered with 200."""

    settings_type = RcsSettings

    def verify(self, request: Request, context: Context) -> None:
        """`X-Goog-Signature`: base64 HMAC-SHA512 of what the envelope carries, with the client token. No time is signed.

        The handshake carries the client token itself. Raises `SignatureMissing` or `SignatureInvalid`.
        """
        settings: RcsSettings = context.account.settings
        body = _object(request.body)
        if _is_handshake(body):
            given = json.optional_text(body.get("clientToken")) or ""
            tokens = [token.get_secret_value() for token in settings.client_tokens]
            matches = [same(token, given) for token in tokens if token]
            if not any(matches):
                raise SignatureInvalid
            return
        try:
            inner = inner_of(body)
        except PayloadInvalid:
            inner = None
        signed = request.body if inner is None else inner
        check_hmac_header(request, SIGNATURE_HEADER, settings.client_tokens, signed, of=_sha512)

    def parse(self, request: Request, context: Context) -> Parsed:
        """The secret of the handshake, else one event, in an envelope or bare. A broken one is rejected, not refused."""
        body = json.obj(json.loads(request.body), "the body")
        if _is_handshake(body):
            secret = json.text(body.get("secret"), "secret")
            return Parsed(response=Response(body=secret[:ECHO_MAX].encode()))
        try:
            inner = inner_of(body)
            event = body if inner is None else json.obj(json.loads(inner), "the data")
            return Parsed(events_of(event))
        except PayloadInvalid as error:
            return Parsed(rejected=(Rejected(error.detail, request.body),))

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return calls_for(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """A 2xx is a yes, as is 409 for an id that was taken before. 404: no RCS there; 403: not allowed; both final.

        401 may be a token that ended, which is renewed meanwhile. All else by its status.
        """
        if 200 <= reply.status < 300 or (reply.status == TAKEN_BEFORE and _own_id(call)):
            return Accepted(_own_id(call))
        error = replies.child(replies.json_object(reply), "error")
        code = (json.optional_text(error.get("status")) or "")[:60]
        detail = (json.optional_text(error.get("message")) or "")[:_DETAIL_MAX]
        if reply.status in UNREACHABLE:
            return Final(UNREACHABLE[reply.status], detail)
        if reply.status == 401:
            return Transient(code or "http_401", detail)
        return replies.by_status(reply, code, detail)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: files have plain links."""
        return None

    def token_call(self, account: Account, now: datetime) -> HttpCall | None:
        """A token for the service account; None where its key is not in the settings."""
        settings: RcsSettings = account.settings
        if settings.private_key is None:
            return None
        try:
            word = service_account.assertion(
                settings.client_email, settings.private_key, SCOPE, settings.token_url, now
            )
        except ConfigurationInvalid:
            return None
        return service_account.token_call(settings.token_url, word)

    def token_found(self, reply: ProviderReply, account: Account) -> Token | Transient | Final:
        return service_account.token_found(reply)


def _sha512(secret: SecretStr, signed: bytes) -> str:
    return hmac_base64(secret, signed, "sha512")


def _object(body: bytes) -> Element:
    """The body where it is an object, else nothing: a signature over it can't be right then."""
    try:
        return json.obj(json.loads(body))
    except PayloadInvalid:
        return {}


def _is_handshake(body: Element) -> bool:
    return "clientToken" in body and "secret" in body and "message" not in body


def _own_id(call: ProviderCall) -> str | None:
    """The id of a message is the one that we gave it."""
    if not isinstance(call, HttpCall):
        return None
    return next(iter(parse_qs(urlsplit(call.url).query).get("messageId", [])), None)


codec = RcsCodec()
