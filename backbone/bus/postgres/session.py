"""One connection to the log's database, with the driver's errors as ours."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg

from backbone.errors import ConfigurationInvalid, Unavailable

CONNECT_PATIENCE = 5.0
QUERY_PATIENCE = 10.0
CLOSE_PATIENCE = 2.0
# Whatever the statistics say, reading follows the ordered index: a sort of a long backlog would read all of it each time.
PLANS = {"enable_bitmapscan": "off", "enable_seqscan": "off"}
TRANSACTION_TIMEOUT_SINCE = (17,)
# Nothing helps but a change of the database or of the settings.
WRONG = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedFunctionError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
# The driver's internal error is what it makes of a session that the server ends between two halves of a statement.
AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)


class Session:
    """A connection made on need and dropped on any failure. Statements of several tasks take turns on it.

    Its advisory locks and its LISTEN go with the connection: `generation` grows with each new one.
    """

    def __init__(self, dsn: str, *, name: str, role: str | None, silence: timedelta | None = None) -> None:
        """With `silence` the server ends the session, and frees its locks, when nothing was heard for so long."""
        self._dsn = dsn
        self._silence = int(silence.total_seconds() * 1000) if silence else 0
        self._settings = {"application_name": name, "idle_session_timeout": str(self._silence), **PLANS}
        self._settings |= {"role": role} if role else {}
        self._connection: Any = None
        self._turn = asyncio.Lock()
        self._listeners: list[tuple[str, Callable[[str], None]]] = []
        self.generation = 0

    @property
    def is_open(self) -> bool:
        return self._connection is not None and not self._connection.is_closed()

    def listen(self, channel: str, heard: Callable[[str], None]) -> None:
        """`heard` gets the payloads, on this connection and on every later one. Call it before the first statement."""
        self._listeners.append((channel, heard))

    async def fetch(self, query: str, *args: object, timeout: float = QUERY_PATIENCE) -> Sequence[Any]:
        """Raises `Unavailable`, after which it is unknown whether a write took place; `ConfigurationInvalid`."""
        async with self._turn, self._guard(query):
            if not self.is_open:
                await self._open()
            rows: Sequence[Any] = await self._connection.fetch(query, *args, timeout=timeout)
            return rows

    async def close(self) -> None:
        """Ends the session, and with it all its locks, in bounded time."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            try:
                await connection.close(timeout=CLOSE_PATIENCE)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                connection.terminate()

    async def _open(self) -> None:
        self._connection = await asyncpg.connect(
            self._dsn, timeout=CONNECT_PATIENCE, command_timeout=QUERY_PATIENCE, server_settings=self._settings
        )
        if self._silence and self._connection.get_server_version() >= TRANSACTION_TIMEOUT_SINCE:
            # The driver's first use of a statement waits for an answer in an open transaction: a process frozen there
            # is not idle in the server's eyes.
            await self._connection.execute(f"SET transaction_timeout = {self._silence}")
        self.generation += 1
        for channel, heard in self._listeners:
            await self._connection.add_listener(channel, _payload_to(heard))

    @asynccontextmanager
    async def _guard(self, query: str) -> AsyncIterator[None]:
        try:
            yield
        except WRONG as error:
            raise ConfigurationInvalid(
                f"The bus can't use its database ({type(error).__name__}): migrate it, or check the role's rights.",
                context={"query": query[:60]},
            ) from error
        except AWAY as error:
            self._abandon()
            raise Unavailable("the bus's database is away") from error
        except BaseException:
            # Cancelled: the statement may still run, and its answer must not meet the next one.
            self._abandon()
            raise

    def _abandon(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


def _payload_to(heard: Callable[[str], None]) -> Callable[[Any, int, str, str], None]:
    def received(_connection: Any, _pid: int, _channel: str, payload: str) -> None:
        heard(payload)

    return received
