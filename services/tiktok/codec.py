"""The TikTok codec: signature, calls, tokens and media; reading stands in `parse`."""

import json as stdlib_json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from pydantic import SecretStr

from backbone.channel import json, replies
from backbone.channel.actions import check_action
from backbone.channel.hosts import is_below
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
    Throttled,
    Transient,
)
from backbone.channel.replies import child, json_object
from backbone.channel.signature import hmac_hex, same
from backbone.channel.sources import Token
from backbone.channel.text import split
from backbone.channel.uploads import LoadedFile, Refused, UploadStep, multipart, refusal, unavailable
from backbone.channel.words import in_words
from backbone.errors import InputInvalid, PayloadInvalid, SignatureInvalid, SignatureMissing, SignatureStale
from schemas.content import Media, MediaKind
from schemas.outbound import OutboundMessage
from services.tiktok.parse import events_of
from services.tiktok.settings import TikTokSettings

SIGNATURE_HEADER = "tiktok-signature"
TOLERANCE = timedelta(seconds=300)
TEXT_MAX = 6000
SLOW_DOWN = {40064, 40100, 40133}
TRY_AGAIN = {40102, 40104, 40105, 50000, 50002, 51020}
"""A token that ended (40102, 40104, 40105) is renewed meanwhile; the rest are TikTok's own failures."""

IMAGES = frozenset({"image/jpeg", "image/png"})
IMAGE_BYTES = 3 * 1024 * 1024
TOKEN_MAX = timedelta(days=2)
_SIGNATURE = re.compile(r"t=(\d{1,12}),s=([0-9a-f]{64})", re.ASCII)
_DETAIL_MAX = 300


class TikTokCodec:
    """One business account. Users in the EEA, Switzerland and the United Kingdom can't be reached this way."""

    settings_type = TikTokSettings

    def verify(self, request: Request, context: Context) -> None:
        """`Tiktok-Signature: t=<seconds>,s=<hex>`: HMAC-SHA256 of `<t>.<body>` with the app's secret, at most 300 s old."""
        settings: TikTokSettings = context.account.settings
        given = request.header(SIGNATURE_HEADER)
        if given is None:
            raise SignatureMissing
        match = _SIGNATURE.fullmatch(given)
        signed = (match[1] if match else "").encode() + b"." + request.body
        hashes = [hmac_hex(secret, signed) for secret in settings.app_secrets if secret.get_secret_value()]
        matches = [same(expected, match[2] if match else "") for expected in hashes]
        if match is None or not any(matches):
            raise SignatureInvalid
        if abs(context.now.timestamp() - int(match[1])) > TOLERANCE.total_seconds():
            raise SignatureStale

    def parse(self, request: Request, context: Context) -> Parsed:
        """One event a webhook. One that is an object but broken is rejected, not refused: TikTok would send it again."""
        body = json.obj(json.loads(request.body), "the body")
        try:
            return Parsed(events_of(body))
        except PayloadInvalid as error:
            return Parsed(rejected=(Rejected(error.detail, request.body),))

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        """Text in parts, to the conversation of the thread, then each picture; all else in words. Raises `InputInvalid`."""
        check_action(message, (), "TikTok")
        content = message.content
        if content.template:
            raise InputInvalid("TikTok has no approved templates")
        images = [media for media in content.media if _may_be_image(media)]
        spoken = [media for media in content.media if media not in images]
        captions = [media.caption for media in images]
        texts = split(in_words(content, spoken=spoken, captions=captions), TEXT_MAX)
        if not texts and not images:
            raise InputInvalid("TikTok can't carry an empty message")
        bodies: list[dict[str, Any]] = [{"message_type": "TEXT", "text": {"body": text}} for text in texts]
        if message.in_reply_to and bodies:
            bodies[0]["referenced_message_info"] = {"referenced_message_id": message.in_reply_to}
        head = {"business_id": account.external_id, "recipient_type": "CONVERSATION", "recipient": message.thread_key}
        shown = _call(account, "business/message/send/", {**head, "message_type": "IMAGE"})
        said = [_call(account, "business/message/send/", {**head, **body}) for body in bodies]
        return (*said, *(replace(shown, files=(media,)) for media in images))

    def upload_step(
        self, call: HttpCall, files: Sequence[LoadedFile | None], replies: Sequence[ProviderReply], account: Account
    ) -> UploadStep | Refused:
        """The picture first, then the message that shows it by its id."""
        file = files[0] if files else None
        if file is None:
            return unavailable([None]) or Final("file_unavailable")
        if file.mime not in IMAGES or len(file.data) > IMAGE_BYTES:
            return Final("file_not_supported", f"TikTok takes no {file.mime} of {len(file.data)} bytes")
        if not replies:
            return UploadStep(_upload(account, file))
        media = json.optional_text(child(json_object(replies[0]), "data").get("media_id"))
        outcome = self.interpret(call, replies[0])
        if not isinstance(outcome, Accepted) or not media:
            return refusal(outcome, "media_id")
        said = json.obj(json.loads(call.body), "the call")
        body = stdlib_json.dumps({**said, "image": {"media_id": media}}, separators=(",", ":")).encode()
        return UploadStep(HttpCall(call.method, call.url, call.headers, body), last=True)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """TikTok answers 200 to everything: `code` decides. 0 is a yes, the known ones slow down or may pass; else never."""
        body = replies.json_object(reply)
        code = _code(body)
        if not 200 <= reply.status < 300 or code is None:
            return replies.by_status(reply)
        if code == 0:
            sent = replies.child(replies.child(body, "data"), "message")
            return Accepted(json.optional_text(sent.get("message_id")))
        detail = (json.optional_text(body.get("message")) or "")[:_DETAIL_MAX]
        if code in SLOW_DOWN:
            return Throttled(str(code), replies.retry_after(reply))
        return Transient(str(code), detail) if code in TRY_AGAIN else Final(str(code), detail)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """Asks where a file is: by kind, conversation, message and file. None for what is no such reference."""
        parts = [unquote(part) for part in ref.split("/")]
        if len(parts) != 4 or not all(parts):
            return None
        kind, conversation, message, media = parts
        body = {
            "business_id": account.external_id,
            "conversation_id": conversation,
            "message_id": message,
            "media_id": media,
            "media_type": kind.upper(),
        }
        return _call(account, "business/message/media/download/", body)

    def media_found(self, ref: str, reply: ProviderReply, account: Account) -> HttpCall | None:
        """The download that the answer names, on one of the known hosts; it needs no token."""
        settings: TikTokSettings = account.settings
        url = json.optional_text(replies.child(replies.json_object(reply), "data").get("download_url"))
        return HttpCall("GET", url) if url and is_below(url, settings.media_hosts) else None

    def token_call(self, account: Account, now: datetime) -> HttpCall | None:
        """A new access token for the newest refresh token; None where there is none to renew with."""
        settings: TikTokSettings = account.settings
        refresh = account.refresh_token or settings.refresh_token
        if refresh is None:
            return None
        body = {
            "client_id": settings.app_id,
            "client_secret": settings.app_secrets[0].get_secret_value(),
            "grant_type": "refresh_token",
            "refresh_token": refresh.get_secret_value(),
        }
        return _post(settings, "tt_user/oauth2/refresh_token/", body)

    def token_found(self, reply: ProviderReply, account: Account) -> Token | Transient | Final:
        """Both tokens; any code but the known passing ones means that the owner must allow the app again."""
        body = replies.json_object(reply)
        code, data = _code(body), replies.child(body, "data")
        if code is None or reply.status >= 500 or code in SLOW_DOWN | TRY_AGAIN:
            return Transient(str(code or f"http_{reply.status}"))
        if code != 0:
            return Final(str(code), (json.optional_text(body.get("message")) or "")[:_DETAIL_MAX])
        value, refresh = json.optional_text(data.get("access_token")), json.optional_text(data.get("refresh_token"))
        seconds = data.get("expires_in")
        if not value or isinstance(seconds, bool) or not isinstance(seconds, int) or seconds <= 0:
            return Transient("token_unreadable")
        expires = min(timedelta(seconds=min(seconds, 10**7)), TOKEN_MAX)
        return Token(SecretStr(value), expires, SecretStr(refresh) if refresh else None)


def _may_be_image(media: Media) -> bool:
    return media.kind is MediaKind.IMAGE and bool(media.url) and (media.mime is None or media.mime in IMAGES)


def _upload(account: Account, file: LoadedFile) -> HttpCall:
    settings: TikTokSettings = account.settings
    token = account.token or settings.access_token
    fields = [("business_id", account.external_id), ("media_type", "IMAGE")]
    kind, body = multipart(fields, [("file", file.name, file.mime, file.data)])
    header = () if token is None else (("access-token", token.get_secret_value()),)
    return HttpCall("POST", f"{settings.api_base.rstrip('/')}/business/message/media/upload/", (*header, kind), body)


def _code(body: dict[str, Any]) -> int | None:
    code = body.get("code")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _call(account: Account, path: str, body: dict[str, Any]) -> HttpCall:
    settings: TikTokSettings = account.settings
    token = account.token or settings.access_token
    header = () if token is None else (("access-token", token.get_secret_value()),)
    return _post(settings, path, body, *header)


def _post(settings: TikTokSettings, path: str, body: dict[str, Any], *headers: tuple[str, str]) -> HttpCall:
    content = stdlib_json.dumps(body, separators=(",", ":")).encode()
    fixed = (("content-type", "application/json"), ("accept", "application/json"))
    return HttpCall("POST", f"{settings.api_base.rstrip('/')}/{path}", headers + fixed, content)


codec = TikTokCodec()
