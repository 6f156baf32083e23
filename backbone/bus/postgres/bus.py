"""`PostgresBus`: publishing by group commit, and what makes consumers and tails."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from backbone.bus.accumulator import Accumulator, Limits, Report
from backbone.bus.port import (
    AssignmentListener,
    BusHealth,
    BusRecord,
    Consumer,
    Message,
    TopicPartition,
    TopicSpec,
    partition_of,
)
from backbone.bus.postgres.consumer import PostgresConsumer
from backbone.bus.postgres.log import first_since, pack_headers
from backbone.bus.postgres.session import Session
from backbone.bus.postgres.tail import tail
from backbone.clock import Clock
from backbone.errors import Unavailable
from backbone.telemetry.logs import get_logger

APPEND = "SELECT bus.append($1, $2, $3, $4, $5)"


class PostgresBus:
    """The bus as a log in the schema `bus` of a migrated database, which must be reached directly: advisory locks and
    LISTEN don't pass a pooler that changes sessions.

    All waiting messages of this process are written in one transaction and one round trip, then all that came meanwhile.
    Durability is the database's: `replication` and `min_in_sync` of a topic mean nothing here. `start` succeeds with the
    database away; publishing then raises `Unavailable` until it is back. `role` is taken by SET ROLE. The server ends the
    session of a consumer that was silent for `silence`, as a frozen process is, and others get its partitions.
    """

    def __init__(
        self,
        dsn: str,
        *,
        clock: Clock,
        member: str,
        role: str | None = None,
        limits: Limits | None = None,
        silence: timedelta = timedelta(seconds=15),
        report: Report | None = None,
    ) -> None:
        self._dsn = dsn
        self._clock = clock
        self._member = member
        self._role = role
        self._limits = limits or Limits(batch_bytes=4 * 1024 * 1024)
        self._silence = silence
        self._report = report
        self._partitions: dict[str, int] = {}
        self._side = self._session("side")
        self._writer = self._session("write")
        self._line: Accumulator | None = None
        self._log = get_logger("bus.postgres")

    def __repr__(self) -> str:
        return f"PostgresBus(member={self._member!r})"

    async def start(self) -> None:
        self._line = Accumulator(self._append, self._limits, report=self._report)
        try:
            await self._side.fetch("SELECT 1 FROM bus.topics LIMIT 1")
        except Unavailable:
            self._log.warning("database_away_at_start")

    async def stop(self) -> None:
        """Waits up to 5 s for what is under way; who still waits then gets `Unavailable`."""
        line, self._line = self._line, None
        if line is not None:
            await line.close(timedelta(seconds=5))
        await self._writer.close()
        await self._side.close()

    async def ensure_topics(self, topics: Iterable[TopicSpec]) -> None:
        for spec in topics:
            rows = await self._side.fetch(
                "SELECT bus.ensure_topic($1, $2, $3) AS partitions", spec.name, spec.partitions, spec.retention
            )
            self._partitions[spec.name] = rows[0]["partitions"]

    async def publish(self, message: Message) -> None:
        if message.topic not in self._partitions:
            await self._learn(message.topic)
        await self._started().put(message)

    async def publish_many(self, messages: Sequence[Message]) -> None:
        for topic in {message.topic for message in messages} - self._partitions.keys():
            await self._learn(topic)
        if messages:
            await self._started().put_many(messages)

    def consumer(self, topics: Sequence[str], *, group: str, member: str, listener: AssignmentListener) -> Consumer:
        session = self._session(f"group {group}", self._silence)
        return PostgresConsumer(session, topics, group=group, member=member, listener=listener, clock=self._clock)

    def tail(self, topics: Sequence[str]) -> AsyncIterator[BusRecord]:
        return tail(lambda: self._session("tail"), list(topics))

    async def offsets_since(self, topic: str, at: datetime) -> Mapping[TopicPartition, int]:
        return await first_since(self._side, topic, at)

    async def health(self) -> BusHealth:
        """Asks the database once. Doesn't say whether a standby has the records: `doctor` does."""
        waiting = {"waiting_records": self._limits.records, "waiting_bytes": self._limits.bytes}
        try:
            rows = await self._side.fetch("SELECT count(*) AS topics FROM bus.topics", timeout=3.0)
        except Unavailable as error:
            return BusHealth(ok=False, detail=error.detail, facts=waiting)
        topics = rows[0]["topics"]
        return BusHealth(ok=True, detail=f"{topics} topics", facts={"topics": topics, **waiting})

    def _session(self, purpose: str, silence: timedelta | None = None) -> Session:
        return Session(self._dsn, name=f"frontdesk bus {self._member} {purpose}"[:63], role=self._role, silence=silence)

    def _started(self) -> Accumulator:
        if self._line is None:
            raise Unavailable("the bus is not started")
        return self._line

    async def _learn(self, topic: str) -> None:
        rows = await self._side.fetch("SELECT partitions FROM bus.topics WHERE topic = $1", topic)
        if not rows:
            raise Unavailable(f"the bus does not know the topic {topic}")
        self._partitions[topic] = rows[0]["partitions"]

    async def _append(self, messages: Sequence[Message]) -> None:
        await self._writer.fetch(
            APPEND,
            [message.topic for message in messages],
            [partition_of(message.key, self._partitions[message.topic]) for message in messages],
            [message.key for message in messages],
            [message.value for message in messages],
            [pack_headers(message.headers) for message in messages],
            timeout=self._limits.deadline.total_seconds(),
        )
