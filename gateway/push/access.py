"""Access to the push services: Google's tokens are asked for, Apple's are signed here; both are kept until they end or are refused."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from pydantic import SecretStr

from backbone.channel.port import ProviderReply
from backbone.channel.push import ApnsSettings, FcmSettings
from backbone.channel.service_account import assertion, token_call, token_found
from backbone.channel.sources import Token
from backbone.clock import Clock
from backbone.errors import ConfigurationInvalid, Unavailable
from backbone.web.fetcher import Fetcher
from gateway.push.notices import FCM_SCOPE, apns_token

DEADLINE = timedelta(seconds=10)
APPLE_LIFETIME = timedelta(minutes=40)
"""Apple refuses those older than an hour, and those made oftener than each 20 minutes."""
EARLY = timedelta(minutes=5)
KEPT_MOST = 1000


class AccessTokens:
    """By account and its settings: changed ones never meet an old token."""

    def __init__(self, fetcher: Fetcher, clock: Clock) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._kept: OrderedDict[tuple[str, FcmSettings | ApnsSettings], tuple[datetime, SecretStr]] = OrderedDict()
        # Many notices begin at once: the first asks, the others wait for what it gets.
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def google(self, account_id: str, settings: FcmSettings) -> SecretStr:
        """Raises `ConfigurationInvalid` where Google refuses the service account, and what a call raises."""
        lock = self._asking.setdefault(account_id, asyncio.Lock())
        async with lock:
            return self._found(account_id, settings) or await self._ask(account_id, settings)

    async def _ask(self, account_id: str, settings: FcmSettings) -> SecretStr:
        now = self._clock.now()
        asked = token_call(
            settings.token_url,
            assertion(settings.client_email, settings.private_key, FCM_SCOPE, settings.token_url, now),
        )
        answer = await self._fetcher.call(
            asked.method, asked.url, headers=asked.headers, body=asked.body, deadline=DEADLINE
        )
        found = token_found(ProviderReply(answer.status, answer.headers, answer.body))
        if not isinstance(found, Token):
            if 400 <= answer.status < 500 and answer.status != 429:
                raise ConfigurationInvalid(f"Google gives no access token: {found.code}")
            raise Unavailable(f"Google gives no access token now: {found.code}")
        lifetime = max(found.expires_in - EARLY, timedelta(seconds=30))
        return self._keep(account_id, settings, now + lifetime, found.value)

    def apple(self, account_id: str, settings: ApnsSettings) -> SecretStr:
        kept = self._found(account_id, settings)
        if kept is not None:
            return kept
        now = self._clock.now()
        return self._keep(account_id, settings, now + APPLE_LIFETIME, apns_token(settings, now))

    def forget(self, account_id: str, token: SecretStr) -> None:
        """It was refused."""
        same: Callable[[SecretStr], bool] = lambda one: one.get_secret_value() == token.get_secret_value()  # noqa: E731
        for key in [key for key, (_, kept) in self._kept.items() if key[0] == account_id and same(kept)]:
            del self._kept[key]

    def _found(self, account_id: str, settings: FcmSettings | ApnsSettings) -> SecretStr | None:
        ends, token = self._kept.get((account_id, settings), (None, None))
        return token if ends is not None and ends > self._clock.now() else None

    def _keep(
        self, account_id: str, settings: FcmSettings | ApnsSettings, ends: datetime, token: SecretStr
    ) -> SecretStr:
        self._kept[account_id, settings] = (ends, token)
        while len(self._kept) > KEPT_MOST:
            self._kept.popitem(last=False)
        return token
