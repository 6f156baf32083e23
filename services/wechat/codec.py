"""The WeChat codec: signatures, tokens, answers and media here, the rest in `parse`, `sealing`, `xml` and `render`."""

import json as stdlib_json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote_plus

from pydantic import SecretStr

from backbone.channel import json, replies
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
    Response,
    Throttled,
    Transient,
)
from backbone.channel.signature import same
from backbone.channel.sources import Token
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing, SignatureStale
from schemas.outbound import OutboundMessage
from services.wechat import xml
from services.wechat.parse import MEDIA_SCHEME, events_of
from services.wechat.render import access_token, calls_for
from services.wechat.sealing import sealed_in, sha1_of, unseal
from services.wechat.settings import WeChatSettings, key_of

TOLERANCE = timedelta(seconds=300)
DONE = b"success"
"""What WeChat wants to hear, else it asks three times and shows the customer an error."""

ECHO_MAX = 1024
SLOW_DOWN = {45009, 45011}
TRY_AGAIN = {-1, 40001, 40014, 41001, 42001, 42007, 50001}
"""Busy, or a token that ended, which is renewed meanwhile."""

TOKEN_MAX = timedelta(hours=2)
_DETAIL_MAX = 300
_FIELDS_MAX = 32


class WeChatCodec:
    """One official account, or one app of WeCom."""

    settings_type = WeChatSettings

    def verify(self, request: Request, context: Context) -> None:
        """SHA-1 over the sorted token, time and nonce of the query, and in safe mode over the sealed message too.

        Plain messages themselves are not covered: with a key in the settings only sealed ones are taken. At most 300 s old.
        Raises `SignatureMissing`, `SignatureInvalid` or `SignatureStale`.
        """
        settings: WeChatSettings = context.account.settings
        query = _query(request)
        timestamp, nonce = query.get("timestamp") or "", query.get("nonce") or ""
        sealed = _sealed(request, query, settings)
        given = query.get("signature" if sealed is None else "msg_signature")
        if given is None:
            raise SignatureMissing
        parts = [timestamp, nonce, *([] if sealed is None else [sealed])]
        tokens = [token.get_secret_value() for token in settings.tokens]
        matches = [same(sha1_of(token, *parts), given) for token in tokens if token]
        if not any(matches) or (sealed is not None and _opened(sealed, settings) is None):
            raise SignatureInvalid
        seconds = json.optional_instant(timestamp)
        if seconds is None or abs(context.now - seconds) > TOLERANCE:
            raise SignatureStale

    def parse(self, request: Request, context: Context) -> Parsed:
        """On GET the echo of the handshake; else one message. A broken one is rejected, not refused."""
        settings: WeChatSettings = context.account.settings
        if request.method == "GET":
            return Parsed(response=Response(body=_echo(_query(request), settings)))
        sealed = sealed_in(request.body) if settings.encoding_aes_keys else None
        message = request.body if sealed is None else _opened(sealed, settings)
        if message is None:
            raise PayloadInvalid("no key opens the sealed message")
        root = xml.loads(message)
        try:
            events = events_of(root)
        except PayloadInvalid as error:
            return Parsed(rejected=(Rejected(error.detail, request.body),), response=Response(body=DONE))
        return Parsed(events, response=Response(body=DONE))

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return calls_for(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """WeChat answers 200 to everything: `errcode` decides. 0 is a yes; the known ones slow down or may pass.

        Final are among others 45015 (no answer allowed any more), 45047 (too many without a word of the customer), 43004
        (not a follower), 48001 (no permission).
        """
        body = replies.json_object(reply)
        code = _code(body)
        if not 200 <= reply.status < 300 or code is None:
            return replies.by_status(reply)
        if code == 0:
            number = body.get("msgid")
            return Accepted(str(number) if isinstance(number, (int, str)) and not isinstance(number, bool) else None)
        detail = (json.optional_text(body.get("errmsg")) or "")[:_DETAIL_MAX]
        if code in SLOW_DOWN:
            return Throttled(str(code), replies.retry_after(reply))
        return Transient(str(code), detail) if code in TRY_AGAIN else Final(str(code), detail)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """The file of a media id, which WeChat keeps three days; None for a link."""
        if not ref.startswith(MEDIA_SCHEME):
            return None
        settings: WeChatSettings = account.settings
        token, media = quote(access_token(account), safe=""), quote(ref.removeprefix(MEDIA_SCHEME), safe="")
        url = f"{settings.api_base.rstrip('/')}/cgi-bin/media/get?access_token={token}&media_id={media}"
        return HttpCall("GET", url)

    def media_found(self, ref: str, reply: ProviderReply, account: Account) -> HttpCall | None:
        """For films the answer may be their link, on a known host and without the token; else it is the file itself."""
        settings: WeChatSettings = account.settings
        url = json.optional_text(replies.json_object(reply).get("video_url"))
        return HttpCall("GET", url) if url and is_below(url, settings.media_hosts) else None

    def token_call(self, account: Account, now: datetime) -> HttpCall | None:
        """A token that does not end another one that is in use, where WeChat can give such a one."""
        settings: WeChatSettings = account.settings
        secret, base = settings.app_secret.get_secret_value(), settings.api_base.rstrip("/")
        if settings.agent_id is not None:
            return HttpCall(
                "GET", f"{base}/cgi-bin/gettoken?corpid={quote(settings.app_id)}&corpsecret={quote(secret)}"
            )
        body = {"grant_type": "client_credential", "appid": settings.app_id, "secret": secret, "force_refresh": False}
        content = stdlib_json.dumps(body, separators=(",", ":")).encode()
        return HttpCall("POST", f"{base}/cgi-bin/stable_token", (("content-type", "application/json"),), content)

    def token_found(self, reply: ProviderReply, account: Account) -> Token | Transient | Final:
        """The token; a code that is not busy or too fast means that the id or the secret is wrong."""
        body = replies.json_object(reply)
        code = _code(body)
        value, seconds = json.optional_text(body.get("access_token")), body.get("expires_in")
        if value and isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0:
            return Token(SecretStr(value), min(timedelta(seconds=min(seconds, 10**6)), TOKEN_MAX))
        if code is None or code == 0 or code in SLOW_DOWN | TRY_AGAIN - {40001}:
            return Transient(str(code or f"http_{reply.status}"))
        return Final(str(code), (json.optional_text(body.get("errmsg")) or "")[:_DETAIL_MAX])


def _query(request: Request) -> Mapping[str, str]:
    """The fields of the query, the first of each name; empty ones are left out."""
    fields: dict[str, str] = {}
    for part in request.query.split("&", _FIELDS_MAX)[:_FIELDS_MAX]:
        name, _, value = part.partition("=")
        if value:
            fields.setdefault(name, unquote_plus(value) if "%" in value or "+" in value else value)
    return fields


def _sealed(request: Request, query: Mapping[str, str], settings: WeChatSettings) -> str | None:
    """What is sealed and so belongs to the signature: with keys every message, and WeCom's handshake. None for the rest."""
    if request.method == "GET":
        return query.get("echostr") if query.get("msg_signature") else None
    if not settings.encoding_aes_keys:
        return None
    return sealed_in(request.body) or ""


def _opened(sealed: str, settings: WeChatSettings) -> bytes | None:
    return unseal(sealed, [key_of(key) for key in settings.encoding_aes_keys], settings.app_id)


def _echo(query: Mapping[str, str], settings: WeChatSettings) -> bytes:
    """The word of the handshake, opened where it came sealed; raises `PayloadInvalid` where there is none."""
    word = query.get("echostr")
    if word is None or len(word) > ECHO_MAX:
        raise PayloadInvalid("this is no handshake")
    if not query.get("msg_signature"):
        return word.encode("utf-8", "replace")
    opened = _opened(word, settings)
    if opened is None:
        raise PayloadInvalid("no key opens the handshake")
    return opened


def _code(body: dict[str, Any]) -> int | None:
    code = body.get("errcode")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


codec = WeChatCodec()
