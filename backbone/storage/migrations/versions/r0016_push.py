"""Devices of customers whose apps sleep, and the notices that wake them."""

from alembic import op

from backbone.storage.migrations.script import run_script

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    run_script("0016_push.sql")


def downgrade() -> None:
    """Undoes the schema; apps register their devices again when they next run."""
    op.execute("DROP TABLE push_jobs")
    op.execute("DROP TABLE customer_devices")
