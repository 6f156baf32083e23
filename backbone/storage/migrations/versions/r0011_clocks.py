"""Clocks as intervals, calendars, versions of policies, promises to call back, and what-if runs."""

from alembic import op

from backbone.storage.migrations.script import run_script

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_script("0011_clocks.sql")


def downgrade() -> None:
    op.execute("DROP FUNCTION legs_behind(integer)")
    for table in (
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
