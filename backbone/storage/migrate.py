"""Brings a database to this release's schema, and refuses one that is newer than this release."""

import asyncio
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from backbone.errors import ConfigurationInvalid

_FOLDER = Path(__file__).parent / "migrations"


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def head() -> str:
    """The revision this release needs."""
    found = ScriptDirectory.from_config(_config("")).get_current_head()
    if found is None:
        raise ConfigurationInvalid("this installation holds no migrations")
    return found


def known() -> set[str]:
    """Every revision this release knows."""
    return {script.revision for script in ScriptDirectory.from_config(_config("")).walk_revisions()}


async def current(url: str) -> str | None:
    """The revision of the database; None if it was never migrated. Raises what the driver raises when it is away."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        if await connection.fetchval("SELECT to_regclass('public.alembic_version')") is None:
            return None
        return str(await connection.fetchval("SELECT version_num FROM alembic_version"))
    finally:
        await connection.close()


async def check(url: str) -> None:
    """Raises `ConfigurationInvalid` unless the database is at this release's revision."""
    found = await current(url)
    if found == head():
        return
    if found is not None and found not in known():
        raise ConfigurationInvalid(f"the database is at revision {found}, newer than this release: upgrade Frontdesk")
    raise ConfigurationInvalid(
        f"the database is at revision {found}, this release needs {head()}: run `frontdesk migrate`"
    )


async def migrate(url: str) -> None:
    """Brings the database to `head`; does nothing if it is there. Refuses a newer one."""
    found = await current(url)
    if found == head():
        return
    if found is not None and found not in known():
        raise ConfigurationInvalid(f"the database is at revision {found}, newer than this release: upgrade Frontdesk")
    # Alembic's entry runs a loop of its own.
    await asyncio.to_thread(command.upgrade, _config(url), "head")
