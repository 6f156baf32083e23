"""What partners and desks need beyond conversations: outgoing webhooks, labels, views, leases, audit, search."""

from alembic import op

from backbone.storage.migrations.script import run_script

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_script("0005_api.sql")


def downgrade() -> None:
    """Undoes the schema; what only it holds (webhooks, labels, audit, files, search) is gone with its tables."""
    for function in (
        "webhook_endpoints_behind(integer)", "search_behind(integer)",
        "search_messages(text, text, boolean, timestamptz, text, integer)", "search_text(text)",
    ):  # fmt: skip
        op.execute(f"DROP FUNCTION {function}")
    for table in (
        "webhook_attempts", "webhook_deliveries", "webhook_endpoints", "conversation_tags", "conversation_fields",
        "canned_replies", "macros", "saved_views", "reply_leases", "ratings", "contact_merges", "audit_log", "audit_heads",
        "attachments", "message_search", "search_positions",
    ):  # fmt: skip
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP INDEX conversations_opened")
    op.execute("REVOKE SELECT ON events, streams FROM frontdesk_gateway")
