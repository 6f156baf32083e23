"""The foundation: configuration, conversations, the stream, the gateway's tables, roles and row-level security."""

from pathlib import Path

import sqlalchemy
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    for name in ("0001_foundation.sql", "0001_security.sql"):
        script = (Path(__file__).parent / name).read_text(encoding="utf-8")
        # The driver prepares statements, which holds one command each: the raw connection takes a whole script.
        connection = op.get_bind().connection.dbapi_connection
        assert connection is not None
        sqlalchemy.util.await_only(connection.driver_connection.execute(script))


def downgrade() -> None:
    raise RuntimeError("the foundation is not undone: restore a backup or drop the database")
