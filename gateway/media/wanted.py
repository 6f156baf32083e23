"""Takes `media.wanted.v1` into `media_jobs`, and nothing else."""

from collections.abc import Callable, Mapping, Sequence

from pydantic import ValidationError

from backbone.bus.port import BusRecord, TopicPartition
from backbone.clock import Clock
from backbone.errors import FrontdeskError, Poisoned
from backbone.storage.database import Connection, Database
from backbone.storage.dead_letters import DeadLetters, Letter
from backbone.storage.positions import Positions
from backbone.storage.wake import notify
from gateway.media import store
from schemas.media import MediaWanted


class WantedIntake:
    """The batch handler. Each file of a message becomes one row, once; what can't be read is poison."""

    def __init__(
        self,
        database: Database,
        positions: Positions,
        letters: DeadLetters,
        clock: Clock,
        *,
        on_new: Callable[[], None],
    ) -> None:
        self._database = database
        self._positions = positions
        self._letters = letters
        self._clock = clock
        self._on_new = on_new

    async def claim(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        return await self._positions.claim(partitions)

    def forget(self, partitions: Sequence[TopicPartition]) -> None:
        self._positions.forget(partitions)

    async def lost(self) -> Sequence[TopicPartition]:
        return await self._positions.lost()

    async def process(self, records: Sequence[BusRecord]) -> None:
        wanted = [_read(record) for record in records]

        async def write(connection: Connection) -> None:
            if await store.insert(connection, wanted):
                await notify(connection, "media")
            await self._positions.advance(connection, records)

        await self._database.run(write, sorted({item.tenant_id for item in wanted}))
        self._on_new()

    async def bury(self, record: BusRecord, error: BaseException) -> None:
        owner = await self._letters.owner_of(record)
        code = error.code if isinstance(error, FrontdeskError) else type(error).__name__
        letter = Letter(
            tenant_id=owner.tenant_id,
            account_id=owner.account_id,
            channel=owner.channel,
            source="gateway",
            reason=f"wanted media: {code}",
            raw=record.value,
            request={"key": record.key.decode("utf-8", "replace")},
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
        )

        async def write(connection: Connection) -> None:
            await self._letters.keep(connection, letter, self._clock.now())
            await self._positions.advance(connection, [record])

        await self._database.run(write, [owner.tenant_id])


def _read(record: BusRecord) -> MediaWanted:
    try:
        return MediaWanted.model_validate_json(record.value)
    except ValidationError as error:
        raise Poisoned("no wanted media of this version", context={"problems": error.error_count()}) from None
