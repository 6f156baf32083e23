"""Notifications by Cloud Pub/Sub: a push with Google's token (OpenID Connect) or a key in the URL, and what it says.

Source: cloud.google.com/pubsub, "Authenticate push subscriptions"; Business Profile API, `NotificationSetting`.
"""

import base64
import binascii
from collections.abc import Sequence

from backbone.channel import json, jwt
from backbone.channel.batch import digest, ignored
from backbone.channel.credentials import check_url_key
from backbone.channel.port import Account, Context, Parsed, Request, Response
from backbone.channel.signature import same
from backbone.errors import PayloadInvalid, SignatureInvalid
from services.google_business_reviews.settings import GoogleBusinessReviewsSettings

KEYS_URL = "https://www.googleapis.com/oauth2/v3/certs"
ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})


def key_urls(account: Account) -> Sequence[str]:
    """Where Google publishes its keys; nothing where no token is asked for."""
    settings: GoogleBusinessReviewsSettings = account.settings
    return (KEYS_URL,) if settings.push_email else ()


def check(request: Request, context: Context) -> None:
    """Raises `SignatureMissing`, `SignatureInvalid` or `SignatureStale`."""
    settings: GoogleBusinessReviewsSettings = context.account.settings
    if not settings.push_email:
        check_url_key(request, settings.push_keys)
        return
    token = jwt.read(jwt.bearer(request))
    jwt.check_rs256(token, _key(context.keys.get(KEYS_URL, b""), token.header.get("kid")))
    claims = token.claims
    audience = settings.push_audience or context.account.webhook_url
    right = [
        claims.get("iss") in ISSUERS if isinstance(claims.get("iss"), str) else False,
        _is(claims.get("aud"), audience),
        _is(claims.get("email"), settings.push_email),
        claims.get("email_verified") is True,
    ]
    if not all(right):
        raise SignatureInvalid
    jwt.check_times(claims, context.now)


def _is(given: object, wanted: str) -> bool:
    return isinstance(given, str) and same(wanted, given)


def _key(published: bytes, kid: object) -> dict[str, object]:
    """The key of Google's set that the token names; raises `SignatureInvalid` where there is none."""
    try:
        keys = json.array(json.obj(json.loads(published)).get("keys"))
    except PayloadInvalid as error:
        raise SignatureInvalid from error
    found = [key for key in keys if isinstance(key, dict) and isinstance(kid, str) and key.get("kid") == kid]
    if len(found) != 1:
        raise SignatureInvalid
    return found[0]


def parse_notification(body: bytes, account_ref: str) -> Parsed:
    """Nothing but that Google is to be asked now; raises `PayloadInvalid` for what is no push of Pub/Sub."""
    message = json.obj(json.obj(json.loads(body), "the body").get("message"), "message")
    identity = json.optional_text(message.get("messageId")) or digest(message)
    said = ignored(message, f"notification {_kind(message)}".strip(), dedup_key=identity[:512], account_ref=account_ref)
    return Parsed(said, response=Response(204), poll_now=True)


def _kind(message: dict[str, object]) -> str:
    """`NEW_REVIEW` or `UPDATED_REVIEW`; the other kinds of notification are followed by a poll that brings nothing."""
    data = message.get("data")
    try:
        inner = json.loads(base64.b64decode(data, validate=True)) if isinstance(data, str) else {}
    except (binascii.Error, ValueError, PayloadInvalid):
        return ""
    kind = inner.get("type") or inner.get("notificationType") if isinstance(inner, dict) else None
    return (json.optional_text(kind) or "")[:40]
