"""Routing by skill: what agents can do, and what conversations ask for."""

from pathlib import Path

import sqlalchemy
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    script = (Path(__file__).parent / "0004_routing.sql").read_text(encoding="utf-8")
    # The driver prepares statements, which holds one command each: the raw connection takes a whole script.
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    sqlalchemy.util.await_only(connection.driver_connection.execute(script))


def downgrade() -> None:
    op.execute("ALTER TABLE agents DROP COLUMN skills, DROP COLUMN languages")
    op.execute("ALTER TABLE conversations DROP COLUMN needs")
