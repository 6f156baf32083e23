"""Migrated databases, each a copy of one template that is made once a session."""

import asyncio

from backbone.storage.migrate import head, migrate
from tests.support.database import create_database, ensure_template


def migrated_database(server_url: str) -> str:
    """A fresh database at this release's schema; answers its URL. Drop it after the test."""
    template = ensure_template(server_url, f"frontdesk_{head()}", lambda url: asyncio.run(migrate(url)))
    return create_database(server_url, template)
