"""X (Twitter) as its direct messages and its posts share it: the webhook's challenge and signature, tokens, calls, answers.

Pure. Source: docs.x.com, "Securing webhooks", "OAuth 2.0 Authorization Code Flow with PKCE", "Response codes and errors".
"""

import base64
import hashlib
import hmac
import json as stdlib_json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Literal

from pydantic import Field, SecretStr

from backbone.channel import form, json
from backbone.channel.batch import Element, digest, ignored, read_each
from backbone.channel.port import (
    Accepted,
    Account,
    AccountSettings,
    Final,
    HttpCall,
    Outcome,
    Parsed,
    ProviderReply,
    Request,
    Response,
    Throttled,
    Transient,
)
from backbone.channel.replies import RETRY_AFTER_MAX, by_status, child, json_object, retry_after
from backbone.channel.signature import same
from backbone.channel.sources import Token
from backbone.errors import InputInvalid, PayloadInvalid, SignatureInvalid, SignatureMissing
from schemas.inbound import AccountNotice, AnyInboundEvent

SIGNATURE_HEADER = "x-twitter-webhooks-signature"
SLOW_DOWN = frozenset({88, 185, 429})
"""Rate limit, daily limit of posts. Known, not checked."""
TRY_AGAIN = frozenset({130, 131})
"""Over capacity, internal error. Known, not checked."""
DETAIL_MAX = 300
ID_BITS_AT = 22
ID_EPOCH_MS = 1_288_834_974_657
"""Ids hold the millisecond they were made in above 22 bits, since this one (4 November 2010)."""

_CRC_TOKEN = re.compile(r"[0-9A-Za-z+/=_.\-]{1,512}")
_ID = re.compile(r"[0-9]{1,20}")
_SHARED = frozenset({"for_user_id", "users", "apps", "user_has_blocked", "is_blocked_by"})


class XSettings(AccountSettings):
    """Secrets of the app at X and of the user whose account this is.

    `consumer_secrets` (API key secret) sign the webhooks, newest first. Either `access_token` is one that does not end, or
    `client_id`, `client_secret` (of a confidential app) and `refresh_token` get one for two hours at a time; the refresh
    token is used once and replaced, so each account here needs its own.
    """

    consumer_secrets: tuple[SecretStr, ...] = Field(min_length=1, max_length=2)
    access_token: SecretStr | None = None
    client_id: str = ""
    client_secret: SecretStr | None = None
    refresh_token: SecretStr | None = None
    api_base: str = Field(default="https://api.x.com", pattern=r"^https?://[^?#@]+[^/?#@]$")


def _hmac(secret: SecretStr, signed: bytes) -> str:
    made = hmac.new(secret.get_secret_value().encode(), signed, hashlib.sha256).digest()
    return f"sha256={base64.b64encode(made).decode()}"


def sign(secret: SecretStr, body: bytes) -> str:
    """The value of the signature header: `sha256=` and the base64 HMAC-SHA256 of the raw body."""
    return _hmac(secret, body)


def check(request: Request, settings: XSettings) -> None:
    """The signature over the raw body; a GET is X's own question, which only has to be one.

    X's answer to a challenge is the HMAC of what it was sent, under the secret that signs webhooks: whoever could have any
    bytes answered could sign webhooks. So only what can't be a webhook's body (which begins with a brace) is answered.
    Raises `SignatureMissing` or `SignatureInvalid`.
    """
    if request.method == "GET":
        token = _crc_token(request)
        if token is None:
            raise SignatureMissing
        if not _CRC_TOKEN.fullmatch(token):
            raise SignatureInvalid
        return
    given = request.header(SIGNATURE_HEADER)
    if given is None:
        raise SignatureMissing
    secrets = [secret for secret in settings.consumer_secrets if secret.get_secret_value()]
    matches = [same(_hmac(secret, request.body), given) for secret in secrets]
    if not any(matches):
        raise SignatureInvalid


def _crc_token(request: Request) -> str | None:
    try:
        return form.loads(request.query.encode("utf-8", "surrogatepass")).get("crc_token")
    except PayloadInvalid:
        return None


def challenge(request: Request, settings: XSettings) -> Parsed:
    """The answer to the challenge, under the newest secret; raises `PayloadInvalid` where there is none to answer."""
    token = _crc_token(request)
    if token is None or not _CRC_TOKEN.fullmatch(token) or not settings.consumer_secrets[0].get_secret_value():
        raise PayloadInvalid("this is no challenge")
    body = stdlib_json.dumps({"response_token": _hmac(settings.consumer_secrets[0], token.encode())}).encode()
    return Parsed(response=Response(body=body, media_type="application/json"))


@dataclass(frozen=True, slots=True)
class Activity:
    """What all elements of a webhook share: `owner` is the user it is about, `users` tells names by id."""

    owner: str
    users: Mapping[str, Any]

    def name_of(self, user_id: str) -> str | None:
        user = self.users.get(user_id)
        return json.optional_text(user.get("name")) if isinstance(user, dict) else None


Reader = Callable[[Activity, Element], tuple[AnyInboundEvent, ...]]


def read_activity(body: bytes, external_id: str, readers: Mapping[str, Reader]) -> Parsed:
    """The events of each element of the lists that `readers` names; all other kinds are ignored.

    A webhook that names no user is taken as one about `external_id`. Raises `PayloadInvalid` for a body that is no object.
    """
    whole = json.obj(json.loads(body), "the body")
    owner = json.identifier(whole.get("for_user_id", external_id), "for_user_id")
    users = whole.get("users")
    activity = Activity(owner, users if isinstance(users, dict) else {})
    pairs = []
    for kind, elements in whole.items():
        if kind in _SHARED:
            continue
        read = readers.get(kind, _notice if kind == "user_event" else partial(_ignore, kind))
        pairs += [(e, partial(read, activity)) for e in (elements if isinstance(elements, list) else [elements])]
    return read_each(pairs)


def _ignore(kind: str, activity: Activity, element: Element) -> tuple[AnyInboundEvent, ...]:
    return ignored(element, kind, account_ref=activity.owner)


def _notice(activity: Activity, element: Element) -> tuple[AnyInboundEvent, ...]:
    """The user took the app's rights back: nothing comes in or goes out any more."""
    if "revoke" not in element:
        return _ignore("user_event", activity, element)
    return (
        AccountNotice(
            thread_key="",
            dedup_key=digest(element),
            account_ref=activity.owner,
            code="revoke",
            severity="error",
            detail="the user took the app's access back",
        ),
    )


def numeric_id(value: Any, where: str) -> str:
    """A numeric id, as text or number; raises `PayloadInvalid` for anything else."""
    found = json.text(value, where)
    if not _ID.fullmatch(found):
        raise PayloadInvalid(f"{where} is no id of X")
    return found


def plain_text(value: Any) -> str | None:
    """X writes `&`, `<` and `>` of a text as entities, and nothing else; None where there is no text."""
    text = json.optional_text(value)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") if text else None


def instant(value: Any, identity: str) -> datetime | None:
    """A time in milliseconds, else the one that the id holds; None where neither is a time."""
    found = json.optional_instant(value, unit="ms") if value is not None else None
    if found is None and _ID.fullmatch(identity) and int(identity) >> ID_BITS_AT:
        found = json.optional_instant((int(identity) >> ID_BITS_AT) + ID_EPOCH_MS, unit="ms")
    return found


def token_call(account: Account, settings: XSettings) -> HttpCall | None:
    """The call that changes the newest refresh token for an access token; None where one that does not end is set."""
    refresh = account.refresh_token or settings.refresh_token
    if settings.access_token is not None or refresh is None:
        return None
    fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.get_secret_value())]
    headers = [("content-type", form.MEDIA_TYPE)]
    if settings.client_secret is None:
        fields.append(("client_id", settings.client_id))
    else:
        pair = f"{settings.client_id}:{settings.client_secret.get_secret_value()}"
        headers.append(("authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"))
    return HttpCall("POST", f"{settings.api_base}/2/oauth2/token", tuple(headers), form.dumps(fields))


def token_found(reply: ProviderReply) -> Token | Transient | Final:
    """A token with the refresh token that replaces the one used; `Final` where the user must agree again. Raises nothing."""
    body = json_object(reply)
    value, seconds = json.optional_text(body.get("access_token")), body.get("expires_in")
    if 200 <= reply.status < 300:
        if value and isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 10**8:
            refresh = json.optional_text(body.get("refresh_token"))
            return Token(SecretStr(value), timedelta(seconds=seconds), SecretStr(refresh) if refresh else None)
        return Transient("token_unreadable")
    outcome = by_status(reply, json.optional_text(body.get("error")) or "")
    if isinstance(outcome, Throttled):
        return Transient(outcome.code, "", outcome.retry_after)
    return outcome if isinstance(outcome, (Transient, Final)) else Transient("token_unreadable")


def checked_id(value: str, what: str) -> str:
    """A numeric id for a URL; raises `InputInvalid` for anything else."""
    if not _ID.fullmatch(value):
        raise InputInvalid(f"this is no id of {what}")
    return value


def call(
    account: Account,
    settings: XSettings,
    method: Literal["GET", "POST", "PUT", "DELETE"],
    path: str,
    body: Mapping[str, object] | None = None,
) -> HttpCall:
    """A call of API v2 as the account's user; without any token it goes out bare and X refuses it."""
    token = account.token or settings.access_token
    headers = (("authorization", f"Bearer {token.get_secret_value()}"),) if token is not None else ()
    payload = stdlib_json.dumps(body, separators=(",", ":")).encode() if body is not None else b""
    kind = (("content-type", "application/json"),) if body is not None else ()
    return HttpCall(method, f"{settings.api_base}/2/{path}", (*headers, *kind), payload)


def outcome_of(reply: ProviderReply) -> Outcome:
    """Taken with the id of what was made, slow down until the limit's reset, try again, or never.

    Decided by `errors[0].code` of the older errors, else by the status. Final: 150, 349 and all other 403 (who can't be
    written to), 187 (said before), 186 (too long), 32 and 89 (the token). Raises nothing.
    """
    body = json_object(reply)
    first = _first_error(body)
    number = first.get("code")
    known = isinstance(number, int) and not isinstance(number, bool)
    number = number if known else None
    if 200 <= reply.status < 300 and "data" in body:
        data = child(body, "data")
        return Accepted(json.optional_text(data.get("dm_event_id")) or json.optional_text(data.get("id")))
    if 200 <= reply.status < 300 and not known:
        return Accepted(None)
    detail = (json.optional_text(body.get("detail")) or json.optional_text(first.get("message")) or "")[:DETAIL_MAX]
    code = str(number) if known else (json.optional_text(body.get("type")) or "").partition("/problems/")[2][:60]
    if number in SLOW_DOWN or reply.status == 429:
        return Throttled(code or "http_429", _until_reset(reply))
    if number in TRY_AGAIN:
        return Transient(code, detail, retry_after(reply))
    return Final(code, detail) if 200 <= reply.status < 300 else by_status(reply, code, detail)


def _first_error(body: Element) -> Element:
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return first if isinstance(first, dict) else {}


def _until_reset(reply: ProviderReply) -> timedelta | None:
    """`x-rate-limit-reset` is a second since 1970; the answer's own `Date` says how far off it is."""
    reset, date = reply.header("x-rate-limit-reset") or "", reply.header("date") or ""
    try:
        span = timedelta(seconds=int(reset[:12]) - parsedate_to_datetime(date).timestamp())
    except (ValueError, TypeError, OverflowError, IndexError):
        return retry_after(reply)
    return min(max(span, timedelta(seconds=1)), RETRY_AFTER_MAX)
