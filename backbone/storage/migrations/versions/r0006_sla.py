"""Expected waits: what newcomers are told, and how wrong it was."""

from alembic import op

from backbone.storage.migrations.script import run_script

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_script("0006_sla.sql")


def downgrade() -> None:
    op.execute("DROP FUNCTION tenants_with_old_waits(interval, integer)")
    for table in ("wait_looks", "wait_forecasts", "team_waits"):
        op.execute(f"DROP TABLE {table}")
