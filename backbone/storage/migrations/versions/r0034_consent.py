"""What customers allowed and forbade, with proof: words that were said are never changed, later ones stand beside them."""

from backbone.storage.migrations.script import run_sql

revision = "0034"
down_revision = "0033b"

_TABLES = """
-- Append-only: nobody but the owner may change or delete. `purpose` 'all' is the whole channel account and address;
-- `word` is what the customer said, `message_id` where, `by` the agent's or key's id where one recorded it.
CREATE TABLE consents (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    contact_id text NOT NULL,
    account_id text,
    address text,
    purpose text NOT NULL CHECK (purpose IN ('all', 'service', 'proactive', 'marketing', 'satisfaction')),
    state text NOT NULL CHECK (state IN ('given', 'withdrawn')),
    how text NOT NULL CHECK (how IN ('word', 'provider', 'agent', 'form')),
    word text,
    message_id text,
    by text,
    at timestamptz NOT NULL
);
CREATE INDEX consents_contact ON consents (contact_id, at DESC, id DESC);
GRANT SELECT, INSERT ON consents TO frontdesk_api, frontdesk_router;
ALTER TABLE consents ENABLE ROW LEVEL SECURITY;
ALTER TABLE consents FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_api ON consents TO frontdesk_api
    USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)));
CREATE POLICY tenant_batch ON consents TO frontdesk_router
    USING (tenant_id = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]));
-- Who took whom in decides whose words hold for a contact.
GRANT SELECT ON contact_merges TO frontdesk_router;
DO $$ BEGIN
    EXECUTE 'CREATE POLICY migrations ON consents TO CURRENT_USER USING (true) WITH CHECK (true)';
END $$;
"""


def upgrade() -> None:
    run_sql(_TABLES)


def downgrade() -> None:
    """Undoes the schema; the history is forgotten, opted-out addresses stay so."""
    run_sql("DROP TABLE consents; REVOKE SELECT ON contact_merges FROM frontdesk_router")
