"""The foundation: configuration, conversations, the stream, the gateway's tables, roles and row-level security."""

from backbone.storage.migrations.script import run_script

revision = "0001"
down_revision = None


def upgrade() -> None:
    for name in ("0001_foundation.sql", "0001_security.sql"):
        run_script(name)


def downgrade() -> None:
    raise RuntimeError("the foundation is not undone: restore a backup or drop the database")
