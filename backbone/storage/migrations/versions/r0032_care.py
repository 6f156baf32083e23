"""What customers are asked after a case, and whether resolved cases stayed resolved."""

from backbone.storage.migrations.script import run_sql

revision = "0032"
down_revision = "0027"

_TABLES = """
-- One question a conversation, and what is waited for since `since`; the answer itself stands in `ratings`.
CREATE TABLE satisfaction_asks (
    conversation_id text PRIMARY KEY,
    tenant_id text NOT NULL,
    asked_at timestamptz NOT NULL,
    stage text NOT NULL CHECK (stage IN ('asked', 'effort', 'rated', 'done')),
    since timestamptz NOT NULL,
    score integer,
    effort integer CHECK (effort BETWEEN 1 AND 5)
);
-- Each time a case was resolved. `next_at` is when the same case was resolved again; `again_at` the customer's first message
-- on any channel within 72 hours; `settled_at` when that was looked for.
CREATE TABLE resolutions (
    conversation_id text NOT NULL,
    at timestamptz NOT NULL,
    tenant_id text NOT NULL,
    channel text NOT NULL,
    team_id text,
    agent_id text,
    next_at timestamptz,
    settled_at timestamptz,
    again_at timestamptz,
    PRIMARY KEY (conversation_id, at)
);
CREATE INDEX resolutions_recent ON resolutions (tenant_id, at);
CREATE INDEX resolutions_unsettled ON resolutions (at) WHERE settled_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON satisfaction_asks, resolutions TO frontdesk_api, frontdesk_router;
GRANT SELECT, INSERT, UPDATE ON ratings TO frontdesk_router;
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['satisfaction_asks', 'resolutions'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($f$CREATE POLICY tenant_api ON %I TO frontdesk_api
            USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)))$f$, name);
        EXECUTE format($f$CREATE POLICY tenant_batch ON %I TO frontdesk_router
            USING (tenant_id = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]))$f$, name);
        EXECUTE format('CREATE POLICY migrations ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

-- Tenants with resolutions that are older than `age` and not looked at yet, the longest waiting first.
CREATE FUNCTION resolutions_due(age interval, most integer)
RETURNS TABLE (tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT DISTINCT d.tenant_id FROM (
        SELECT r.tenant_id FROM resolutions r WHERE r.settled_at IS NULL AND r.at <= clock_timestamp() - age ORDER BY r.at LIMIT most
    ) AS d
$$;
REVOKE ALL ON FUNCTION resolutions_due(interval, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION resolutions_due(interval, integer) TO frontdesk_router;
"""


def upgrade() -> None:
    run_sql(_TABLES)


def downgrade() -> None:
    """Undoes the schema; ratings stay, and what was asked is forgotten."""
    run_sql(
        "DROP FUNCTION resolutions_due(interval, integer); REVOKE SELECT, INSERT, UPDATE ON ratings FROM frontdesk_router; "
        "DROP TABLE resolutions; DROP TABLE satisfaction_asks"
    )
