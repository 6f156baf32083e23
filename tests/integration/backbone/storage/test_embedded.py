"""PostgreSQL in a data folder of ours: kept over crashes, refused with advice where it can't start."""

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from backbone.errors import ConfigurationInvalid
from backbone.storage.embedded import EmbeddedPostgres
from tests.support.ports import HOST, free_ports

pytestmark = pytest.mark.database

LEAVE_RUNNING = """
import os, sys
from pathlib import Path
from backbone.storage.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), int(sys.argv[2]))
server.start()
print(server.pid, flush=True)
os._exit(9)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "data", free_ports(1)[0])
    yield server
    server.stop()


async def ask(server: EmbeddedPostgres, query: str) -> Any:
    connection = await asyncpg.connect(server.url())
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_data_is_kept_over_a_stop_and_over_a_power_cut(server: EmbeddedPostgres) -> None:
    server.start()
    await ask(server, "CREATE TABLE kept AS SELECT 1 AS n")
    server.stop()
    server.start()
    await ask(server, "INSERT INTO kept VALUES (2)")
    server.kill()
    server.start()
    assert await ask(server, "SELECT sum(n) FROM kept") == 3


async def test_starting_a_server_that_runs_does_nothing(server: EmbeddedPostgres) -> None:
    server.start()
    pid = server.pid
    server.start()
    assert server.pid == pid
    assert server.exit_code is None


def test_a_kill_leaves_no_process_and_an_open_port(server: EmbeddedPostgres) -> None:
    server.start()
    assert server.pid is not None
    children = psutil.Process(server.pid).children(recursive=True)
    assert children
    server.kill()
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
    with socket.socket() as probe:
        assert probe.connect_ex((HOST, server.port)) != 0


async def test_it_listens_on_loopback_only_and_asks_for_the_password(server: EmbeddedPostgres) -> None:
    server.start()
    assert await ask(server, "SHOW listen_addresses") == "127.0.0.1"
    assert await ask(server, "SHOW unix_socket_directories") == ""
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://postgres:wrong@{HOST}:{server.port}/postgres")


def test_the_password_is_readable_by_us_only_and_in_no_repr(server: EmbeddedPostgres) -> None:
    server.start()
    path = server.data_folder / "password"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text()) >= 32
    assert path.read_text() not in repr(server)
    assert not (server.data_folder / "password.initdb").exists()


async def test_commits_are_durable_and_memory_is_modest(server: EmbeddedPostgres) -> None:
    server.start()
    shown = {
        name: await ask(server, f"SHOW {name}")
        for name in ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_connections", "jit")
    }
    assert shown == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "shared_buffers": "64MB",
        "max_connections": "60",
        "jit": "off",
    }


async def test_letters_of_every_script_have_cases_and_trigrams(server: EmbeddedPostgres) -> None:
    server.start()
    await ask(server, "CREATE EXTENSION pg_trgm")
    assert await ask(server, "SELECT upper('приветé')") == "ПРИВЕТÉ"
    assert await ask(server, "SELECT word_similarity('привет', 'ну приветик')") > 0.5
    assert await ask(server, "SELECT datlocale FROM pg_database WHERE datname = current_database()") == "C.UTF-8"


async def test_errors_in_its_log_quote_no_values(server: EmbeddedPostgres) -> None:
    server.start()
    await ask(server, "CREATE TABLE words (w text PRIMARY KEY)")
    await ask(server, "INSERT INTO words VALUES ('canary-in-a-row')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await ask(server, "INSERT INTO words VALUES ('canary-in-a-row')")
    server.stop()
    logs = [path.read_text() for path in (server.data_folder / "cluster" / "log").iterdir()]
    assert any("duplicate key" in log for log in logs)
    assert not any("canary" in log for log in logs)


async def test_a_server_left_by_a_killed_supervisor_is_replaced(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    left = subprocess.run(
        [sys.executable, "-c", LEAVE_RUNNING, str(tmp_path / "data"), str(port)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    pid = int(left.stdout)
    assert psutil.pid_exists(pid)
    server = EmbeddedPostgres(tmp_path / "data", port)
    try:
        server.start()
        assert server.pid != pid
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        assert await ask(server, "SELECT 1") == 1
    finally:
        server.stop()


async def test_a_pid_file_that_names_another_program_does_not_bar_the_start(server: EmbeddedPostgres) -> None:
    server.start()
    pid_file = server.data_folder / "cluster" / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    server.kill()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    server.start()
    assert await ask(server, "SELECT 1") == 1


def test_a_port_in_use_says_so(server: EmbeddedPostgres) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, server.port))
        taken.listen()
        with pytest.raises(ConfigurationInvalid, match=f"Port {server.port}.*set another port"):
            server.start()


def test_a_folder_in_use_by_another_says_so(server: EmbeddedPostgres) -> None:
    server.start()
    other = EmbeddedPostgres(server.data_folder, free_ports(1)[0])
    with pytest.raises(ConfigurationInvalid, match="Another Frontdesk runs"):
        other.start()
    assert server.exit_code is None


@pytest.mark.parametrize(("version", "advice"), [("99", "newer Frontdesk"), ("17", "dump it with the older")])
def test_data_of_another_major_version_says_what_to_do(server: EmbeddedPostgres, version: str, advice: str) -> None:
    server.start()
    server.stop()
    (server.data_folder / "cluster" / "PG_VERSION").write_text(version + "\n")
    with pytest.raises(ConfigurationInvalid, match=f"is of PostgreSQL {version}.*{advice}"):
        server.start()


def test_a_folder_that_is_no_cluster_is_left_alone(server: EmbeddedPostgres) -> None:
    foreign = server.data_folder / "cluster"
    foreign.mkdir(parents=True)
    (foreign / "letter.txt").write_text("mine")
    with pytest.raises(ConfigurationInvalid, match="no whole PostgreSQL folder"):
        server.start()
    assert (foreign / "letter.txt").read_text() == "mine"


def test_damaged_data_says_to_restore_a_backup(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    (server.data_folder / "cluster" / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(ConfigurationInvalid, match="did not start"):
        server.start()
    assert server.pid is None


def test_a_missing_password_says_which_file(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    (server.data_folder / "password").unlink()
    with pytest.raises(ConfigurationInvalid, match="password"):
        server.start()


async def test_an_interrupted_first_start_is_started_over(server: EmbeddedPostgres) -> None:
    half = server.data_folder / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server.start()
    assert await ask(server, "SELECT 1") == 1
    assert not half.exists()


def test_a_server_that_died_is_seen_and_can_be_started_again(server: EmbeddedPostgres) -> None:
    server.start()
    assert server.pid is not None
    os.kill(server.pid, signal.SIGQUIT)
    assert psutil.Process(server.pid).wait(10) is not None or server.exit_code is not None
    assert server.exit_code is not None
    server.start()
    assert server.exit_code is None


def test_before_the_first_start_there_is_no_url(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid):
        EmbeddedPostgres(tmp_path / "none", 25000).url()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a home that others can't reach")
async def test_as_root_it_runs_unprivileged_even_where_only_root_can_reach(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedPostgres(closed / "data", free_ports(1)[0])
    try:
        server.start()
        assert server.pid is not None
        assert psutil.Process(server.pid).uids().effective != 0
        assert await ask(server, "SELECT 1") == 1
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    finally:
        server.stop()
