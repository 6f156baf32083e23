"""Calls in the browser; and what is told of a wait while nobody is online."""

from alembic import op

from backbone.storage.migrations.script import read_script, run_script, run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_script("0008_calls.sql")


def downgrade() -> None:
    """Calls are gone; who calls at night hears nothing of when we are back, as before."""
    op.execute("DROP TABLE calls")
    # The release before knows no such timer.
    op.execute("DELETE FROM timers WHERE kind = 'call'")
    op.execute("DROP INDEX channel_accounts_channel")
    before = read_script("0006_sla.sql")
    start = before.index("CREATE FUNCTION tenants_with_old_waits")
    run_sql(before[start : before.index("$$;", start) + 3].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
