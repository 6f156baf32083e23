"""Slack's webhooks and Web API."""

import json as stdlib_json
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from backbone.channel import form, json
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
    Response,
    Transient,
)
from backbone.channel.replies import child, json_object
from backbone.channel.signature import check_hmac_header
from backbone.channel.sources import Token
from backbone.channel.uploads import LoadedFile, Refused, UploadStep
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing, SignatureStale
from schemas.inbound import AnyInboundEvent
from schemas.outbound import OutboundMessage
from services.slack import events, interactions, outbound, replies, tokens, uploads
from services.slack.place import authorization
from services.slack.settings import SlackSettings

SIGNATURE_HEADER = "x-slack-signature"
TIME_HEADER = "x-slack-request-timestamp"
TOLERANCE = timedelta(minutes=5)
_CHALLENGE_MAX = 1000
_FILE_ID_MAX = 40
_INTERACTIONS = frozenset({"block_actions", "block_suggestion", "dialog_submission", "view_submission", "view_closed"})


class SlackCodec:
    """Events, interactions and slash commands of one app in one workspace.

    All three come to one URL. A body that can't be read is refused; a broken event in a sound envelope is kept for
    replay and answered by 200, or Slack would send it again and in the end switch the app's events off.
    """

    settings_type = SlackSettings

    def verify(self, request: Request, context: Context) -> None:
        """`v0=` and the hex HMAC-SHA256 of `v0:<timestamp>:<body>`; the time at most five minutes from ours."""
        settings: SlackSettings = context.account.settings
        given = request.header(TIME_HEADER)
        if given is None:
            raise SignatureMissing
        signed = b"v0:" + given.encode("utf-8", "surrogatepass") + b":" + request.body
        check_hmac_header(request, SIGNATURE_HEADER, settings.signing_secrets, signed, prefix="v0=")
        if not (given.isascii() and given.isdigit()):
            raise SignatureInvalid
        signed_at = json.optional_instant(given)
        if signed_at is None or abs(context.now - signed_at) > TOLERANCE:
            raise SignatureStale

    def parse(self, request: Request, context: Context) -> Parsed:
        """The challenge of a new URL, or what an event, an interaction or a command says. Raises `PayloadInvalid`."""
        if request.body.lstrip()[:1] == b"{":
            return _parsed(json.obj(json.loads(request.body), "the body"), request.body, context.account.settings)
        fields = form.loads(request.body)
        payload = fields.get("payload")
        if payload is not None:
            value = json.obj(json.loads(payload.encode("utf-8", "surrogatepass")), "payload")
            return Parsed(interactions.interaction(value))
        return Parsed((interactions.command(fields),))

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return outbound.calls(message, account)

    def upload_step(
        self, call: HttpCall, files: Sequence[LoadedFile | None], replies: Sequence[ProviderReply], account: Account
    ) -> UploadStep | Refused:
        return uploads.upload_step(call, files, replies, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return replies.outcome_of(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """A file by its link on Slack's hosts, or the question where a file is by its id; None for all other links."""
        settings: SlackSettings = account.settings
        if "/" not in ref and 0 < len(ref) <= _FILE_ID_MAX:
            url = f"{settings.api_base.rstrip('/')}/files.info?file={quote(ref, safe='')}"
            return HttpCall("GET", url, (authorization(account),))
        if _host(ref) not in settings.file_hosts:
            return None
        return HttpCall("GET", ref, (authorization(account),))

    def media_found(self, ref: str, reply: ProviderReply, account: Account) -> HttpCall | None:
        """The file that `files.info` names, where it stands on Slack's hosts."""
        if "/" in ref:
            return None
        file = child(json_object(reply), "file")
        link = json.optional_text(file.get("url_private_download")) or json.optional_text(file.get("url_private"))
        return self.media_call(link, account) if link and "/" in link else None

    def token_call(self, account: Account, now: datetime) -> HttpCall | None:
        return tokens.token_call(account)

    def token_found(self, reply: ProviderReply, account: Account) -> Token | Transient | Final:
        return tokens.token_found(reply)


def _parsed(body: dict[str, object], raw: bytes, settings: SlackSettings) -> Parsed:
    kind = body.get("type")
    if kind == "url_verification":
        return Parsed(response=_challenge(body))
    if isinstance(kind, str) and kind in _INTERACTIONS:
        return Parsed(interactions.interaction(body))
    try:
        return Parsed(_events(body, settings))
    except PayloadInvalid as error:
        return Parsed(rejected=(Rejected(error.detail, raw),))


def _events(body: dict[str, object], settings: SlackSettings) -> tuple[AnyInboundEvent, ...]:
    """`event` in its envelope, or an event that comes bare (`app_rate_limited`)."""
    envelope = events.Envelope(body, settings)
    event = json.obj(body["event"], "event") if "event" in body else body
    return events.events_of(event, envelope)


def _challenge(body: dict[str, object]) -> Response:
    challenge = json.text(body.get("challenge"), "challenge")
    if len(challenge) > _CHALLENGE_MAX:
        raise PayloadInvalid("the challenge is too long")
    return Response(body=stdlib_json.dumps({"challenge": challenge}).encode(), media_type="application/json")


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme == "https" else None


codec = SlackCodec()
