"""The version of a tenant's settings, which a change must name."""

from alembic import op

from backbone.storage.migrations.script import run_sql

revision = "0022"
down_revision = "0019"


def upgrade() -> None:
    run_sql("ALTER TABLE tenants ADD COLUMN settings_version bigint NOT NULL DEFAULT 1")
    run_sql("GRANT UPDATE (settings_version) ON tenants TO frontdesk_api")


def downgrade() -> None:
    """Undoes the schema; the settings stay."""
    op.execute("ALTER TABLE tenants DROP COLUMN settings_version")
