"""Wires everything between the bus and the providers; starts nothing."""

from collections.abc import Sequence
from datetime import timedelta

from backbone.bus.consumer import BatchConsumer
from backbone.bus.port import Bus
from backbone.channel.offload import Blobs
from backbone.clock import Clock
from backbone.storage.crypto import DayKeys
from backbone.storage.database import Database
from backbone.storage.dead_letters import DeadLetters
from backbone.storage.positions import Positions
from backbone.telemetry.metrics import Metrics
from backbone.web.addresses import Guard
from backbone.web.dialer import Dialer
from backbone.web.fetcher import Fetcher
from backbone.web.health import CheckResult
from gateway.accounts import AccountDirectory
from gateway.outbound import smtp
from gateway.outbound.attempt import Attempt
from gateway.outbound.backoff import Backoff
from gateway.outbound.calls import DEADLINE, ProviderCaller
from gateway.outbound.history import History
from gateway.outbound.housekeeping import Housekeeping
from gateway.outbound.intake import DeliveryIntake
from gateway.outbound.sender import Bounds, Sender, Sequel
from gateway.outbound.uploads import Uploads
from gateway.part import Part
from gateway.tokens.refresher import EarlyRenewal
from schemas.topics import outbound

GROUP = "gateway-outbound"
BATCH = 200
STOP_WITHIN = DEADLINE + timedelta(seconds=5)
"""A call that began may end, and its result be noted: cut short, its outcome would be unknown."""


def group_name(base: str, served: Sequence[str]) -> str:
    """The consumer group of gateways that serve these channels only; none means all."""
    return "-".join([base, *sorted(served)])


def build_outbound(
    *,
    database: Database,
    bus: Bus,
    blobs: Blobs,
    keys: DayKeys,
    clock: Clock,
    metrics: Metrics,
    member: str,
    holder: str,
    directory: AccountDirectory,
    fetcher: Fetcher,
    outbound_allow: str = "",
    served: Sequence[str] = (),
    backoff: Backoff | None = None,
    bounds: Bounds | None = None,
    on_sent: Sequel | None = None,
) -> Part:
    """The consumer that fills `deliveries`, the senders that empty it, and what keeps it tidy.

    `served` are the channels this gateway was told to serve, empty for all. `holder` is new with each start.
    """
    backoff = backoff or Backoff()
    channels = directory.channels
    group = group_name(GROUP, served)
    mail = Dialer(Guard(outbound_allow, ports=smtp.PORTS), fetcher.resolver)
    caller = ProviderCaller(fetcher, mail)
    attempt = Attempt(caller, clock, EarlyRenewal(database, clock), Uploads(caller, fetcher, clock))
    history = History(channels)
    sender = Sender(
        database, directory, attempt, clock, metrics, channels=channels, holder=holder, history=history,
        backoff=backoff, bounds=bounds, on_sent=on_sent,
    )  # fmt: skip
    letters = DeadLetters(database, keys)
    handler = DeliveryIntake(
        database, Positions(database, group, holder), directory, letters, blobs, clock, metrics, on_new=sender.wake,
        history=history,
    )  # fmt: skip
    topics = [outbound(channel) for channel in channels]
    consumer = BatchConsumer(
        bus, topics, group=group, member=member, handler=handler, clock=clock, max_records=BATCH
    )  # fmt: skip
    keeper = Housekeeping(database, clock, metrics, channels=channels, horizon=backoff.horizon)

    async def circuits() -> CheckResult:
        """Never unready: a provider that is down is no reason to take our doors away."""
        return CheckResult(ok=True, detail=f"{len(sender.circuits())} accounts cut off from their providers")

    return Part(
        tasks={"outbound intake": consumer.run, "senders": sender.run, "deliveries": keeper.run},
        stops={"senders": sender.stop},
        progress={"outbound intake": consumer.progress, "senders": sender.progress},
        wakes={"deliveries": [sender.wake]},
        checks={"circuits": circuits},
    )
