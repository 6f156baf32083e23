"""Channel offers: what was shown, what came of it, and what was learnt."""

from alembic import op

from backbone.storage.migrations.script import run_script

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run_script("0010_offers.sql")


def downgrade() -> None:
    """Undoes the schema; what was learnt is gone with its tables."""
    for table in ("offer_counts", "offer_outcomes", "offers", "offer_settings"):
        op.execute(f"DROP TABLE {table}")
