"""How mails are fetched from Resend: the list of those that came, newest first, then each by its id, oldest first.

The cursor is `{last, pending, pages}`: the last mail that is durable, and while a poll goes on the ids still to
fetch, oldest last, and how many pages of the list were read (0 once all are).
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from backbone.channel import replies
from backbone.channel.mail.reports import short
from backbone.channel.port import Accepted, HttpCall, ProviderReply, Transient
from backbone.channel.sources import PollPage
from services.email_resend.inbound import ID
from services.email_resend.settings import ResendSettings

PATH = "/emails/receiving"
PAGE = 50
PAGES_MAX = 20
FIRST = 20
"""How many mails an account that was never read begins with."""


def first_call(settings: ResendSettings, cursor: Mapping[str, Any] | None) -> HttpCall:
    """The list, or where a poll was broken off the page or the mail that it was about to ask for."""
    pending = _ids((cursor or {}).get("pending"))
    if pending:
        listing = (cursor or {}).get("pages") != 0
        return _call(settings, f"?limit={PAGE}&after={pending[-1]}" if listing else f"/{pending[-1]}")
    return _call(settings, f"?limit={PAGE if cursor else FIRST}")


def found(settings: ResendSettings, call: HttpCall, reply: ProviderReply, cursor: Mapping[str, Any] | None) -> PollPage:
    """What a list or a mail brought. A mail that is gone is passed over."""
    known = dict(cursor or {})
    gone = reply.status == 404 and not _is_list(call)
    outcome = replies.by_status(reply)
    if not isinstance(outcome, Accepted) and not gone:
        return PollPage(cursor=known, trouble=outcome)
    if _is_list(call):
        return _listed(settings, replies.json_object(reply), known, first=cursor is None)
    pending = _ids(known.get("pending"))
    done = pending.pop() if pending else None
    if not gone and replies.json_object(reply).get("id") != done:
        return PollPage(cursor=known, trouble=Transient("unreadable", "the answer is not the mail that was asked for"))
    after = {"last": done or known.get("last"), "pending": pending, "pages": 0}
    following = _call(settings, f"/{pending[-1]}") if pending else None
    return PollPage(bodies=() if gone else (reply.body,), cursor=after, next_call=following)


def _listed(settings: ResendSettings, body: Mapping[str, Any], known: Mapping[str, Any], *, first: bool) -> PollPage:
    data = body.get("data")
    if not isinstance(data, list):
        return PollPage(cursor=known, trouble=Transient("unreadable", "the answer is no list of mails"))
    ids = _ids([item.get("id") for item in data if isinstance(item, dict)])
    fresh = ids[: ids.index(known["last"])] if known.get("last") in ids else ids
    already = _ids(known.get("pending")) if known.get("pages") else []
    pending = [*already, *(item for item in fresh if item not in already)]
    pages = int(known.get("pages") or 0) + 1
    further = body.get("has_more") is True and len(fresh) == len(ids) and bool(ids)
    if further and not first and pages < PAGES_MAX:
        cursor = {"last": known.get("last"), "pending": pending, "pages": pages}
        return PollPage(cursor=cursor, next_call=_call(settings, f"?limit={PAGE}&after={ids[-1]}"))
    cursor = {"last": known.get("last"), "pending": pending, "pages": 0}
    return PollPage(cursor=cursor, next_call=_call(settings, f"/{pending[-1]}") if pending else None)


def _ids(value: Any) -> list[str]:
    found = [short(item, 64) for item in value] if isinstance(value, Sequence) and not isinstance(value, str) else []
    return [item for item in found if item and ID.fullmatch(item)]


def _is_list(call: HttpCall) -> bool:
    return urlsplit(call.url).path.endswith(PATH)


def _call(settings: ResendSettings, rest: str) -> HttpCall:
    bearer = ("authorization", f"Bearer {settings.api_key.get_secret_value()}")
    return HttpCall("GET", f"{settings.api_base}{PATH}{rest}", (bearer,))
