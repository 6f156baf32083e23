"""What was given to customers, or waits for somebody to agree."""

from backbone.storage.migrations.script import run_sql

revision = "0033"
down_revision = "0032"

_TABLES = """
-- `rule` is the name it had in the settings then; `value_minor` is in the currency's minor unit. `code` is what a shop honours.
CREATE TABLE goodwill (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    conversation_id text NOT NULL,
    contact_id text NOT NULL,
    rule text NOT NULL,
    kind text NOT NULL,
    value_minor integer NOT NULL CHECK (value_minor >= 0),
    currency text,
    reason text NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'granted', 'declined')),
    above text[] NOT NULL,
    code text NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL,
    decided_by text,
    decided_at timestamptz,
    honoured_at timestamptz
);
CREATE INDEX goodwill_recent ON goodwill (tenant_id, id DESC);
CREATE INDEX goodwill_state ON goodwill (tenant_id, state, id DESC);
CREATE INDEX goodwill_contact ON goodwill (contact_id, asked_at);
CREATE INDEX goodwill_conversation ON goodwill (conversation_id);
GRANT SELECT, INSERT, UPDATE ON goodwill TO frontdesk_api;
ALTER TABLE goodwill ENABLE ROW LEVEL SECURITY;
ALTER TABLE goodwill FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_api ON goodwill TO frontdesk_api
    USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)));
DO $$ BEGIN
    EXECUTE 'CREATE POLICY migrations ON goodwill TO CURRENT_USER USING (true) WITH CHECK (true)';
END $$;
"""


def upgrade() -> None:
    run_sql(_TABLES)


def downgrade() -> None:
    """Undoes the schema; what was given is forgotten."""
    run_sql("DROP TABLE goodwill")
