"""Expected waits: what newcomers are told, and how wrong it was."""

from pathlib import Path

import sqlalchemy
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    script = (Path(__file__).parent / "0006_sla.sql").read_text(encoding="utf-8")
    # The driver prepares statements, which holds one command each: the raw connection takes a whole script.
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    sqlalchemy.util.await_only(connection.driver_connection.execute(script))


def downgrade() -> None:
    op.execute("DROP FUNCTION tenants_with_old_waits(interval, integer)")
    for table in ("wait_looks", "wait_forecasts", "team_waits"):
        op.execute(f"DROP TABLE {table}")
