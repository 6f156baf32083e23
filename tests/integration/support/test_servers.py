"""The servers of the session are the real ones, and each test can have a database of its own."""

import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.support.database import create_database, drop_database, ensure_template
from tests.support.ports import RANGE, free_ports, free_row, is_free

ROOT = Path(__file__).parents[3]


@pytest.mark.database
async def test_the_sessions_postgres_keeps_fsync_on(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        assert await connection.fetchval("SHOW fsync") == "on"
        assert await connection.fetchval("SHOW synchronous_commit") == "on"
    finally:
        await connection.close()


@pytest.mark.database
async def test_a_database_made_from_a_template_holds_its_tables(postgres_url: str) -> None:
    def migrate(url: str) -> None:
        made.append(url)

    made: list[str] = []
    source = create_database(postgres_url)
    connection = await asyncpg.connect(source)
    await connection.execute("CREATE TABLE kept (n int)")
    await connection.close()
    copy = create_database(postgres_url, template=source)
    template = ensure_template(postgres_url, "template_of_this_test", migrate)
    assert ensure_template(postgres_url, "template_of_this_test", migrate) == template
    assert len(made) == 1
    connection = await asyncpg.connect(copy)
    assert await connection.fetchval("SELECT count(*) FROM kept") == 0
    for url in (source, copy, template):
        drop_database(url)
    assert connection.is_closed() or await _is_cut(connection)


async def _is_cut(connection: asyncpg.Connection) -> bool:
    try:
        await connection.fetchval("SELECT 1")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return True
    return False


@pytest.mark.kafka
async def test_the_sessions_kafka_takes_a_record(kafka_bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("servers-test", 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, acks="all") as producer:
        taken = await producer.send_and_wait("servers-test", b"here")
    assert taken.offset >= 0


def test_free_ports_are_below_the_ephemeral_range() -> None:
    ports = free_ports(3)
    assert len(set(ports)) == 3
    assert all(port in RANGE and is_free(port) for port in ports)


def test_a_port_is_given_to_one_test_process_at_a_time() -> None:
    """What this process was given, another one isn't, though nobody listens there yet."""
    first = free_row(3)
    ports = [*free_ports(3), *range(first, first + 3)]
    script = f"""
from tests.support.ports import _claim, free_ports
print([port for port in {ports} if _claim(port)], len(free_ports(3)))
"""
    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT).stdout
    assert said.split() == ["[]", "3"]
    assert set(ports).isdisjoint(free_ports(100))
