"""Databases for tests: a fresh one each, copied from a migrated template that is made once a session."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from tests.support.apart import run_apart

# Any constant: makers of templates wait for each other on it.
TEMPLATE_LOCK = 7_001


def with_database(url: str, name: str) -> str:
    """The same server and user, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def name_of(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def create_database(url: str, template: str | None = None) -> str:
    """A new database, empty or a copy of the template (a URL or a name that nobody is connected to); answers its URL."""
    name = f"test_{uuid4().hex}"
    source = name_of(template) if template and "/" in template else template
    run_apart(_execute(url, f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{source}"' if source else "")))
    return with_database(url, name)


def drop_database(url: str) -> None:
    """Also with connections still open to it."""
    run_apart(_execute(with_database(url, "postgres"), f'DROP DATABASE IF EXISTS "{name_of(url)}" WITH (FORCE)'))


def ensure_template(url: str, name: str, migrate: Callable[[str], None]) -> str:
    """The URL of the template `name`, made by `migrate(url)` if it doesn't exist; workers that ask at once wait for one."""
    return run_apart(_ensure_template(url, name, migrate))


async def _ensure_template(url: str, name: str, migrate: Callable[[str], None]) -> str:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", TEMPLATE_LOCK)
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            # Renamed when whole, so that a failed migration leaves no half template behind its name.
            unfinished = f"unfinished_{uuid4().hex}"
            await connection.execute(f'CREATE DATABASE "{unfinished}"')
            await asyncio.to_thread(migrate, with_database(url, unfinished))
            await connection.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')
    finally:
        await connection.close()
    return with_database(url, name)


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
