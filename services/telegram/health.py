"""Asks Telegram how its deliveries to us fare: an update that can't be delivered waits there for 24 hours and then is lost.

With a webhook set, updates can't be asked for (`getUpdates` answers 409), so this is what there is. Source: Bot API,
getWebhookInfo and WebhookInfo.
"""

import json as stdlib_json
from collections.abc import Mapping
from typing import Any, Literal

from backbone.channel import json
from backbone.channel.batch import digest
from backbone.channel.port import Accepted, HttpCall, Outcome, Parsed, ProviderReply, Transient
from backbone.channel.replies import json_object
from backbone.channel.sources import PollPage
from schemas.inbound import AccountNotice
from services.telegram.settings import TelegramSettings

METHOD = "POLL"
_KEY = "webhook_info"
_FIELDS = ("pending_update_count", "last_error_date", "last_error_message")
_DETAIL_MAX = 300


def call(settings: TelegramSettings) -> HttpCall:
    """One call; its URL holds the token."""
    return HttpCall("GET", settings.method_url("getWebhookInfo"))


def found(reply: ProviderReply, meaning: Outcome, cursor: Mapping[str, Any] | None) -> PollPage:
    """A body where something is wrong that was not wrong the last time. `meaning` is what the answer means as any other."""
    kept = dict(cursor or {})
    info = json_object(reply).get("result")
    if not isinstance(meaning, Accepted) or not isinstance(info, dict):
        return PollPage(cursor=kept, trouble=Transient("unreadable") if isinstance(meaning, Accepted) else meaning)
    told: dict[str, Any] = {key: info[key] for key in _FIELDS if key in info}
    told["is_set"] = bool(info.get("url"))
    state = digest([told["is_set"], told.get("last_error_date")])
    is_news = not told["is_set"] or told.get("last_error_date") is not None
    if not is_news or state == kept.get("state"):
        return PollPage(cursor={"state": state})
    return PollPage((stdlib_json.dumps({_KEY: told}).encode(),), {"state": state})


def parse(body: bytes) -> Parsed:
    """The notice about the account. Raises `PayloadInvalid` where the body can't be read."""
    info = json.obj(json.obj(json.loads(body), "the body").get(_KEY), _KEY)
    is_set = info.get("is_set") is True
    severity: Literal["warning", "error"] = "warning" if is_set else "error"
    pending = info.get("pending_update_count")
    words = [
        json.optional_text(info.get("last_error_message")),
        f"{pending} pending" if isinstance(pending, int) else None,
    ]
    notice = AccountNotice(
        thread_key="",
        dedup_key=f"webhook:{digest(info)}",
        provider_at=json.optional_instant(info.get("last_error_date")),
        code="webhook_failing" if is_set else "webhook_missing",
        severity=severity,
        detail="; ".join(word for word in words if word)[:_DETAIL_MAX],
    )
    return Parsed((notice,))
