"""Provider tokens, polls with quotas, consent, public posts, participants, actions, and the health of accounts."""

from alembic import op

from backbone.storage.migrations.script import run_script

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_script("0003_channels.sql")


def downgrade() -> None:
    for table in (
        "blocked_addresses", "account_notices", "account_traffic", "message_actions", "conversation_participants",
        "provider_tokens",
    ):  # fmt: skip
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP INDEX deliveries_failed, poll_cursors_nudged, messages_waiting, messages_private, messages_echoed")
    op.execute("DROP POLICY serve ON poll_cursors")
    op.execute("DROP POLICY housekeeping_look ON inbox")
    op.execute("DROP POLICY housekeeping_look ON orphans")
    op.execute("REVOKE ALL ON poll_cursors FROM frontdesk_api")
    op.execute(
        "ALTER TABLE poll_cursors DROP COLUMN quota_day, DROP COLUMN quota_used, DROP COLUMN nudged_at, DROP COLUMN polled_at, "
        "DROP COLUMN next_poll_at"
    )
    op.execute("ALTER TABLE contact_points DROP COLUMN opted_out_at, DROP COLUMN opted_out_word")
    op.execute("ALTER TABLE conversations DROP COLUMN public_post, DROP COLUMN linked_id")
    # The release before knows no such state: what waited was never sent.
    op.execute("UPDATE messages SET state = 'failed', error_code = 'window_closed' WHERE state = 'waiting_window'")
    op.execute(
        "ALTER TABLE messages DROP CONSTRAINT messages_state_check, DROP COLUMN language, DROP COLUMN suppressed, "
        "DROP COLUMN hidden_at, DROP COLUMN action, ADD CONSTRAINT messages_state_check CHECK (state IN "
        "('received', 'queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'noted'))"
    )
