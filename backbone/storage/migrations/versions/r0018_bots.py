"""The time a bot has for an answer, and cases that want a person."""

from alembic import op

from backbone.storage.migrations.script import run_script

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    run_script("0018_bots.sql")


def downgrade() -> None:
    """Undoes the schema; who asked for a person may be given to a bot again."""
    op.execute("DROP FUNCTION bot_turns_due(integer)")
    op.execute("DROP INDEX agents_bots")
    op.execute("DROP TABLE bot_turns")
    op.execute("REVOKE UPDATE (wrap_up_until) ON agents FROM frontdesk_router")
    op.execute("ALTER TABLE conversations DROP COLUMN wants_human")
