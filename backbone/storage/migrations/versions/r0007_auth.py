"""Who comes in, and what they may do: logins, sessions, roles of a tenant's own."""

from pathlib import Path

import sqlalchemy
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _run("0007_auth.sql")


def downgrade() -> None:
    """Undoes the schema; passwords, sessions and own roles are gone with their tables."""
    _run("0007_auth_down.sql")


def _run(name: str) -> None:
    script = (Path(__file__).parent / name).read_text(encoding="utf-8")
    # The driver prepares statements, which holds one command each: the raw connection takes a whole script.
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    sqlalchemy.util.await_only(connection.driver_connection.execute(script))
