"""What customers who come to us directly need: who an anonymous visitor turned out to be."""

from alembic import op

from backbone.storage.migrations.script import run_script

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run_script("0009_customers.sql")


def downgrade() -> None:
    """Undoes the schema; who signed in is forgotten, so that old tokens of theirs work again until they end."""
    op.execute("DROP INDEX attachments_owner")
    op.execute("DROP TABLE customer_links")
