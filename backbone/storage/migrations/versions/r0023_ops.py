"""Suspended tenants: their accounts stay paused, whoever tries to open one."""

from backbone.storage.migrations.script import run_sql

revision = "0023"
down_revision = "0026"

_SUSPENSIONS = """
-- Writer: `frontdesk tenants`, as the owner. `accounts` are those that a resume opens again.
CREATE TABLE tenant_suspensions (
    tenant_id text PRIMARY KEY REFERENCES tenants,
    at timestamptz NOT NULL,
    reason text NOT NULL,
    accounts text[] NOT NULL
);
ALTER TABLE tenant_suspensions ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_suspensions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_api ON tenant_suspensions TO frontdesk_api
    USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)));
CREATE POLICY tenant_batch ON tenant_suspensions TO frontdesk_router, frontdesk_gateway
    USING (tenant_id = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]));
CREATE POLICY migrations ON tenant_suspensions TO CURRENT_USER USING (true) WITH CHECK (true);
GRANT SELECT ON tenant_suspensions TO frontdesk_api, frontdesk_router, frontdesk_gateway;

CREATE FUNCTION accounts_stay_paused() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM tenant_suspensions s WHERE s.tenant_id = NEW.tenant_id) THEN
        NEW.state := 'paused';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER channel_accounts_suspended BEFORE INSERT OR UPDATE OF state ON channel_accounts
    FOR EACH ROW WHEN (NEW.state <> 'paused') EXECUTE FUNCTION accounts_stay_paused();
"""
_NONE = """
DROP TRIGGER channel_accounts_suspended ON channel_accounts;
DROP FUNCTION accounts_stay_paused();
DROP TABLE tenant_suspensions;
"""


def upgrade() -> None:
    run_sql(_SUSPENSIONS)


def downgrade() -> None:
    """Undoes the schema; accounts of suspended tenants stay paused until somebody opens them."""
    run_sql(_NONE)
