"""When agents were online in a period, found without reading the whole stream of it."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute("CREATE INDEX events_presence ON events (tenant_id, at) WHERE type = 'agent.presence_changed'")


def downgrade() -> None:
    op.execute("DROP INDEX events_presence")
