"""What Meta says about the account itself: templates, quality, limits, restrictions; and what customers say of advertising."""

import hashlib
import json as stdlib_json
from typing import Any, Literal

from backbone.channel import json
from schemas.inbound import AccountNotice, ConsentChanged, EventIgnored, Sender

Severity = Literal["info", "warning", "error"]

NOTICES = frozenset({
    "account_alerts", "account_review_update", "account_update", "business_capability_update", "flows",
    "message_template_components_update", "message_template_quality_update", "message_template_status_update",
    "payment_configuration_update", "phone_number_name_update", "phone_number_quality_update", "security",
    "template_category_update",
})  # fmt: skip
"""Fields that are about the account. Others are counted and ignored."""

_GOOD = {
    "APPROVED", "REINSTATED", "UNFLAGGED", "UPGRADE", "ONBOARDING", "VERIFIED_ACCOUNT", "PARTNER_ADDED", "GREEN", "YELLOW",
    "UNKNOWN", "INFORMATIONAL", "INFO",
}  # fmt: skip
_BAD = {
    "REJECTED", "DISABLED", "DISABLED_UPDATE", "ACCOUNT_VIOLATION", "ACCOUNT_RESTRICTION", "ACCOUNT_DELETED",
    "PARTNER_REMOVED", "RED", "CRITICAL",
}  # fmt: skip
_INFORMING = {
    "business_capability_update",
    "message_template_components_update",
    "template_category_update",
    "security",
}
"""Fields that bring no verdict: something was changed."""

_VERDICTS = ("event", "new_quality_score", "decision", "alert_severity")
_DETAILS = (
    "message_template_name", "message_template_language", "reason", "previous_quality_score", "new_category",
    "display_phone_number", "current_limit", "rejection_reason", "alert_type", "alert_description",
)  # fmt: skip
_DETAIL_MAX = 300


def notice_of(change: dict[str, Any], account_ref: str | None, sent_at: Any = None) -> AccountNotice | EventIgnored:
    """The notice of one change; `EventIgnored` where its field is about something else.

    Notices have no name, and the same may happen twice: what they say and when they were sent name them together.
    """
    field, value = json.clean(change["field"]), change["value"]
    shared: dict[str, Any] = {
        "thread_key": "",
        "dedup_key": digest_of(change if sent_at is None else {"change": change, "time": sent_at}),
        "provider_at": json.optional_instant(sent_at),
        "account_ref": account_ref,
    }
    if field not in NOTICES:
        return EventIgnored(reason=_reason(field, value), **shared)
    verdict = next((found for key in _VERDICTS if (found := json.optional_text(value.get(key)))), None)
    words = [found for key in _DETAILS if (found := _word(value.get(key))) and found != "NONE"]
    return AccountNotice(
        code=f"{field}:{verdict[:60]}" if verdict else field,
        severity=_severity(field, verdict),
        detail=" ".join(words)[:_DETAIL_MAX],
        **shared,
    )


def digest_of(element: dict[str, Any]) -> str:
    """A name for what has none: the hash of all it holds."""
    return hashlib.sha256(stdlib_json.dumps(element, sort_keys=True).encode()).hexdigest()


def preference_of(element: dict[str, Any], sender: Sender, account_ref: str | None) -> ConsentChanged | EventIgnored:
    """Whether the customer wants advertising: `stop` is a no, `resume` and `signup` are a yes."""
    shared: dict[str, Any] = {
        "thread_key": sender.address,
        "dedup_key": digest_of(element),
        "provider_at": json.optional_instant(element.get("timestamp")),
        "account_ref": account_ref,
    }
    word = json.optional_text(element.get("value")) or ""
    if word == "stop":
        return ConsentChanged(sender=sender, state="opted_out", word=word, **shared)
    if word in {"resume", "signup"}:
        return ConsentChanged(sender=sender, state="opted_in", word=word, **shared)
    return EventIgnored(reason=f"preference {word[:60]}".strip(), **{**shared, "thread_key": ""})


def _severity(field: str, verdict: str | None) -> Severity:
    """A verdict that nobody knows is worth a look."""
    name = (verdict or "").upper()
    if name in _BAD:
        return "error"
    if name in _GOOD or (verdict is None and field in _INFORMING):
        return "info"
    return "warning"


def _word(value: Any) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else json.optional_text(value)


def _reason(field: str, value: dict[str, Any]) -> str:
    """The field, and the code of an error that came without a message."""
    errors = value.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    code = f" error {str(first.get('code'))[:12]}" if isinstance(first, dict) else ""
    return json.clean(f"{field[:60]}{code}")
