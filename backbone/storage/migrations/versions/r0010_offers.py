"""Channel offers: what was shown, what came of it, and what was learnt."""

from pathlib import Path

import sqlalchemy
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    script = (Path(__file__).parent / "0010_offers.sql").read_text(encoding="utf-8")
    # The driver prepares statements, which holds one command each: the raw connection takes a whole script.
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    sqlalchemy.util.await_only(connection.driver_connection.execute(script))


def downgrade() -> None:
    """Undoes the schema; what was learnt is gone with its tables."""
    for table in ("offer_counts", "offer_outcomes", "offers", "offer_settings"):
        op.execute(f"DROP TABLE {table}")
