"""Optional parts of a channel: what it draws on besides the requests that come in. Pure, as the codec they stand beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from pydantic import SecretStr

from backbone.channel.port import Account, Final, HttpCall, ProviderReply, Request, Throttled, Transient


@runtime_checkable
class KeySource(Protocol):
    """Optional beside `Codec`: signatures that are checked with public keys or certificates which the provider publishes."""

    def key_urls(self, request: Request, account: Account) -> Sequence[str]:
        """Where the keys for this request stand; empty if none are needed. Raises nothing, whatever the request holds.

        A URL that the request names itself is answered only where its host is the provider's. The gateway fetches each,
        keeps it for an hour and hands it to `verify` in `Context.keys`; what is missing there fails the signature.
        """
        ...


@runtime_checkable
class ContentSource(Protocol):
    """Optional beside `Codec`: webhooks that may only say where a message lies. Pure."""

    def content_call(self, request: Request, account: Account, now: datetime) -> HttpCall | None:
        """The call that fetches what a verified request speaks of; None where it holds all. Raises nothing."""
        ...

    def content_found(self, request: Request, reply: ProviderReply) -> Request:
        """The request as the provider would have sent it with the content inside, for `parse`. Raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and how long it is good for; `refresh` replaces the refresh token it was had by."""

    value: SecretStr
    expires_in: timedelta
    refresh: SecretStr | None = None


@runtime_checkable
class TokenSource(Protocol):
    """Optional beside `Codec`: providers whose access tokens expire. One leased refresher of the gateway calls it."""

    def token_call(self, account: Account, now: datetime) -> HttpCall | None:
        """The call that gets a token; None where the settings hold one that does not expire."""
        ...

    def token_found(self, reply: ProviderReply, account: Account) -> Token | Transient | Final:
        """What the answer says; `Final` needs a person (revoked consent, wrong secret). Raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class PollPage:
    """What one call of a poll brought. Each of `bodies` is parsed as the body of a request with the method `POLL`.

    `cursor` is stored once they are durable. `next_call` goes on at once; `cost` is in the units of the manifest's quota.
    `trouble` says that nothing was brought, and why.
    """

    bodies: tuple[bytes, ...] = field(default=(), repr=False)
    cursor: Mapping[str, Any] = field(default_factory=dict)
    next_call: HttpCall | None = None
    cost: int = 1
    trouble: Throttled | Transient | Final | None = None


@runtime_checkable
class HttpPoll(Protocol):
    """Optional beside `Codec`: asks the provider over HTTP what is new, or what its webhooks left out. Pure.

    What a poll and a webhook both bring has the same `dedup_key`. `verify` accepts the method `POLL`, which no webhook
    can have: the gateway refuses it.
    """

    def poll_call(self, account: Account, cursor: Mapping[str, Any] | None, now: datetime) -> HttpCall | None:
        """The first call of a poll; None where the settings don't allow one. `cursor` is None the first time."""
        ...

    def poll_found(
        self, account: Account, call: HttpCall, reply: ProviderReply, cursor: Mapping[str, Any] | None
    ) -> PollPage:
        """What came back. Raises nothing; a reply that can't be read is a `Transient` trouble."""
        ...


@runtime_checkable
class KeySimulator(Protocol):
    """Optional beside `Simulator`: the public side of the keys that its signatures are checked with."""

    def keys(self, account: Account, now: datetime) -> Mapping[str, bytes]:
        """What stands at each of the codec's `key_urls`."""
        ...
