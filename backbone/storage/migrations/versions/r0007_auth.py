"""Who comes in, and what they may do: logins, sessions, roles of a tenant's own."""

from backbone.storage.migrations.script import run_script

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_script("0007_auth.sql")


def downgrade() -> None:
    """Undoes the schema; passwords, sessions and own roles are gone with their tables."""
    run_script("0007_auth_down.sql")
