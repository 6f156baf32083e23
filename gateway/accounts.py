"""The channel accounts this gateway serves, in memory: read once, then only what changed."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from backbone.channel import registry
from backbone.channel.port import Account
from backbone.channel.registry import Channel
from backbone.clock import Clock
from backbone.errors import ConfigurationInvalid, Retriable
from backbone.storage.account_config import open_config, webhook_url
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Connection, Database
from backbone.telemetry.logs import get_logger
from gateway.tokens import store as tokens
from gateway.tokens.store import Held

log = get_logger(__name__)

EVERY = timedelta(seconds=2)
OVERLAP = timedelta(minutes=1)
"""`updated_at` is a transaction's start: one that began earlier may commit later, so each look reaches back this far."""
RECONCILE_EVERY = timedelta(seconds=30)
"""How soon a deleted account, which leaves no trace in `updated_at`, is noticed without a wake-up."""
PAGE = 1000
MOST = 100_000


@dataclass(frozen=True, slots=True)
class Served:
    """An account with its channel. `trouble` says why it can't be used now (shown to operators), else it is empty.

    `token_trouble` says why no new access token is to be had; what comes in is taken all the same.
    """

    account: Account
    channel: Channel
    state: str
    version: int
    trouble: str = ""
    token_trouble: str = ""

    @property
    def usable(self) -> bool:
        """Quarantined accounts are served: what providers send is kept, the router sets it aside."""
        return not self.trouble and self.state != "paused"


@dataclass(slots=True)
class _Index:
    by_id: dict[str, Served] = field(default_factory=dict)
    by_address: dict[tuple[str, str, str], Served] = field(default_factory=dict)
    by_channel: dict[tuple[str, str], dict[str, Served]] = field(default_factory=dict)

    def put(self, served: Served) -> None:
        self.drop(served.account.id)
        self.by_id[served.account.id] = served
        self.by_address[_address(served)] = served
        self.by_channel.setdefault(_address(served)[:2], {})[served.account.id] = served

    def drop(self, account_id: str) -> None:
        old = self.by_id.pop(account_id, None)
        if old is None:
            return
        if self.by_address.get(_address(old)) is old:
            del self.by_address[_address(old)]
        several = self.by_channel[_address(old)[:2]]
        del several[account_id]
        if not several:
            del self.by_channel[_address(old)[:2]]


class AccountDirectory:
    """All accounts of the served channels by id and by (tenant, channel, external id).

    `start` loads it; `run` keeps it fresh (every 2 s, and at once after `wake`). With the database away it goes on with
    what it has. An account whose settings are wrong stays in it with its `trouble` and stops nobody else. Beyond `most`
    accounts the newest are left out, which `state` tells.
    """

    def __init__(
        self,
        database: Database,
        master: MasterKey,
        clock: Clock,
        *,
        public_url: str,
        channels: Iterable[str] = (),
        most: int = MOST,
    ) -> None:
        """`channels` are the names to serve; none means every channel there is."""
        self._database = database
        self._master = master
        self._clock = clock
        self._public_url = public_url
        self._channels = sorted(set(channels) or _every_channel())
        self._most = most
        self._index = _Index()
        self._seen: datetime | None = None
        self._reconciled_at = clock.monotonic()
        self._refreshed_at: float | None = None
        self._left_out = 0
        self._tokens: dict[str, Held] = {}
        self._tokens_seen: datetime | None = None
        self._wake = asyncio.Event()

    @property
    def channels(self) -> Sequence[str]:
        return self._channels

    def by_id(self, account_id: str) -> Served | None:
        return self._index.by_id.get(account_id)

    def by_address(self, tenant_id: str, channel: str, external_id: str) -> Served | None:
        return self._index.by_address.get((tenant_id, channel, external_id))

    def of_channel(self, tenant_id: str, channel: str) -> Served | None:
        """The tenant's account on that channel with the lowest id."""
        several = self._index.by_channel.get((tenant_id, channel))
        return several[min(several)] if several else None

    def all(self) -> Sequence[Served]:
        return list(self._index.by_id.values())

    def tenants(self, *, exchange: str | None = None) -> Sequence[str]:
        """Tenants with an account here; only those with an account of that exchange (`ack` or `dialogue`) if given."""
        return sorted(
            {
                served.account.tenant_id
                for served in self._index.by_id.values()
                if exchange is None or served.channel.manifest.exchange == exchange
            }
        )

    def state(self) -> Mapping[str, object]:
        """For `doctor` and readiness: how many accounts, how old the knowledge is in seconds, which are in trouble."""
        age = None if self._refreshed_at is None else self._clock.monotonic() - self._refreshed_at
        troubled = {
            served.account.id: served.trouble or served.token_trouble
            for served in self.all()
            if served.trouble or served.token_trouble
        }
        return {
            "accounts": len(self._index.by_id),
            "age_seconds": age,
            "left_out": self._left_out,
            "troubled": dict(sorted(troubled.items())[:100]),
        }

    def wake(self) -> None:
        """Some account changed: look now."""
        self._wake.set()

    async def start(self) -> None:
        """Loads everything. Raises `Unavailable`."""
        await self.refresh(reconcile=True)

    async def run(self) -> None:
        """Keeps the directory fresh until cancelled; the database may come and go."""
        while True:
            woken = await self._pause()
            due = self._clock.monotonic() - self._reconciled_at >= RECONCILE_EVERY.total_seconds()
            try:
                await self.refresh(reconcile=woken or due)
            except Retriable as error:
                log.warning("accounts not refreshed", code=error.code)

    async def _pause(self) -> bool:
        """Waits for the next look; True if a wake-up cut it short."""
        nap = asyncio.ensure_future(self._clock.sleep(EVERY))
        call = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait({nap, call}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            nap.cancel()
            call.cancel()
        woken = self._wake.is_set()
        self._wake.clear()
        return woken

    async def refresh(self, *, reconcile: bool = False) -> None:
        """Takes in what changed since the last time; `reconcile` also forgets what was deleted. Raises `Unavailable`."""
        async with self._database.transaction(read_only=True) as connection:
            since = None if self._seen is None else self._seen - OVERLAP
            after = ""
            while True:
                rows = await connection.fetch(
                    """
                    SELECT id, tenant_id, channel, external_id, config, state, version, updated_at FROM channel_accounts
                    WHERE channel = ANY($1) AND ($2::timestamptz IS NULL OR updated_at > $2) AND id > $3
                    ORDER BY id LIMIT $4
                    """,
                    self._channels,
                    since,
                    after,
                    PAGE,
                )
                for row in rows:
                    self._take(row)
                if len(rows) < PAGE:
                    break
                after = rows[-1]["id"]
            if reconcile:
                present = await connection.fetch(
                    "SELECT id FROM channel_accounts WHERE channel = ANY($1)", self._channels
                )
                self._forget_all_but({row["id"] for row in present})
            await self._take_tokens(connection)
        self._refreshed_at = self._clock.monotonic()

    async def _take_tokens(self, connection: Connection) -> None:
        """Tokens that were written since the last look, by whichever replica."""
        since = None if self._tokens_seen is None else self._tokens_seen - OVERLAP
        while True:
            rows = await tokens.changed(connection, self._master, since, PAGE)
            for held in rows:
                before = self._tokens.get(held.account_id)
                if before is None or before.updated_at != held.updated_at:
                    self._take_token(held)
            if rows:
                self._tokens_seen = max(rows[-1].updated_at, self._tokens_seen or rows[-1].updated_at)
            if len(rows) < PAGE or rows[-1].updated_at == since:
                return
            since = rows[-1].updated_at

    def _take_token(self, held: Held) -> None:
        served = self._index.by_id.get(held.account_id)
        if served is not None:
            self._tokens[held.account_id] = held
            self._index.put(_with_token(served, held))

    def _forget_all_but(self, present: set[str]) -> None:
        for account_id in self._index.by_id.keys() - present:
            self._index.drop(account_id)
            self._tokens.pop(account_id, None)
        self._left_out = len(present) - len(self._index.by_id)
        if self._left_out:
            log.error("more accounts than this gateway holds", left_out=self._left_out, most=self._most)
        self._reconciled_at = self._clock.monotonic()

    def _take(self, row: Any) -> None:
        self._seen = row["updated_at"] if self._seen is None else max(self._seen, row["updated_at"])
        known = self._index.by_id.get(row["id"])
        if known is None and len(self._index.by_id) >= self._most:
            return
        if known is not None and known.version == row["version"] and known.state == row["state"]:
            return
        served = self._served(row)
        if served is not None:
            held = self._tokens.get(served.account.id)
            self._index.put(served if held is None else _with_token(served, held))

    def _served(self, row: Any) -> Served | None:
        account_id, name = row["id"], row["channel"]
        try:
            channel = registry.channel(name)
        except Exception as error:
            # A channel's module may raise anything: it stops itself only.
            log.error("channel can't be loaded", channel=name, exc_info=error)
            return None
        settings: Any = None
        trouble = ""
        try:
            settings = channel.codec.settings_type.model_validate(open_config(self._master, account_id, row["config"]))
        except ValidationError as error:
            # The values themselves are secrets: only the places are told.
            places = sorted({".".join(map(str, item["loc"])) for item in error.errors(include_input=False)})
            trouble = f"settings not valid: {', '.join(places)[:300]}"
        except ConfigurationInvalid:
            trouble = "settings can't be opened: sealed under another master key, or damaged"
        if trouble:
            log.error("account can't be used", account_id=account_id, channel=name, trouble=trouble)
        account = Account(
            id=account_id,
            tenant_id=row["tenant_id"],
            channel=name,
            external_id=row["external_id"],
            settings=settings,
            webhook_url=webhook_url(self._public_url, name, account_id),
        )
        return Served(account, channel, row["state"], row["version"], trouble)


def _with_token(served: Served, held: Held) -> Served:
    account = replace(served.account, token=held.token, refresh_token=held.refresh)
    return replace(served, account=account, token_trouble=held.trouble)


def _address(served: Served) -> tuple[str, str, str]:
    account = served.account
    return account.tenant_id, account.channel, account.external_id


def _every_channel() -> set[str]:
    """By folder, so that a broken manifest stops its own channel only."""
    return {path.parent.name for path in registry.services_folder().glob("*/manifest.toml")}
