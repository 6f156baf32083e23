"""The real PostgreSQL and Kafka of a test session: started on first need, shared by all workers, stopped with the session.

The process that runs the session owns the servers; xdist's workers ask it over a local socket. `DATABASE_URL` and
`KAFKA_BOOTSTRAP` name servers to use instead.
"""

import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Literal, cast

import psutil

from backbone.storage.embedded import EmbeddedPostgres
from tests.support.apart import run_apart
from tests.support.ports import free_ports

Kind = Literal["postgres", "kafka"]
OVERRIDES: dict[Kind, str] = {"postgres": "DATABASE_URL", "kafka": "KAFKA_BOOTSTRAP"}
# fsync stays on: the promises of durability are what the tests are about.
POSTGRES_SETTINGS = {"max_connections": "200"}


def session_folder() -> Path:
    """A folder named after this process, for data of servers; removes those whose process is gone, with what runs in them."""
    base = Path(tempfile.gettempdir()) / f"frontdesk-tests-{os.getuid()}"
    base.mkdir(exist_ok=True)
    base.chmod(0o711)
    for other in base.iterdir():
        if not _lives(other.name):
            end_processes_in(other)
            shutil.rmtree(other, ignore_errors=True)
    me = psutil.Process()
    folder = base / f"{me.pid}-{me.create_time()}"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)
    return folder


def _lives(name: str) -> bool:
    pid, _, created = name.partition("-")
    try:
        # The start is told against the boot time, which moves a little when the machine's clock is set.
        return bool(abs(psutil.Process(int(pid)).create_time() - float(created)) < 5)
    except (psutil.NoSuchProcess, ValueError):
        return False


def end_processes_in(folder: Path) -> None:
    """SIGKILL to what works inside the folder: our servers change into theirs, so nothing else can be hit."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid != os.getpid() and Path(process.cwd()).is_relative_to(folder):
                process.kill()


class Servers:
    """Starts each kind once. Thread-safe. `stop` ends them by pid and removes their data."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._addresses: dict[Kind, str] = {}
        self._stops: list[Callable[[], None]] = []
        self._locks: dict[Kind, threading.Lock] = {"postgres": threading.Lock(), "kafka": threading.Lock()}

    def address(self, kind: Kind) -> str:
        """A PostgreSQL URL of a superuser, or Kafka's bootstrap servers."""
        if override := os.environ.get(OVERRIDES[kind]):
            return override
        with self._locks[kind]:
            if kind not in self._addresses:
                self._addresses[kind] = self._start_postgres() if kind == "postgres" else self._start_kafka()
            return self._addresses[kind]

    def stop(self) -> None:
        while self._stops:
            self._stops.pop()()
        self._addresses.clear()
        if self._folder is not None:
            end_processes_in(self._folder)
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _home(self) -> Path:
        self._folder = self._folder or session_folder()
        return self._folder

    def _start_postgres(self) -> str:
        server = EmbeddedPostgres(self._home() / "postgres", free_ports(1)[0], settings=POSTGRES_SETTINGS)
        self._stops.append(server.stop)
        server.start()
        return server.url()

    def _start_kafka(self) -> str:
        # Imported on need: this module is loaded for every unit test.
        from tests.support.kafka import KafkaCluster, warm_up

        cluster = KafkaCluster(parent=self._home())
        self._stops.append(cluster.stop)
        cluster.start()
        run_apart(warm_up(cluster.bootstrap))
        return cluster.bootstrap


class Keeper:
    """Answers workers' requests for an address, from threads of the process that owns the servers."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._listener = Listener(family="AF_UNIX")
        self.socket = cast("str", self._listener.address)
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: "Connection[tuple[bool, str], Kind]") -> None:
        with connection:
            kind = connection.recv()
            try:
                connection.send((True, self._servers.address(kind)))
            except Exception as error:  # noqa: BLE001  the worker raises it in the test that asked
                connection.send((False, repr(error)))


class RemoteServers:
    """What a worker has instead of `Servers`."""

    def __init__(self, socket: str) -> None:
        self._socket = socket

    def address(self, kind: Kind) -> str:
        with Client(self._socket, family="AF_UNIX") as connection:
            connection.send(kind)
            ok, answer = connection.recv()
        if not ok:
            raise RuntimeError(f"the session could not start {kind}: {answer}")
        return cast("str", answer)
