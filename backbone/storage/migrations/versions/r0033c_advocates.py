"""Invitations to tell others, and what came of them."""

from backbone.storage.migrations.script import run_sql

revision = "0033c"
down_revision = "0034"

_TABLES = """
CREATE TABLE advocate_invitations (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    conversation_id text NOT NULL UNIQUE,
    channel text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('review', 'referral')),
    code text NOT NULL UNIQUE,
    link text,
    at timestamptz NOT NULL,
    opened_at timestamptz,
    used_at timestamptz,
    uses integer NOT NULL DEFAULT 0
);
CREATE INDEX advocate_invitations_recent ON advocate_invitations (tenant_id, at);
GRANT SELECT, UPDATE ON advocate_invitations TO frontdesk_api;
GRANT SELECT, INSERT ON advocate_invitations TO frontdesk_router;
ALTER TABLE advocate_invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE advocate_invitations FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_api ON advocate_invitations TO frontdesk_api
    USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)));
CREATE POLICY tenant_batch ON advocate_invitations TO frontdesk_router
    USING (tenant_id = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]));
DO $$ BEGIN
    EXECUTE 'CREATE POLICY migrations ON advocate_invitations TO CURRENT_USER USING (true) WITH CHECK (true)';
END $$;

-- The page that a customer's code leads to, before the tenant is known: who has the code of 80 random bits may go there.
CREATE FUNCTION open_invitation(wanted text, now timestamptz) RETURNS text
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS $$
    UPDATE advocate_invitations SET opened_at = coalesce(opened_at, now) WHERE code = wanted AND kind = 'review' RETURNING link
$$;
REVOKE ALL ON FUNCTION open_invitation(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION open_invitation(text, timestamptz) TO frontdesk_api;
"""


def upgrade() -> None:
    run_sql(_TABLES)


def downgrade() -> None:
    """Undoes the schema; codes that customers have lead nowhere then."""
    run_sql("DROP FUNCTION open_invitation(text, timestamptz); DROP TABLE advocate_invitations")
