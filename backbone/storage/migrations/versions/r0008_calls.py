"""Calls in the browser; and what is told of a wait while nobody is online."""

from pathlib import Path

import sqlalchemy
from alembic import op

revision = "0008"
down_revision = "0007"

_FOLDER = Path(__file__).parent


def _run(script: str) -> None:
    # The driver prepares statements, which holds one command each: the raw connection takes a whole script.
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    sqlalchemy.util.await_only(connection.driver_connection.execute(script))


def upgrade() -> None:
    _run((_FOLDER / "0008_calls.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Calls are gone; who calls at night hears nothing of when we are back, as before."""
    op.execute("DROP TABLE calls")
    # The release before knows no such timer.
    op.execute("DELETE FROM timers WHERE kind = 'call'")
    op.execute("DROP INDEX channel_accounts_channel")
    before = (_FOLDER / "0006_sla.sql").read_text(encoding="utf-8")
    start = before.index("CREATE FUNCTION tenants_with_old_waits")
    _run(before[start : before.index("$$;", start) + 3].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
