"""What happens to a request once its bytes are here: verified, understood, made durable; then its answer."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from backbone.channel.offload import Blobs
from backbone.channel.port import Account, Context, DialogueView, Request, Response
from backbone.clock import Clock
from backbone.errors import PayloadInvalid, Unavailable
from backbone.storage.traffic import Traffic
from backbone.telemetry import tracing
from backbone.telemetry.metrics import CounterChild, Metric, Metrics
from gateway.accounts import AccountDirectory, Served
from gateway.deadletters import DeadLetters, letter_of
from gateway.inbound import parts
from gateway.inbound.content import Contents
from gateway.inbound.dialogue import DialogueProjection
from gateway.inbound.digest import Digest, Fault, digest, encode, sorted_out
from gateway.inbound.isolation import BeyondLimits, CodecFailed, Isolation
from gateway.inbound.keys import KeyCache
from gateway.inbound.publisher import Publisher
from schemas.topics import FOUND_BY_POLL

ACK_WITHIN = timedelta(seconds=5)
DIALOGUE_WITHIN = timedelta(milliseconds=1500)
"""A dialogue must answer within its provider's budget (3 s and more), by the spool if the bus is slow."""
PARTS_WITHIN = timedelta(seconds=20)
IN_LOOP_BYTES = 64 * 1024
"""Larger bodies are parsed in a thread, so that one of them does not hold up everybody's loop; those of channels whose
manifest says `isolate` in a process of limited time and memory."""

Nudge = Callable[[Account], Awaitable[None]]
"""Notes that an account has something new to be polled. Raises `Unavailable`."""

_NO_DIALOGUE = DialogueView()


class Intake:
    """The way of a request through its codec. For webhooks `verify` then `take`; polls and sockets only `take`.

    Nothing is published before `verify`, and nothing is answered before it is durable.
    """

    def __init__(
        self,
        directory: AccountDirectory,
        publisher: Publisher,
        letters: DeadLetters,
        blobs: Blobs,
        clock: Clock,
        metrics: Metrics,
        *,
        dialogue: DialogueProjection | None = None,
        keys: KeyCache | None = None,
        traffic: Traffic | None = None,
        nudge: Nudge | None = None,
        isolation: Isolation | None = None,
        contents: Contents | None = None,
    ) -> None:
        """Without `keys`, `traffic`, `nudge` or `contents` there are no published keys, no counts of accounts, no polls to
        ask for, and nothing is fetched that a webhook only speaks of.
        """
        self._directory = directory
        self._publisher = publisher
        self._letters = letters
        self._blobs = blobs
        self._clock = clock
        self._metrics = metrics
        self._dialogue = dialogue
        self._keys = keys
        self._traffic = traffic
        self._nudge = nudge
        self._isolation = isolation
        self._contents = contents
        self._taken: dict[str, CounterChild] = {}

    def context(self, served: Served) -> Context:
        """What the codec may know now."""
        account = served.account
        view = _NO_DIALOGUE
        if self._dialogue is not None and served.channel.manifest.exchange == "dialogue":
            view = self._dialogue.view(account.tenant_id, account.id)
        return Context(account, self._clock.now(), view)

    async def receive(self, served: Served, request: Request) -> Response:
        """A webhook: checked, then taken.

        Raises what `take` raises, `SignatureMissing`, `SignatureInvalid` or `SignatureStale` (then nothing was kept), and
        `Unavailable` where the provider's keys, or the message that a webhook only speaks of, can't be had.
        """
        context = self.context(served)
        if self._keys is not None and hasattr(served.channel.codec, "key_urls"):
            context = await self._keys.verify(served, request, context)
        else:
            served.channel.codec.verify(request, context)
        if self._contents is not None:
            request = await self._contents.whole(served, request, context.now)
        return await self.take(served, request, context)

    async def take(self, served: Served, request: Request, context: Context, *, reconciling: bool = False) -> Response:
        """Makes durable what a verified request says, and returns the codec's answer to it.

        What can't be understood goes to the dead letters and counts as taken. `reconciling` marks what a poll looks for
        behind webhooks: what is new of it was missed by them. Raises `Retriable` if something could not be made durable:
        the provider must send all of it again, which readers recognise.
        """
        if len(request.body) <= IN_LOOP_BYTES:
            found = digest(served, request, context, self._directory)
        elif self._isolation is not None and served.channel.manifest.isolate:
            found = await self._isolated(self._isolation, served, request, context)
        else:
            found = await asyncio.to_thread(digest, served, request, context, self._directory)
        if found.events:
            await self.publish(served, request, found, context.now, reconciling=reconciling)
        if found.faults:
            await self._letters.keep(letter_of(served.account, request, found))
        if found.poll_now and self._nudge is not None:
            await self._nudge(served.account)
        self._count(served.account, found)
        return found.response

    def _count(self, account: Account, found: Digest) -> None:
        channel = account.channel
        if found.events:
            taken = self._taken.get(channel)
            if taken is None:
                taken = self._taken[channel] = self._metrics.counter(Metric.GATEWAY_ACCEPTED_EVENTS, channel)
            taken.inc(len(found.events))
        if found.ignored:
            self._metrics.counter(Metric.GATEWAY_IGNORED_EVENTS, channel).inc(found.ignored)
        if self._traffic is not None:
            for owner, _ in found.events:
                self._traffic.add(owner.tenant_id, owner.id, "received")
            if found.faults:
                self._traffic.add(account.tenant_id, account.id, "received", len(found.faults))
                self._traffic.add(account.tenant_id, account.id, "refused", len(found.faults))

    async def _isolated(self, isolation: Isolation, served: Served, request: Request, context: Context) -> Digest:
        """As `digest`, by a worker. Raises `Retriable` where none can be had."""
        try:
            parsed = await isolation.parse(served.account.channel, request, context)
        except PayloadInvalid as error:
            return Digest(faults=[Fault("payload_invalid", error.detail[:200])])
        except BeyondLimits as error:
            return Digest(faults=[Fault("beyond_limits", str(error))])
        except CodecFailed as error:
            return Digest(faults=[Fault("codec_failed", str(error))])
        return sorted_out(served, parsed, request, context, self._directory)

    async def publish(
        self, served: Served, request: Request, found: Digest, received_at: datetime, *, reconciling: bool = False
    ) -> None:
        """Makes the events of a digest durable, with the media that came inside the request. Raises `Retriable`."""
        events = found.events
        if parts.has_parts(events):
            try:
                async with asyncio.timeout(PARTS_WITHIN.total_seconds()):
                    found_by = self._isolation if served.channel.manifest.isolate else None
                    events = await parts.store_parts(
                        served.channel.codec, request.body, events, self._blobs, self._metrics, isolation=found_by
                    )
            except TimeoutError as error:
                raise Unavailable("the media could not be stored in time") from error
        headers = (*tracing.inject(), *((FOUND_BY_POLL,) if reconciling else ()))
        if len(request.body) <= IN_LOOP_BYTES:
            outgoing = encode(events, received_at, headers)
        else:
            outgoing = await asyncio.to_thread(encode, events, received_at, headers)
        dialogue = served.channel.manifest.exchange == "dialogue"
        await self._publisher.publish(outgoing, within=DIALOGUE_WITHIN if dialogue else ACK_WITHIN)
