"""What partners and desks need beyond conversations: outgoing webhooks, labels, views, leases, audit, search."""

from pathlib import Path

import sqlalchemy
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    script = (Path(__file__).parent / "0005_api.sql").read_text(encoding="utf-8")
    # The driver prepares statements, which holds one command each: the raw connection takes a whole script.
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    sqlalchemy.util.await_only(connection.driver_connection.execute(script))


def downgrade() -> None:
    raise RuntimeError("what the API keeps is not undone: restore a backup")
