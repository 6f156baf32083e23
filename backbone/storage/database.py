"""Connections and transactions: asyncpg, one role a process, the tenants of a transaction set in its first round trip."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Literal, Protocol, TypeVar

import asyncpg

from backbone.errors import Overloaded, Unavailable
from backbone.telemetry.logs import get_logger

Role = Literal["frontdesk_api", "frontdesk_router", "frontdesk_gateway"]
T = TypeVar("T")

_TENANT = re.compile(r"^[A-Za-z0-9_]{1,64}$")
_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # The server ended the session while a statement was being prepared.
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    # No connection left, no disk, no memory: the server's trouble, never a record's.
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    # A standby that is about to be promoted, or a primary that no longer is one.
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    # Somebody else sits on a row: a process that was stopped in the middle, a migration.
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    ConnectionError,
    OSError,
    TimeoutError,
)
_AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
_RETRIES = 8
_SPARE_MOST = 8
_LOCK_TIMEOUT = timedelta(seconds=5)
# Below the session time-out of the bus: when a router that was stopped in the middle of a batch loses its partitions, its
# locks are gone too.
_IDLE_TIMEOUT = timedelta(seconds=15)


class Connection(Protocol):
    """What a repository may do: statements inside somebody else's transaction. It can't commit."""

    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str: ...

    async def fetch(self, query: str, *args: object, timeout: float | None = None) -> list[Any]: ...

    async def fetchrow(self, query: str, *args: object, timeout: float | None = None) -> Any: ...

    async def fetchval(self, query: str, *args: object, timeout: float | None = None) -> Any: ...


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)


async def _leave_clean(connection: Any) -> None:
    """Instead of the pool's own reset, which costs a round trip: transactions leave nothing on the session, since settings
    and locks end with them.
    """
    if connection.is_in_transaction():
        await connection.reset()


class Database:
    """A pool whose connections act as one role. `start` before use, `stop` after.

    It does not retry by itself except through `run`; it does not see across tenants unless a table's policy says so.
    """

    def __init__(
        self,
        url: str,
        *,
        role: Role | None,
        name: str,
        most: int = 10,
        statement_timeout: timedelta = timedelta(seconds=15),
    ) -> None:
        self._url = url
        self._role = role
        self._name = name
        self._most = most
        self._statement_timeout = statement_timeout
        self._pool: Any = None
        # Of the pool, idle, and not given back to it; whoever waits for the pool has none of them to wait for.
        self._spare: list[Any] = []
        self._waiting = 0
        self._log = get_logger("storage")

    @property
    def url(self) -> str:
        """The DSN, for a connection of its own (LISTEN). Holds a password: never logged."""
        return self._url

    def _server_settings(self) -> dict[str, str]:
        settings = {
            "application_name": self._name,
            "statement_timeout": str(int(self._statement_timeout.total_seconds() * 1000)),
            "lock_timeout": str(int(_LOCK_TIMEOUT.total_seconds() * 1000)),
            "idle_in_transaction_session_timeout": str(int(_IDLE_TIMEOUT.total_seconds() * 1000)),
        }
        return settings | ({"role": self._role} if self._role else {})

    async def start(self) -> None:
        """Opens the pool; raises `Unavailable` if the database can't be reached within 10 s."""
        try:
            self._pool = await asyncpg.create_pool(
                self._url,
                min_size=1,
                max_size=self._most,
                timeout=10,
                command_timeout=30,
                init=_prepare,
                reset=_leave_clean,
                server_settings=self._server_settings(),
            )
        except _AWAY as error:
            raise Unavailable("the database can't be reached") from error

    def connections(self) -> tuple[int, int]:
        """How many connections of the pool are in use, and how many idle."""
        if self._pool is None:
            return 0, 0
        idle = int(self._pool.get_idle_size()) + len(self._spare)
        return int(self._pool.get_size()) - idle, idle

    async def stop(self) -> None:
        """Closes the pool; connections still busy after 5 s are cut."""
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        spare, self._spare = self._spare, []
        try:
            async with asyncio.timeout(5):
                for connection in spare:
                    await pool.release(connection)
                await pool.close()
        except TimeoutError:
            pool.terminate()

    @asynccontextmanager
    async def transaction(
        self, tenants: Sequence[str] = (), *, read_only: bool = False, isolation: str | None = None
    ) -> AsyncIterator[Connection]:
        """One transaction in which rows of `tenants` are visible; commits at the end, rolls back on any error.

        Raises `Unavailable` when the database goes away or a lock isn't had in 5 s, `Overloaded` when a statement takes too
        long. Whether a commit under way took effect is then unknown, so callers must be safe to repeat.
        """
        async with self._connection() as connection:
            await connection.execute(_begin(tenants, read_only=read_only, isolation=isolation))
            try:
                yield connection
            except BaseException:
                if not connection.is_closed():
                    await connection.execute("ROLLBACK")
                raise
            await connection.execute("COMMIT")

    async def alone(self, query: str, *args: object) -> list[Any]:
        """One statement that is a transaction by itself: one round trip instead of three.

        It sees no tenant's rows but those that a policy shows over tenants. Raises as `transaction` does.
        """
        async with self._connection() as connection:
            found: list[Any] = await connection.fetch(query, *args)
            return found

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        if self._pool is None:
            raise Unavailable("the database is not started")
        pool, connection = self._pool, None
        try:
            connection = await self._take(pool)
            try:
                yield connection
            except BaseException:
                await pool.release(connection)
                raise
            await self._give(pool, connection)
        except _AWAY as error:
            raise Unavailable("the database went away") from error
        except asyncpg.QueryCanceledError as error:
            raise Overloaded("the database took too long") from error

    async def _take(self, pool: Any) -> Any:
        while self._spare:
            connection = self._spare.pop()
            if not _is_dead(connection):
                return connection
            await pool.release(connection)
        self._waiting += 1
        try:
            return await pool.acquire(timeout=10)
        finally:
            self._waiting -= 1

    async def _give(self, pool: Any, connection: Any) -> None:
        """Keeps it for the next one: taking one from the pool and giving it back costs as much as two statements."""
        fit = not (_is_dead(connection) or connection.is_in_transaction())
        if fit and pool is self._pool and not self._waiting and len(self._spare) < _SPARE_MOST:
            self._spare.append(connection)
        else:
            await pool.release(connection)

    async def run(
        self, work: Callable[[Connection], Awaitable[T]], tenants: Sequence[str] = (), *, isolation: str | None = None
    ) -> T:
        """Runs `work` in a transaction, again on deadlocks and serialisation failures (8 tries, then `Unavailable`)."""
        for attempt in range(1, _RETRIES + 1):
            try:
                async with self.transaction(tenants, isolation=isolation) as connection:
                    return await work(connection)
            except _AGAIN as error:
                if attempt == _RETRIES:
                    raise Unavailable("others write the same rows all the time") from error
                self._log.info("transaction_retried", attempt=attempt)
                await asyncio.sleep(0.002 * attempt * attempt)
        raise AssertionError("unreachable")

    async def ping(self) -> str:
        """The server's version; raises `Unavailable`."""
        async with self.transaction(read_only=True) as connection:
            return str(await connection.fetchval("SHOW server_version"))

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Any]:
        """A connection outside the pool, for LISTEN; closed at the end. Raises `Unavailable`, from its body too."""
        try:
            connection = await asyncpg.connect(self._url, timeout=10, server_settings=self._server_settings())
        except _AWAY as error:
            raise Unavailable("the database can't be reached") from error
        try:
            yield connection
        except _AWAY as error:
            raise Unavailable("the database went away") from error
        finally:
            connection.terminate()


def _is_dead(connection: Any) -> bool:
    """A connection that was lost is taken back by the pool at once, and then answers nothing any more."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True


def _begin(tenants: Sequence[str], *, read_only: bool, isolation: str | None) -> str:
    """The first round trip. Tenant ids are checked, since SET takes no parameters."""
    for tenant in tenants:
        if not _TENANT.match(tenant):
            raise ValueError("a tenant id holds letters, digits and underscores only")
    parts = ["BEGIN"]
    if isolation:
        parts.append(f"ISOLATION LEVEL {isolation}")
    if read_only:
        parts.append("READ ONLY")
    begin = " ".join(parts)
    if not tenants:
        return begin
    one = f"; SET LOCAL frontdesk.tenant = '{tenants[0]}'" if len(tenants) == 1 else ""
    return f"{begin}; SET LOCAL frontdesk.tenants = '{','.join(tenants)}'{one}"
