"""The bus on PostgreSQL: its log, its groups, and who may use them."""

from alembic import op

from backbone.storage.migrations.script import run_script

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_script("0002_bus.sql")


def downgrade() -> None:
    # What nobody has read yet is lost with it; the release before has no log in PostgreSQL.
    op.execute("DROP SCHEMA bus CASCADE")
