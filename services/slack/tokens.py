"""Tokens that are rotated (docs.slack.dev, token rotation): good for 12 hours, and each refresh token for once."""

from datetime import timedelta

from pydantic import SecretStr

from backbone.channel import form, json
from backbone.channel.port import Account, Final, HttpCall, ProviderReply, Throttled, Transient
from backbone.channel.replies import json_object
from backbone.channel.sources import Token
from services.slack.replies import outcome_of
from services.slack.settings import SlackSettings

_LIFE = timedelta(hours=12)
_WRONG = frozenset(
    {"invalid_refresh_token", "token_expired", "token_revoked", "invalid_client_id", "bad_client_secret"}
)


def token_call(account: Account) -> HttpCall | None:
    """None where the settings hold a token that lasts."""
    settings: SlackSettings = account.settings
    refresh = account.refresh_token or settings.refresh_token
    if settings.bot_token is not None or refresh is None or settings.client_secret is None:
        return None
    fields = [
        ("client_id", settings.client_id or ""),
        ("client_secret", settings.client_secret.get_secret_value()),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.get_secret_value()),
    ]
    url = f"{settings.api_base.rstrip('/')}/oauth.v2.access"
    return HttpCall("POST", url, (("content-type", form.MEDIA_TYPE),), form.dumps(fields))


def token_found(reply: ProviderReply) -> Token | Transient | Final:
    """The new pair; `Final` where a person must install the app again."""
    answer = json_object(reply)
    value, refresh = json.optional_text(answer.get("access_token")), json.optional_text(answer.get("refresh_token"))
    if 200 <= reply.status < 300 and answer.get("ok") is not False and value:
        seconds = answer.get("expires_in")
        whole = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds <= 86_400 * 90
        life = timedelta(seconds=seconds) if isinstance(seconds, int) and whole else _LIFE
        return Token(SecretStr(value), life, SecretStr(refresh) if refresh else None)
    outcome = outcome_of(reply)
    if isinstance(outcome, Throttled):
        return Transient(outcome.code, retry_after=outcome.retry_after)
    if isinstance(outcome, Transient):
        return outcome
    code = outcome.code if isinstance(outcome, Final) else "no_token"
    return Final(code, "The app must be installed again." if code in _WRONG else "")
