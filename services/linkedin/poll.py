"""Asks every hour for notifications whose webhook never came (`organizationalEntityNotifications`, kept for 60 days).

The cursor holds `until`, the end of the last span that was asked for whole, in milliseconds since 1970.
"""

import json as stdlib_json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from backbone.channel.port import Accepted, Account, HttpCall, ProviderReply, Transient
from backbone.channel.replies import json_object
from backbone.channel.sources import PollPage
from services.linkedin import api
from services.linkedin.urns import ORGANIZATION

ACTIONS = "COMMENT,ADMIN_COMMENT,COMMENT_EDIT,COMMENT_DELETE,SHARE_MENTION"
PAGE_SIZE = 50
PAGES_MAX = 20
BACK = timedelta(hours=1)
"""How far each span reaches back into the last one, for notifications that were late; the same ids make them once."""
_SPAN = re.compile(r"timeRange=\(start:(\d{1,16}),end:(\d{1,16})\)&count=\d{1,4}&start=(\d{1,6})$")


def call_of(account: Account, cursor: Mapping[str, Any] | None, now: datetime) -> HttpCall | None:
    """The call for all since the last poll, the first time for the last hour; None without a page or a token."""
    if not ORGANIZATION.fullmatch(account.external_id) or not _has_token(account):
        return None
    until = (cursor or {}).get("until")
    end = int(now.timestamp() * 1000)
    known = until if isinstance(until, int) and not isinstance(until, bool) and 0 < until <= end else end
    begin = max(0, known - int(BACK.total_seconds() * 1000))
    query = (
        f"q=criteria&organizationalEntity={quote(account.external_id, safe='')}&actions=List({ACTIONS})"
        f"&timeRange=(start:{begin},end:{end})&count={PAGE_SIZE}&start=0"
    )
    return api.call(account, "GET", f"organizationalEntityNotifications?{query}")


def _has_token(account: Account) -> bool:
    return account.token is not None or account.settings.access_token is not None


def found(call: HttpCall, reply: ProviderReply, cursor: Mapping[str, Any] | None) -> PollPage:
    """One page of notifications, parsed as those of a webhook. Raises nothing."""
    outcome = api.outcome_of(reply)
    if not isinstance(outcome, Accepted):
        return PollPage(cursor=dict(cursor or {}), trouble=outcome)
    elements, span = json_object(reply).get("elements"), _SPAN.search(call.url)
    if not isinstance(elements, list) or span is None:
        return PollPage(cursor=dict(cursor or {}), trouble=Transient("answer_unreadable"))
    bodies = (stdlib_json.dumps({"elements": elements}).encode(),) if elements else ()
    start = int(span[3]) + PAGE_SIZE
    if len(elements) >= PAGE_SIZE and start < PAGE_SIZE * PAGES_MAX:
        following = replace(call, url=f"{call.url[: span.start(3)]}{start}")
        return PollPage(bodies, dict(cursor or {}), following)
    return PollPage(bodies, {"until": int(span[2])})
