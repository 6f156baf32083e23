"""Orders, shipments, loyalty, promises and consents as companies' own systems report them."""

from alembic import op

from backbone.storage.migrations.script import run_script

revision = "0021"
down_revision = "0020"

_TABLES = ("checkpoints", "shipments", "orders", "loyalty", "promises", "consents", "points", "customers")


def upgrade() -> None:
    run_script("0021_context.sql")


def downgrade() -> None:
    """Undoes the schema and what was reported; the systems that reported it still have it."""
    op.execute("DROP FUNCTION remove_old_reports(integer)")
    op.execute("DROP FUNCTION contact_customers(text)")
    for name in _TABLES:
        op.execute(f"DROP TABLE partner_{name}")
