-- ── customers who come to us directly (writers: agent_api; push_jobs: the gateway, agent_api takes back what was read) ─
-- Who an anonymous visitor turned out to be when they signed in. Their old token is worth nothing from then on.
CREATE TABLE customer_links (
    account_id text NOT NULL,
    visitor_id text NOT NULL,
    tenant_id text NOT NULL,
    address text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (account_id, visitor_id)
);

GRANT SELECT, INSERT ON customer_links TO frontdesk_api;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['customer_links'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($f$CREATE POLICY tenant_api ON %I TO frontdesk_api
            USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)))$f$, name);
        EXECUTE format($f$CREATE POLICY tenant_batch ON %I TO frontdesk_router, frontdesk_gateway
            USING (tenant_id = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]))$f$, name);
        EXECUTE format('CREATE POLICY migrations ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;
CREATE INDEX customer_links_address ON customer_links (account_id, address);

-- How much one customer has uploaded of late.
CREATE INDEX attachments_owner ON attachments (by_key, created_at);
