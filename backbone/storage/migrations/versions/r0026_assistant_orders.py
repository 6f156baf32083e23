"""The assistant, which the router plays, looks up whose orders were reported."""

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.execute("GRANT EXECUTE ON FUNCTION contact_customers(text) TO frontdesk_router")


def downgrade() -> None:
    op.execute("REVOKE EXECUTE ON FUNCTION contact_customers(text) FROM frontdesk_router")
