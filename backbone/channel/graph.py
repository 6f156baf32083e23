"""Meta's Graph API as pages' and Instagram accounts' public channels share it: changes in webhooks, calls, answers. Pure.

Messages (`messaging`) of the same webhooks are other channels' work. Source: developers.facebook.com, "Webhooks from Meta"
and "Handling Errors" of the Graph API.
"""

import json as stdlib_json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal
from urllib.parse import urlencode

from pydantic import SecretStr

from backbone.channel import json
from backbone.channel.batch import Element, digest, ignored, read_each, refuse
from backbone.channel.port import (
    Accepted,
    Final,
    HttpCall,
    Outcome,
    Parsed,
    ProviderReply,
    Throttled,
    Transient,
)
from backbone.channel.replies import by_status, child, json_object, retry_after
from backbone.channel.sources import PollPage
from backbone.errors import InputInvalid
from schemas.inbound import AnyInboundEvent, EventIgnored

MILLISECONDS_FROM = 100_000_000_000
"""Times come in seconds or milliseconds: no real time in seconds is above this (the year 5138), none in milliseconds below (1973)."""
SLOW_DOWN = frozenset({4, 17, 32, 341, 613, 80001, 80002, 80006})
"""Limits of the app, the user, the page, the Instagram account. Known, not checked: they only say how long we wait."""
TRY_AGAIN = frozenset({1, 2, 1200})
DETAIL_MAX = 300
_NODE = re.compile(r"[0-9A-Za-z_-]{1,200}")


@dataclass(frozen=True, slots=True)
class Change:
    """One element of `changes`: `account_ref` and `at` are its entry's id and time, `key` names this very delivery."""

    account_ref: str | None
    at: datetime | None
    field: str
    value: Element
    key: str

    def shared(self, thread_key: str, dedup_key: str, at: datetime | None = None) -> dict[str, Any]:
        """What every event made of this change says; `at` stands before the entry's time."""
        return {
            "thread_key": thread_key,
            "dedup_key": dedup_key,
            "provider_at": at or self.at,
            "account_ref": self.account_ref,
        }

    def ignored(self, reason: str) -> tuple[AnyInboundEvent, ...]:
        return (EventIgnored(reason=json.clean(reason)[:100], **self.shared("", self.key)),)


Reader = Callable[[Change], tuple[AnyInboundEvent, ...]]


def read_changes(body: bytes, envelope: str, read: Reader) -> Parsed:
    """The events that `read` makes of each change; all else in the entries is ignored, a broken element rejected.

    Raises `PayloadInvalid` where the body is no webhook of Meta's; one of another object than `envelope` is ignored.
    """
    whole = json.obj(json.loads(body), "the body")
    if whole.get("object") != envelope:
        return Parsed(ignored(whole, f"object {json.text(whole.get('object'), 'object')[:60]}"))
    entries = json.array(whole.get("entry"), "entry")
    return read_each(pair for entry in entries for pair in _elements(entry, read))


def _elements(entry: Any, read: Reader) -> Iterator[tuple[Any, Callable[[Element], Iterable[AnyInboundEvent]]]]:
    if not isinstance(entry, dict):
        yield entry, refuse
        return
    for kind in ("changes", "messaging", "standby"):
        elements = entry.get(kind, [])
        if not isinstance(elements, list):
            yield entry, refuse
            continue
        yield from ((element, partial(_read_one, entry, kind, read)) for element in elements)


def _read_one(entry: Element, kind: str, read: Reader, element: Element) -> tuple[AnyInboundEvent, ...]:
    change = _change(entry, kind, element)
    return read(change) if kind == "changes" else change.ignored(kind)


def _change(entry: Element, kind: str, found: Element) -> Change:
    value = json.obj(found.get("value"), "value") if kind == "changes" else found
    name = json.text(found.get("field"), "field") if kind == "changes" else kind
    ref, at = entry.get("id"), entry.get("time")
    account_ref = json.identifier(ref, "entry.id") if ref is not None else None
    return Change(account_ref, instant(at), name, value, digest([account_ref, at if _plain(at) else None, found]))


def _plain(value: Any) -> bool:
    return isinstance(value, (int, str))


def instant(value: Any) -> datetime | None:
    """A time in seconds, milliseconds or ISO 8601 (`2021-07-21T21:05:14+0000`); None for what is none of them."""
    if isinstance(value, str) and not value.isdecimal():
        return json.optional_iso_instant(value)
    number = value if not isinstance(value, str) else int(value[:20])
    big = isinstance(number, (int, float)) and not isinstance(number, bool) and number >= MILLISECONDS_FROM
    return json.optional_instant(number, unit="ms" if big else "s")


@dataclass(frozen=True, slots=True)
class Graph:
    """Where the API is and the token for it. `base` holds the version: `https://graph.facebook.com/v23.0`."""

    base: str
    token: SecretStr

    def query(self, node: str, edge: str, **fields: str) -> HttpCall | None:
        """A call that reads `/{node}/{edge}`; None where `node` is no id of Meta's."""
        if not _NODE.fullmatch(node):
            return None
        headers = (("authorization", f"Bearer {self.token.get_secret_value()}"),)
        return HttpCall("GET", f"{self.base}/{node}/{edge}?{urlencode(fields)}", headers)

    def call(
        self, method: Literal["POST", "DELETE"], node: str, edge: str = "", body: Mapping[str, object] | None = None
    ) -> HttpCall:
        """A call about a node (`/{node}/{edge}`); raises `InputInvalid` where `node` is no id of Meta's."""
        if not _NODE.fullmatch(node):
            raise InputInvalid("this is no id of a post or comment")
        headers = (("authorization", f"Bearer {self.token.get_secret_value()}"), ("content-type", "application/json"))
        payload = stdlib_json.dumps(body, separators=(",", ":")).encode() if body is not None else b""
        return HttpCall(method, f"{self.base}/{node}{'/' if edge else ''}{edge}", headers, payload)


def outcome_of(reply: ProviderReply) -> Outcome:
    """Taken with the id of what was made (none for changes), slow down, try again, or never: `error.code` decides.

    `code` of the outcome is `code/subcode`. Every code that is not known with a 4xx is final: a token that has ended (190),
    rights that are missing (10, 200–299), a comment that is gone or can't be answered (100, 10900), abuse (368), a second
    private reply (10900). Raises nothing.
    """
    body = json_object(reply)
    error = child(body, "error")
    number = error.get("code")
    if not isinstance(number, int) or isinstance(number, bool):
        if 200 <= reply.status < 300:
            return Accepted(json.optional_text(body.get("id")) or json.optional_text(body.get("message_id")))
        return by_status(reply)
    subcode = error.get("error_subcode")
    code = f"{number}/{subcode}" if isinstance(subcode, int) and subcode else str(number)
    if number in SLOW_DOWN or (reply.status == 429 and number not in TRY_AGAIN):
        return Throttled(code, retry_after(reply))
    detail = (json.optional_text(error.get("message")) or "")[:DETAIL_MAX]
    if number in TRY_AGAIN or reply.status >= 500:
        return Transient(code, detail, retry_after(reply))
    return Final(code, detail)


POLL_OVERLAP = timedelta(hours=2)
"""How far back of the newest comment seen those are brought again whose webhook may still be on its way."""


def missed(
    reply: ProviderReply,
    cursor: Mapping[str, Any] | None,
    items_of: Callable[[Element], Sequence[tuple[Element, datetime | None]]],
) -> PollPage:
    """What a slow look at the newest posts brought: `{"data": [...]}` of the items newer than what was seen, less two hours.

    `items_of` takes one entry of `data` apart into items and their times. The first time only the newest time is noted,
    since webhooks bring what is new. Raises nothing.
    """
    outcome = outcome_of(reply)
    if not isinstance(outcome, Accepted):
        return PollPage(cursor=dict(cursor or {}), trouble=outcome)
    data = json_object(reply).get("data")
    if not isinstance(data, list):
        return PollPage(cursor=dict(cursor or {}), trouble=Transient("answer_unreadable"))
    seen = json.optional_iso_instant(cursor.get("seen")) if cursor else None
    items = [pair for entry in data if isinstance(entry, dict) for pair in items_of(entry)]
    fresh = [item for item, at in items if seen is not None and at is not None and at > seen - POLL_OVERLAP]
    newest = max([at for at in (seen, *(at for _, at in items)) if at is not None], default=None)
    bodies = (stdlib_json.dumps({"data": fresh}).encode(),) if fresh else ()
    return PollPage(bodies, {"seen": newest.isoformat()} if newest else dict(cursor or {}))


def read_polled(body: bytes, account_ref: str, field: str, read: Reader) -> Parsed:
    """The events of what `missed` brought: each item is read as the change that a webhook would have told."""
    items = json.array(json.obj(json.loads(body), "the body").get("data"), "data")

    def one(item: Element) -> tuple[AnyInboundEvent, ...]:
        return read(Change(account_ref, None, field, item, digest([account_ref, item])))

    return read_each((item, one) for item in items)
