"""Access tokens for IMAP servers that take no passwords (RFC 6749): what is asked for, and what the answer says."""

from datetime import timedelta

from pydantic import SecretStr

from backbone.channel import form, replies
from backbone.channel.mail.reports import short
from backbone.channel.port import Account, Final, HttpCall, ProviderReply, Throttled, Transient
from backbone.channel.sources import Token
from services.email.settings import EmailSettings

DEFAULT_SPAN = timedelta(hours=1)
"""Of a token of which nothing is said (RFC 6749 §5.1 only recommends it)."""


def token_call(account: Account) -> HttpCall | None:
    """A refresh by the newest refresh token, or the client's own credentials where there is none."""
    settings: EmailSettings = account.settings
    if settings.oauth is None:
        return None
    refresh = account.refresh_token or settings.oauth.refresh_token
    fields = [
        ("client_id", settings.oauth.client_id),
        ("client_secret", settings.oauth.client_secret.get_secret_value()),
    ]
    if refresh is not None:
        fields += [("grant_type", "refresh_token"), ("refresh_token", refresh.get_secret_value())]
    else:
        fields += [("grant_type", "client_credentials")]
    fields += [("scope", settings.oauth.scope)] if settings.oauth.scope else []
    headers = (("content-type", form.MEDIA_TYPE), ("accept", "application/json"))
    return HttpCall("POST", settings.oauth.token_url, headers, form.dumps(fields))


def token_found(reply: ProviderReply) -> Token | Transient | Final:
    """The token; a refusal by its code (RFC 6749 §5.2) needs a person, all else may pass."""
    body = replies.json_object(reply)
    token, seconds, refresh = body.get("access_token"), body.get("expires_in"), body.get("refresh_token")
    if 200 <= reply.status < 300:
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            return Transient("unreadable", "the answer holds no access token")
        usable = isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and 0 < seconds < 10**8
        span = timedelta(seconds=float(seconds)) if usable and seconds is not None else DEFAULT_SPAN
        renewed = SecretStr(refresh) if isinstance(refresh, str) and refresh else None
        return Token(SecretStr(token), span, renewed)
    code = short(body.get("error"), 60) or f"http_{reply.status}"
    outcome = replies.by_status(reply, code)
    if isinstance(outcome, Final):
        return outcome
    waited = outcome.retry_after if isinstance(outcome, (Throttled, Transient)) else None
    return Transient(code, retry_after=waited)
