"""What customers who come to us directly need: who an anonymous visitor turned out to be."""

from pathlib import Path

import sqlalchemy
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    script = (Path(__file__).parent / "0009_customers.sql").read_text(encoding="utf-8")
    # The driver prepares statements, which holds one command each: the raw connection takes a whole script.
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    sqlalchemy.util.await_only(connection.driver_connection.execute(script))


def downgrade() -> None:
    """Undoes the schema; who signed in is forgotten, so that old tokens of theirs work again until they end."""
    op.execute("DROP INDEX attachments_owner")
    op.execute("DROP TABLE customer_links")
