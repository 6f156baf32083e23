"""Google's APIs as reviews and comments share them: who asks (a service account or a user's consent), calls, answers. Pure.

Sources: developers.google.com, "Using OAuth 2.0 for Web Server Applications"; cloud.google.com/apis/design/errors.
"""

import json as stdlib_json
from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

from pydantic import Field, SecretStr

from backbone.channel import form, json, service_account
from backbone.channel.port import (
    Accepted,
    Account,
    AccountSettings,
    Final,
    HttpCall,
    Outcome,
    ProviderReply,
    Throttled,
    Transient,
)
from backbone.channel.replies import by_status, child, json_object, retry_after
from backbone.channel.service_account import PrivateKeyPem
from backbone.channel.sources import Token

SLOW_DOWN = frozenset(
    {
        "quotaExceeded",
        "dailyLimitExceeded",
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "resourceExhausted",
        "RESOURCE_EXHAUSTED",
    }
)
TRY_AGAIN = frozenset({"backendError", "internalError", "processingFailure", "UNAVAILABLE", "ABORTED", "INTERNAL"})
DETAIL_MAX = 300


class GoogleSettings(AccountSettings):
    """One way to a token: a service account (`service_account_email`, `private_key`), a user's consent (`client_id`,
    `client_secret`, `refresh_token`), or an `access_token` that somebody else renews.
    """

    service_account_email: str = ""
    private_key: PrivateKeyPem | None = None
    client_id: str = ""
    client_secret: SecretStr | None = None
    refresh_token: SecretStr | None = None
    access_token: SecretStr | None = None
    token_url: str = Field(default=service_account.TOKEN_URL, pattern=r"^https?://[^?#@\s]+$")


def token_call(account: Account, settings: GoogleSettings, scope: str, now: datetime) -> HttpCall | None:
    """The call that gets an access token for `scope`; None where one is set or there is no way to one.

    Raises `ConfigurationInvalid` for a private key that can't sign, which the settings refuse beforehand.
    """
    if settings.access_token is not None:
        return None
    if settings.private_key is not None and settings.service_account_email:
        signed = service_account.assertion(
            settings.service_account_email, settings.private_key, scope, settings.token_url, now
        )
        return service_account.token_call(settings.token_url, signed)
    refresh = account.refresh_token or settings.refresh_token
    if refresh is None or settings.client_secret is None:
        return None
    fields = [
        ("grant_type", "refresh_token"),
        ("client_id", settings.client_id),
        ("client_secret", settings.client_secret.get_secret_value()),
        ("refresh_token", refresh.get_secret_value()),
    ]
    return HttpCall("POST", settings.token_url, (("content-type", form.MEDIA_TYPE),), form.dumps(fields))


def token_found(reply: ProviderReply) -> Token | Transient | Final:
    """As `service_account.token_found`: Google answers both ways of asking alike. Raises nothing."""
    return service_account.token_found(reply)


def call(
    account: Account,
    settings: GoogleSettings,
    method: Literal["GET", "POST", "PUT", "DELETE"],
    url: str,
    *,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, object] | None = None,
) -> HttpCall:
    """A call with the account's token; without any it goes out bare and Google refuses it."""
    token = account.token or settings.access_token
    headers = (("authorization", f"Bearer {token.get_secret_value()}"),) if token is not None else ()
    payload = stdlib_json.dumps(body, separators=(",", ":")).encode() if body is not None else b""
    kind = (("content-type", "application/json"),) if body is not None else ()
    return HttpCall(method, f"{url}?{urlencode(query)}" if query else url, (*headers, *kind), payload)


def outcome_of(reply: ProviderReply, made: str | None = None) -> Outcome:
    """Taken (as `made`), slow down, try again, or never: decided by `errors[].reason`, then `status`, then the HTTP status.

    Final: 401 (the token), `forbidden`, `commentsDisabled`, all that is not found or not valid, and what is not known with
    a 4xx. Raises nothing.
    """
    if 200 <= reply.status < 300:
        return Accepted(made)
    error = child(json_object(reply), "error")
    errors = error.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    reason = json.optional_text(first.get("reason")) or ""
    status = json.optional_text(error.get("status")) or ""
    code = (reason or status)[:60]
    detail = (json.optional_text(error.get("message")) or "")[:DETAIL_MAX]
    if reason in SLOW_DOWN or status in SLOW_DOWN:
        return Throttled(code, retry_after(reply))
    if reply.status != 403 and (reason in TRY_AGAIN or status in TRY_AGAIN):
        return Transient(code, detail, retry_after(reply))
    return by_status(reply, code, detail)


def trouble_of(reply: ProviderReply) -> Throttled | Transient | Final | None:
    """What keeps a poll from its answer; None where it is one."""
    outcome = outcome_of(reply)
    return None if isinstance(outcome, Accepted) else outcome
