"""The bus on PostgreSQL: its log, its groups, and who may use them."""

from pathlib import Path

import sqlalchemy
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    script = (Path(__file__).parent / "0002_bus.sql").read_text(encoding="utf-8")
    # The driver prepares statements, which holds one command each: the raw connection takes a whole script.
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    sqlalchemy.util.await_only(connection.driver_connection.execute(script))


def downgrade() -> None:
    # What nobody has read yet is lost with it; the release before has no log in PostgreSQL.
    op.execute("DROP SCHEMA bus CASCADE")
