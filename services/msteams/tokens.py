"""Access tokens of the connector by client credentials (RFC 6749 §4.4), as Microsoft's identity platform gives them."""

from datetime import timedelta

from pydantic import SecretStr

from backbone.channel import form, json
from backbone.channel.port import Account, Final, HttpCall, ProviderReply, Transient
from backbone.channel.replies import json_object, retry_after
from backbone.channel.sources import Token
from services.msteams.settings import TeamsSettings

_SCOPE = "https://api.botframework.com/.default"
_LIFE = timedelta(hours=1)
_LIFE_MAX = 86_400 * 2


def token_call(account: Account) -> HttpCall:
    settings: TeamsSettings = account.settings
    fields = [
        ("grant_type", "client_credentials"),
        ("client_id", settings.app_id),
        ("client_secret", settings.app_password.get_secret_value()),
        ("scope", _SCOPE),
    ]
    url = f"{settings.login_base.rstrip('/')}/{settings.token_tenant}/oauth2/v2.0/token"
    return HttpCall("POST", url, (("content-type", form.MEDIA_TYPE),), form.dumps(fields))


def token_found(reply: ProviderReply) -> Token | Transient | Final:
    """The token; a 4xx names what a person must mend (`invalid_client`: the password is wrong or over)."""
    answer = json_object(reply)
    value = json.optional_text(answer.get("access_token"))
    if 200 <= reply.status < 300 and value:
        seconds = answer.get("expires_in")
        whole = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds <= _LIFE_MAX
        return Token(SecretStr(value), timedelta(seconds=seconds) if isinstance(seconds, int) and whole else _LIFE)
    code = (json.optional_text(answer.get("error")) or f"http_{reply.status}")[:80]
    if 400 <= reply.status < 500 and reply.status not in {408, 429}:
        return Final(code, "Microsoft refuses the bot's credentials.")
    return Transient(code, retry_after=retry_after(reply))
