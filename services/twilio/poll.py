"""Asks Twilio's message list for what its webhooks left out: a webhook that failed twice is in that list only."""

import json as stdlib_json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from backbone.channel import form, json
from backbone.channel.port import Account, Final, HttpCall, ProviderReply, Throttled, Transient
from backbone.channel.replies import json_object, retry_after
from backbone.channel.sources import PollPage
from services.twilio import errors, outbound
from services.twilio.settings import TwilioSettings
from services.twilio.times import rfc2822

OVERLAP = timedelta(minutes=15)
"""How far each poll looks back behind the newest message of the one before: messages may enter the list late."""
_PAGE = 200
_FIELDS = ("sid", "from", "to", "body", "num_media", "date_created", "messaging_service_sid")

Row = Mapping[str, Any]


def first_call(account: Account, cursor: Mapping[str, Any] | None, now: datetime) -> HttpCall | None:
    """The newest page, or the one where a poll of many pages stopped; None where the account wants no polls."""
    settings: TwilioSettings = account.settings
    if not settings.reconcile:
        return None
    if cursor and isinstance(cursor.get("next"), str) and (call := _next(cursor["next"], account)):
        return call
    since = _instant(cursor.get("since")) if cursor else None
    # The filter takes whole days only.
    day = min((since or now).astimezone(UTC), now.astimezone(UTC)) - OVERLAP
    fields = [("DateSent>", day.date().isoformat()), ("PageSize", str(_PAGE))]
    if not account.external_id.startswith("MG"):
        fields.append(("To", account.external_id))
    return _call(f"{_list(settings)}?{form.dumps(fields).decode('ascii')}", account)


def found(account: Account, reply: ProviderReply, cursor: Mapping[str, Any] | None) -> PollPage:
    """The customers' messages of one page that are newer than the last poll's newest, oldest first.

    The first poll of an account brings nothing: it only notes where the list ends. Times are Twilio's, in seconds.
    """
    if not 200 <= reply.status < 300:
        return PollPage(cursor=cursor or {}, trouble=_trouble(reply))
    answer = json_object(reply)
    given = answer.get("messages")
    if not isinstance(given, list):
        return PollPage(cursor=cursor or {}, trouble=Transient("unreadable"))
    rows = [(at, row) for row in given if isinstance(row, dict) and (at := _sent_at(row)) is not None]
    newest = max((at for at, _ in rows), default=None)
    if not cursor:
        start = newest or datetime(1970, 1, 1, tzinfo=UTC)
        return PollPage(cursor={"since": start.isoformat()})
    since = _instant(cursor.get("since")) or datetime(1970, 1, 1, tzinfo=UTC)
    known = [at for at in (_instant(cursor.get("newest")), newest, since) if at is not None]
    after = since - OVERLAP
    bodies = tuple(_body(row) for at, row in reversed(rows) if at >= after and _is_theirs(row, account))
    following = answer.get("next_page_uri")
    older = bool(rows) and min(at for at, _ in rows) >= after
    call = _next(following, account) if older and isinstance(following, str) else None
    if call is None:
        return PollPage(bodies, {"since": max(known).isoformat()})
    moved = {"since": since.isoformat(), "newest": max(known).isoformat(), "next": following}
    return PollPage(bodies, moved, call)


def _list(settings: TwilioSettings) -> str:
    return f"{settings.api_base.rstrip('/')}{outbound.API}{settings.account_sid}/Messages.json"


def _call(url: str, account: Account) -> HttpCall:
    return HttpCall("GET", url, (outbound.authorization(account.settings), ("accept", "application/json")))


def _next(uri: str, account: Account) -> HttpCall | None:
    """The next page, where it is one of this account's list: the answer names a path, never a host."""
    settings: TwilioSettings = account.settings
    path = f"{outbound.API}{settings.account_sid}/Messages.json?"
    if not uri.startswith(path) or len(uri) > 2000 or not uri.isascii() or not uri.isprintable() or " " in uri:
        return None
    return _call(settings.api_base.rstrip("/") + uri, account)


def _is_theirs(row: Row, account: Account) -> bool:
    """Whether a customer wrote it, to this sender: a service's list holds those of all its numbers."""
    service = not account.external_id.startswith("MG") or row.get("messaging_service_sid") == account.external_id
    return row.get("direction") == "inbound" and service


def _body(row: Row) -> bytes:
    return stdlib_json.dumps({name: row.get(name) for name in _FIELDS}, separators=(",", ":")).encode()


def _sent_at(row: Row) -> datetime | None:
    return rfc2822(row.get("date_created"))


def _instant(value: Any) -> datetime | None:
    return json.optional_iso_instant(value)


def _trouble(reply: ProviderReply) -> Throttled | Transient | Final:
    number = json_object(reply).get("code")
    code = str(number) if isinstance(number, int) and not isinstance(number, bool) else str(reply.status)
    if reply.status == 429 or number in errors.THROTTLED:
        return Throttled(code, retry_after(reply))
    if reply.status in {401, 403, 404}:
        return Final(code, errors.meaning(code))
    return Transient(code, retry_after=retry_after(reply))
