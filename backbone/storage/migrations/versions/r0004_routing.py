"""Routing by skill: what agents can do, and what conversations ask for."""

from alembic import op

from backbone.storage.migrations.script import run_script

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_script("0004_routing.sql")


def downgrade() -> None:
    op.execute("ALTER TABLE agents DROP COLUMN skills, DROP COLUMN languages")
    op.execute("ALTER TABLE conversations DROP COLUMN needs")
