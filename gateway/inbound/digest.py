"""What a verified request says, sorted: events by the account they are for, and what can't be understood. No IO."""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Literal, Protocol

from backbone.bus.port import Headers
from backbone.bus.port import Message as BusMessage
from backbone.channel.port import Account, Context, Parsed, Request, Response
from backbone.errors import PayloadInvalid
from backbone.ids import new_id
from backbone.telemetry.logs import get_logger
from gateway.accounts import Served
from gateway.inbound.publisher import Outgoing
from schemas.inbound import AnyInboundEvent
from schemas.topics import INBOUND

log = get_logger(__name__)

Cause = Literal["payload_invalid", "rejected", "unknown_account", "codec_failed", "beyond_limits"]


class Neighbours(Protocol):
    """Of the directory of accounts, what tells whom a request speaks of besides the account it was sent to."""

    def by_address(self, tenant_id: str, channel: str, external_id: str) -> Served | None: ...

    def of_channel(self, tenant_id: str, channel: str) -> Served | None:
        """Any account of the tenant on that channel."""
        ...


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a part of a request goes to the dead letters; `detail` never holds content."""

    cause: Cause
    detail: str = ""


@dataclass(slots=True)
class Digest:
    """`events` are in the order of the request; `ignored` counts those of no use to anybody.

    `poll_now`: the account must be asked what is new.
    """

    events: list[tuple[Account, AnyInboundEvent]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    ignored: int = 0
    response: Response = field(default_factory=Response)
    poll_now: bool = False

    def reason(self) -> str:
        """One line for people: each cause with its details and how often it came."""
        told = Counter(f"{fault.cause}: {fault.detail}" if fault.detail else fault.cause for fault in self.faults)
        return "; ".join(f"{text} ({count}x)" if count > 1 else text for text, count in told.most_common(5))


def digest(served: Served, request: Request, context: Context, neighbours: Neighbours) -> Digest:
    """Parses a verified request. Raises nothing: what a codec can't take is a fault, answered as plain success.

    An event that names another account is for the sibling of the same tenant and channel, or a fault if there is none.
    Channels that share this webhook read it too, for accounts of the same tenant: the response is the first one's, and
    what goes wrong with one of them is a fault beside the events of the others.
    """
    try:
        parsed = served.channel.codec.parse(request, context)
    except PayloadInvalid as error:
        return Digest(faults=[Fault("payload_invalid", error.detail[:200])])
    except Exception as error:
        # A bug of the codec must not make the provider send this request for ever.
        log.error("codec failed", channel=served.account.channel, exc_info=error)
        return Digest(faults=[Fault("codec_failed", type(error).__name__)])
    return sorted_out(served, parsed, request, context, neighbours)


def sorted_out(served: Served, parsed: Parsed, request: Request, context: Context, neighbours: Neighbours) -> Digest:
    """What a codec parsed, by the account each event is for, with what the channels of the same webhook read in it."""
    found = Digest(response=parsed.response, poll_now=parsed.poll_now)
    for event in parsed.events:
        # By name, not by class: asking a pydantic model for its class costs ten times as much.
        if event.kind == "ignored":
            found.ignored += 1
        else:
            _sort(found, served.account, event, neighbours)
    found.faults.extend(Fault("rejected", element.reason[:200]) for element in parsed.rejected)
    for name in served.channel.manifest.shares_webhook_with:
        _share(found, served, name, request, context, neighbours)
    return found


def _sort(found: Digest, own: Account, event: AnyInboundEvent, neighbours: Neighbours) -> None:
    if event.account_ref is None or event.account_ref == own.external_id:
        found.events.append((own, event))
    elif (other := neighbours.by_address(own.tenant_id, own.channel, event.account_ref)) is not None:
        found.events.append((other.account, event))
    else:
        found.faults.append(Fault("unknown_account"))


def _share(
    found: Digest, served: Served, name: str, request: Request, context: Context, neighbours: Neighbours
) -> None:
    """Has another channel read the request, if the tenant has an account on it; it ignores what is not its own."""
    own = served.account
    other = neighbours.by_address(own.tenant_id, name, own.external_id) or neighbours.of_channel(own.tenant_id, name)
    if other is None or other.trouble:
        return
    try:
        parsed = other.channel.codec.parse(request, replace(context, account=other.account))
    except PayloadInvalid as error:
        found.faults.append(Fault("payload_invalid", f"{name}: {error.detail}"[:200]))
        return
    except Exception as error:
        log.error("codec failed", channel=name, exc_info=error)
        found.faults.append(Fault("codec_failed", f"{name}: {type(error).__name__}"))
        return
    for event in parsed.events:
        if event.kind != "ignored":
            _sort(found, other.account, event, neighbours)
    found.faults.extend(Fault("rejected", f"{name}: {element.reason}"[:200]) for element in parsed.rejected)


def encode(
    events: Sequence[tuple[Account, AnyInboundEvent]], received_at: datetime, headers: Headers = ()
) -> list[Outgoing]:
    """Each event as a record of `messages.inbound.v1`, in order."""
    return [_outgoing(account, event, received_at, headers) for account, event in events]


def _outgoing(account: Account, event: AnyInboundEvent, received_at: datetime, headers: Headers) -> Outgoing:
    """The same bytes as of an `InboundRecord`, written around the event's: half the cost, since no union is searched."""
    value = b'{"v":1,"id":"%b",%b,"received_at":"%b","event":%b}' % (
        new_id("evt").encode("ascii"),
        _owner(account.tenant_id, account.id, account.channel),
        received_at.isoformat().encode("ascii"),
        event.model_dump_json(exclude_none=True).encode(),
    )
    key = f"{account.id}/{event.thread_key}".encode()
    return Outgoing(account.tenant_id, BusMessage(INBOUND, key, value, headers))


@lru_cache(maxsize=10_000)
def _owner(tenant_id: str, account_id: str, channel: str) -> bytes:
    fields = {"tenant_id": tenant_id, "account_id": account_id, "channel": channel}
    return json.dumps(fields, separators=(",", ":"))[1:-1].encode("ascii")


def mark(account: Account, event: AnyInboundEvent) -> str:
    """A short stand-in for (account, kind, de-duplication key): tells events of one letter apart, reveals nothing."""
    text = f"{account.id}\0{event.kind}\0{event.dedup_key}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def without(
    events: Sequence[tuple[Account, AnyInboundEvent]], marks: Collection[str]
) -> list[tuple[Account, AnyInboundEvent]]:
    """The events that were not taken before."""
    return [(account, event) for account, event in events if mark(account, event) not in marks]
