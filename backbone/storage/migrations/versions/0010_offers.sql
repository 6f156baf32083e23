-- ── channel offers (writer: agent_api, by the router's use case) ─────────────────────────────────────────────────────
-- What a tenant wants of offers; without a row the defaults hold, as version 1.
CREATE TABLE offer_settings (
    tenant_id text PRIMARY KEY REFERENCES tenants,
    document jsonb NOT NULL,
    version bigint NOT NULL
);

-- One answer to "which channels now?". Nothing in it names a person. `shown` are account ids in their order.
CREATE TABLE offers (
    id text PRIMARY KEY,
    tenant_id text NOT NULL,
    at timestamptz NOT NULL,
    page text,
    topic text,
    cohort text,
    device text,
    shown text[] NOT NULL,
    result text CHECK (result IN ('bought', 'helped', 'not_helped', 'left')),
    result_account_id text,
    result_at timestamptz
) WITH (fillfactor = 80);
CREATE INDEX offers_age ON offers USING brin (at);

-- Good and bad outcomes of a channel under one key, as weights of the moment `at`.
CREATE TABLE offer_outcomes (
    tenant_id text NOT NULL,
    account_id text NOT NULL REFERENCES channel_accounts ON DELETE CASCADE,
    key text NOT NULL,
    good double precision NOT NULL,
    bad double precision NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (account_id, key)
) WITH (fillfactor = 70);
CREATE INDEX offer_outcomes_age ON offer_outcomes (at);

-- How often a capped channel was shown in the hour that `hour` begins.
CREATE TABLE offer_counts (
    tenant_id text NOT NULL,
    account_id text NOT NULL REFERENCES channel_accounts ON DELETE CASCADE,
    hour timestamptz NOT NULL,
    shown integer NOT NULL,
    PRIMARY KEY (account_id, hour)
) WITH (fillfactor = 70);

GRANT SELECT, INSERT, UPDATE ON offer_settings, offers, offer_outcomes, offer_counts TO frontdesk_api;
GRANT SELECT, DELETE ON offers, offer_outcomes, offer_counts TO frontdesk_router;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['offer_settings', 'offers', 'offer_outcomes', 'offer_counts'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($f$CREATE POLICY tenant_api ON %I TO frontdesk_api
            USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)))$f$, name);
        EXECUTE format('CREATE POLICY migrations ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;
CREATE POLICY housekeeping_look ON offers FOR SELECT TO frontdesk_router USING (at < now() - interval '7 days');
CREATE POLICY housekeeping ON offers FOR DELETE TO frontdesk_router USING (at < now() - interval '7 days');
CREATE POLICY housekeeping_look ON offer_outcomes FOR SELECT TO frontdesk_router USING (at < now() - interval '90 days');
CREATE POLICY housekeeping ON offer_outcomes FOR DELETE TO frontdesk_router USING (at < now() - interval '90 days');
CREATE POLICY housekeeping_look ON offer_counts FOR SELECT TO frontdesk_router USING (hour < now() - interval '1 day');
CREATE POLICY housekeeping ON offer_counts FOR DELETE TO frontdesk_router USING (hour < now() - interval '1 day');
