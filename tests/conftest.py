"""Fixtures for real servers. Helpers live in `tests/support`; nothing is imported from here."""

import atexit
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.database import drop_database
from tests.support.migrated import migrated_database
from tests.support.router import PARTITION, Workers, make_workers
from tests.support.servers import Keeper, RemoteServers, Servers

# No deadline: the machine is shared. Derandomised, so that the same commit gives the same answer; `make fuzz` explores.
settings.register_profile("frontdesk", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("frontdesk")

SERVERS = pytest.StashKey[Servers | RemoteServers]()
KEEPER = pytest.StashKey[Keeper]()


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        config.stash[SERVERS] = RemoteServers(config.workerinput["servers"])
        return
    servers = Servers()
    config.stash[SERVERS] = servers
    atexit.register(servers.stop)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of tests that share a name, xdist runs one and is silent about the others."""
    twice = [name for name, many in Counter(item.nodeid for item in items).items() if many > 1]
    if twice:
        raise pytest.UsageError(f"tests share a name, so most of them would not run: {twice[:5]}")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """xdist: tells a worker where to ask."""
    config: pytest.Config = node.config  # type: ignore[attr-defined]
    if KEEPER not in config.stash:
        servers = config.stash[SERVERS]
        assert isinstance(servers, Servers)
        config.stash[KEEPER] = Keeper(servers)
    node.workerinput["servers"] = config.stash[KEEPER].socket  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    if KEEPER in config.stash:
        config.stash[KEEPER].close()
    servers = config.stash.get(SERVERS, None)
    if isinstance(servers, Servers):
        servers.stop()


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers | RemoteServers:
    return pytestconfig.stash[SERVERS]


@pytest.fixture(scope="session")
def postgres_url(servers: Servers | RemoteServers) -> str:
    """A superuser's URL of the session's PostgreSQL; make a database of your own with `tests.support.database`."""
    return servers.address("postgres")


@pytest.fixture(scope="session")
def kafka_bootstrap(servers: Servers | RemoteServers) -> str:
    """The session's Kafka; name your topics and groups uniquely."""
    return servers.address("kafka")


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """A migrated database of the test's own, dropped after it."""
    url = migrated_database(postgres_url)
    yield url
    drop_database(url)


@pytest.fixture
async def workers(database_url: str, tmp_path: Path) -> AsyncIterator[Workers]:
    """The parts of one router over the test's database, which has the bus's first partition."""
    workers = await make_workers(database_url, tmp_path)
    await workers.handler.claim(PARTITION)
    yield workers
    await workers.database.stop()
