"""Clocks as intervals, calendars, versions of policies, promises to call back, and what-if runs."""

from pathlib import Path

import sqlalchemy
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    script = (Path(__file__).parent / "0011_clocks.sql").read_text(encoding="utf-8")
    # The driver prepares statements, which holds one command each: the raw connection takes a whole script.
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    sqlalchemy.util.await_only(connection.driver_connection.execute(script))


def downgrade() -> None:
    op.execute("DROP FUNCTION legs_behind(integer)")
    for table in (
        "whatif_runs",
        "call_backs",
        "policy_versions",
        "calendars",
        "recompute_requests",
        "leg_positions",
        "clock_runs",
        "conversation_legs",
    ):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP INDEX conversations_clocks")
    op.execute("ALTER TABLE conversations DROP COLUMN clocks")
