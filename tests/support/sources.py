"""A made-up channel with published keys' counterparts for polls and tokens, and a provider that answers from a script."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr

from backbone.channel.manifest import Capabilities, ChannelClass, Manifest
from backbone.channel.port import Account, Codec, Final, HttpCall, ProviderReply, Throttled, Transient
from backbone.channel.registry import Channel
from backbone.channel.sources import PollPage, Token
from backbone.errors import FrontdeskError
from gateway.accounts import Served
from tests.support.outbound import PROVIDER, PaperCodec, PaperSettings

Answer = dict[str, Any] | FrontdeskError


class TokenSettings(PaperSettings):
    client_secret: SecretStr = SecretStr("client secret")
    static: bool = False
    poll_quota_per_day: int | None = None


class SourceCodec(PaperCodec):
    """`/token` answers `{"token", "expires_in", "refresh"?}` or `{"error"}`, `/poll` `{"items", "next"?, "more"?, "cost"?}`."""

    settings_type = TokenSettings

    def token_call(self, account: Account, now: datetime) -> HttpCall | None:
        if account.settings.static:
            return None
        refresh = account.refresh_token.get_secret_value() if account.refresh_token else None
        return HttpCall("POST", f"{PROVIDER}/token", (), json.dumps({"refresh": refresh}).encode())

    def token_found(self, reply: ProviderReply, account: Account) -> Token | Transient | Final:
        body = json.loads(reply.body)
        if "token" in body:
            refresh = SecretStr(body["refresh"]) if "refresh" in body else None
            return Token(SecretStr(body["token"]), timedelta(seconds=body["expires_in"]), refresh)
        return Final(body["error"], "consent was revoked") if reply.status == 400 else Transient(body["error"])

    def poll_call(self, account: Account, cursor: Mapping[str, Any] | None, now: datetime) -> HttpCall | None:
        token = account.token.get_secret_value() if account.token else ""
        return HttpCall("GET", f"{PROVIDER}/poll?after={cursor['next'] if cursor else 0}", (("authorization", token),))

    def poll_found(
        self, account: Account, call: HttpCall, reply: ProviderReply, cursor: Mapping[str, Any] | None
    ) -> PollPage:
        body = json.loads(reply.body)
        if reply.status == 429:
            return PollPage(trouble=Throttled("slow_down", timedelta(seconds=body["after"])))
        if reply.status != 200:
            return PollPage(trouble=Final("gone") if reply.status == 410 else Transient("busy", "try later"))
        following = body.get("next", cursor["next"] if cursor else 0)
        more = HttpCall("GET", f"{PROVIDER}/poll?after={following}") if body.get("more") else None
        items = tuple(item.encode() for item in body["items"])
        return PollPage(items, {"next": following}, more, body.get("cost", 1))


def source(
    account_id: str = "acc_1", *, version: int = 1, settings: Mapping[str, Any] | None = None, **more: Any
) -> Served:
    """An account of it; `more` replaces what the manifest says."""
    values = {
        "name": "source",
        "title": "Source",
        "ingress": "poll",
        "poll_every": timedelta(minutes=5),
        "capabilities": Capabilities(channel_class=ChannelClass.PUBLIC, text_max=1000),
        **more,
    }
    chosen = TokenSettings.model_validate(settings or {"static": True})
    account = Account(account_id, "ten_1", "source", "source-1", chosen, "https://desk.example.test/w")
    channel = Channel(Manifest.model_validate(values), cast("Codec", SourceCodec()), Path())
    return Served(account, channel, "active", version)


class Script:
    """Answers calls in order; the last answer stays. Each is a body, with `status` in it where it is not 200, or an error."""

    def __init__(self, *answers: Answer, on_call: Callable[[], None] = lambda: None) -> None:
        self.answers = list(answers)
        self.calls: list[HttpCall] = []
        self.on_call = on_call

    async def call(self, call: HttpCall, account: Account) -> ProviderReply:
        self.calls.append(call)
        self.on_call()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, FrontdeskError):
            raise answer
        return ProviderReply(answer.get("status", 200), (), json.dumps(answer).encode())
