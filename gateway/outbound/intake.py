"""Takes outbound messages from the bus into `deliveries`, and nothing else: a slow provider never holds up the bus."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from pydantic import ValidationError

from backbone.bus.port import BusRecord, TopicPartition
from backbone.channel import offload
from backbone.channel.offload import Blobs
from backbone.clock import Clock
from backbone.errors import FrontdeskError, InputInvalid, NotFound, Poisoned, Unavailable
from backbone.storage.database import Connection, Database
from backbone.storage.dead_letters import DeadLetters, Letter
from backbone.storage.outbox import enqueue
from backbone.storage.positions import Positions
from backbone.storage.wake import notify
from backbone.telemetry.metrics import Metric, Metrics
from gateway.outbound import store
from gateway.outbound.history import History, Look
from gateway.outbound.reports import Result, report
from gateway.outbound.sender import Accounts
from gateway.outbound.store import NewDelivery
from schemas.outbound import OutboundMessage

KNOWN_WITHIN = timedelta(seconds=30)
"""How long a message waits for its account to be known here: accounts are read every few seconds."""
_YIELD_EVERY = 20


class DeliveryIntake:
    """The batch handler of `messages.outbound.<channel>.v1`. Each message becomes one row a part, once.

    A message that its channel can't carry is written as failed and reported, since its sender waits for an answer.
    """

    def __init__(
        self,
        database: Database,
        positions: Positions,
        accounts: Accounts,
        letters: DeadLetters,
        blobs: Blobs,
        clock: Clock,
        metrics: Metrics,
        *,
        on_new: Callable[[], None],
        history: History | None = None,
    ) -> None:
        """`on_new` is called after each batch that is stored: it wakes the senders of this process.

        `history` is shared with the senders; without one none is kept.
        """
        self._database = database
        self._positions = positions
        self._accounts = accounts
        self._letters = letters
        self._blobs = blobs
        self._clock = clock
        self._metrics = metrics
        self._on_new = on_new
        self._history = history or History(())

    async def claim(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        return await self._positions.claim(partitions)

    def forget(self, partitions: Sequence[TopicPartition]) -> None:
        self._positions.forget(partitions)

    async def lost(self) -> Sequence[TopicPartition]:
        return await self._positions.lost()

    async def process(self, records: Sequence[BusRecord]) -> None:
        """Stores all of them with their positions. Raises as the port says; a record that can't be read is poison."""
        new: list[NewDelivery] = []
        for number, record in enumerate(records, start=1):
            new.append(self._rendered(await self._read(record), record))
            if number % _YIELD_EVERY == 0:
                await asyncio.sleep(0)
        tenants = sorted({item.message.tenant_id for item in new})
        look = await self._database.run(lambda connection: self._write(connection, records, new), tenants)
        self._history.note(look)
        for item in new:
            self._metrics.inc(Metric.GATEWAY_OUTBOUND_TAKEN, item.message.channel)
        self._on_new()

    async def bury(self, record: BusRecord, error: BaseException) -> None:
        """Keeps the record, and tells the router where the message itself can be read."""
        owner = await self._letters.owner_of(record)
        code = error.code if isinstance(error, FrontdeskError) else type(error).__name__
        letter = Letter(
            tenant_id=owner.tenant_id,
            account_id=owner.account_id,
            channel=owner.channel,
            source="delivery",
            reason=f"outbound message: {code}",
            raw=record.value,
            request={"key": record.key.decode("utf-8", "replace")},
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
        )
        failed: list[NewDelivery] = []
        try:
            message = await self._read(record)
        except (Poisoned, NotFound):
            message = None
        if message is not None and message.tenant_id == owner.tenant_id:
            failed = [NewDelivery(message, 1, refused=("poisoned", "this message could not be processed"))]

        async def write(connection: Connection) -> None:
            await self._letters.keep(connection, letter, self._clock.now())
            await self._write(connection, [record], failed)

        await self._database.run(write, [owner.tenant_id])

    async def _read(self, record: BusRecord) -> OutboundMessage:
        value = await offload.load(record, self._blobs)
        try:
            message = OutboundMessage.model_validate_json(value)
        except ValidationError as error:
            raise Poisoned(
                "not an outbound message of this version", context={"problems": error.error_count()}
            ) from None
        account = record.key.partition(b"/")[0].decode("utf-8", "replace")
        if account != message.account_id:
            raise Poisoned("the record's key names another account than the message")
        return message

    def _rendered(self, message: OutboundMessage, record: BusRecord) -> NewDelivery:
        traceparent = next(
            (value.decode("ascii", "replace") for key, value in record.headers if key == "traceparent"), None
        )
        served = self._accounts.by_id(message.account_id)
        if served is None and self._clock.now() - record.at < KNOWN_WITHIN:
            raise Unavailable("the account is not known here yet")
        if served is None or served.account.tenant_id != message.tenant_id:
            return NewDelivery(message, 1, traceparent, ("account_missing", "the channel account does not exist"))
        if served.trouble:
            return NewDelivery(
                message, 1, traceparent, ("account_trouble", "the channel account's settings are not valid")
            )
        try:
            parts = len(served.channel.codec.render(message, served.account))
        except InputInvalid as error:
            return NewDelivery(message, 1, traceparent, ("cannot_render", error.detail))
        if parts == 0:
            return NewDelivery(message, 1, traceparent, ("cannot_render", "the channel has nothing to send for this"))
        return NewDelivery(message, parts, traceparent)

    async def _write(self, connection: Connection, records: Sequence[BusRecord], new: Sequence[NewDelivery]) -> Look:
        look = await self._history.look(connection)
        if look.changed_at is not None and new:
            pairs = zip(new, records, strict=True)
            new = [replace(item, doubtful=look.may_have_been_sent(record.at)) for item, record in pairs]
        added = await store.insert(connection, new)
        now = self._clock.now()
        for item in new:
            if item.refused is not None and item.message.message_id in added:
                code, detail = item.refused
                result = Result("failed", error_code=code, error_detail=detail[: store.DETAIL_MAX])
                await enqueue(connection, [report(item.message, result, now)], item.traceparent)
        await self._positions.advance(connection, records)
        if added:
            await notify(connection, "deliveries")
        return look
