"""LinkedIn's REST API: tokens, calls with its headers, and what its answers mean.

Source: learn.microsoft.com/linkedin, "Comments API", "Refresh Tokens with OAuth 2.0", "Error handling".
"""

import json as stdlib_json
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from pydantic import SecretStr

from backbone.channel import form, json
from backbone.channel.port import Accepted, Account, Final, HttpCall, Outcome, ProviderReply, Throttled, Transient
from backbone.channel.replies import by_status, json_object
from backbone.channel.sources import Token
from services.linkedin.settings import LinkedinSettings
from services.linkedin.urns import comment_of

DETAIL_MAX = 300


def token_call(account: Account) -> HttpCall | None:
    """The call that changes the newest refresh token for an access token; None where one is set or there is no way to one."""
    settings: LinkedinSettings = account.settings
    refresh = account.refresh_token or settings.refresh_token
    if settings.access_token is not None or refresh is None:
        return None
    fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.get_secret_value()),
        ("client_id", settings.client_id),
        ("client_secret", settings.client_secrets[0].get_secret_value()),
    ]
    return HttpCall("POST", settings.token_url, (("content-type", form.MEDIA_TYPE),), form.dumps(fields))


def token_found(reply: ProviderReply) -> Token | Transient | Final:
    """A token, good for 60 days; `Final` where the member must agree again. Raises nothing."""
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


def call(
    account: Account,
    method: Literal["GET", "POST", "DELETE"],
    path: str,
    body: Mapping[str, object] | None = None,
    *,
    partial: bool = False,
) -> HttpCall:
    """A call of `/rest/{path}`, whose parts are encoded already; `partial` marks a change of some fields (Rest.li).

    Without any token it goes out bare and LinkedIn refuses it.
    """
    settings: LinkedinSettings = account.settings
    token = account.token or settings.access_token
    headers = [("linkedin-version", settings.api_version), ("x-restli-protocol-version", "2.0.0")]
    if token is not None:
        headers.append(("authorization", f"Bearer {token.get_secret_value()}"))
    if partial:
        headers.append(("x-restli-method", "PARTIAL_UPDATE"))
    if body is not None:
        headers.append(("content-type", "application/json"))
    payload = stdlib_json.dumps(body, separators=(",", ":")).encode() if body is not None else b""
    return HttpCall(method, f"{settings.api_base}/rest/{path}", tuple(headers), payload)


def outcome_of(reply: ProviderReply) -> Outcome:
    """Taken with the comment's URN, as webhooks name it; slow down, try again, or never, by status.

    Final: 401 (the member's grant has ended), 403 (no administrator any more), 404 (gone), 409 (said before), 422, and
    all else with a 4xx but 429. Raises nothing.
    """
    body = json_object(reply)
    if 200 <= reply.status < 300:
        number = json.optional_text(reply.header("x-restli-id")) or json.optional_text(body.get("id"))
        named = (body.get("commentUrn"), body.get("$URN"), f"urn:li:comment:({body.get('object')},{number})")
        found = next((comment for comment in map(comment_of, named) if comment is not None), None)
        return Accepted(found.urn if found else None)
    code = body.get("code") if isinstance(body.get("code"), str) else body.get("serviceErrorCode")
    name = str(code)[:60] if isinstance(code, (str, int)) and not isinstance(code, bool) else ""
    return by_status(reply, json.clean(name), (json.optional_text(body.get("message")) or "")[:DETAIL_MAX])
