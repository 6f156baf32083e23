"""Identity providers that vouch for agents, and whom each knows by which subject."""

from alembic import op

from backbone.storage.migrations.script import run_script

revision = "0025"
down_revision = "0021"


def upgrade() -> None:
    run_script("0025_oidc.sql")


def downgrade() -> None:
    """Undoes the schema; people come in by password again."""
    op.execute("DROP FUNCTION login_providers(text)")
    op.execute("DROP FUNCTION login_provider(text)")
    op.execute("DROP TABLE agent_identities")
    op.execute("DROP TABLE identity_providers")
