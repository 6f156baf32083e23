-- ── waking customers' apps (customer_devices: agent_api writes, the gateway removes; push_jobs: the gateway, agent_api takes back) ─
-- Where an app of a customer's can be rung. The address is sealed: whoever has it may ring the device.
CREATE TABLE customer_devices (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    account_id text NOT NULL REFERENCES channel_accounts,
    address text NOT NULL,
    provider text NOT NULL CHECK (provider IN ('fcm', 'apns')),
    token bytea NOT NULL,
    token_hash bytea NOT NULL,
    seen_at timestamptz NOT NULL,
    UNIQUE (account_id, token_hash)
);
CREATE INDEX customer_devices_owner ON customer_devices (account_id, address, seen_at DESC, id DESC);

-- One notice to one device. `words` are empty unless the account lets messages out.
CREATE TABLE push_jobs (
    device_id text NOT NULL REFERENCES customer_devices ON DELETE CASCADE,
    message_id text NOT NULL,
    tenant_id text NOT NULL,
    account_id text NOT NULL,
    address text NOT NULL,
    conversation_id text NOT NULL,
    channel text NOT NULL,
    words text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed')),
    attempt integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (device_id, message_id)
);
CREATE INDEX push_jobs_due ON push_jobs (next_at) WHERE state = 'queued';
CREATE INDEX push_jobs_unread ON push_jobs (account_id, address, conversation_id, message_id) WHERE state = 'queued';
CREATE INDEX push_jobs_done ON push_jobs (created_at) WHERE state <> 'queued';

GRANT SELECT, INSERT, UPDATE, DELETE ON customer_devices TO frontdesk_api;
GRANT SELECT, DELETE ON customer_devices TO frontdesk_gateway;
GRANT SELECT, DELETE ON push_jobs TO frontdesk_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON push_jobs TO frontdesk_gateway;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['customer_devices', 'push_jobs'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($f$CREATE POLICY tenant_api ON %I TO frontdesk_api
            USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)))$f$, name);
        EXECUTE format($f$CREATE POLICY tenant_batch ON %I TO frontdesk_router, frontdesk_gateway
            USING (tenant_id = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]))$f$, name);
        EXECUTE format('CREATE POLICY migrations ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;
-- Who leases the jobs of all tenants reads the devices they go to.
CREATE POLICY claim ON push_jobs TO frontdesk_gateway USING (true);
CREATE POLICY claim ON customer_devices FOR SELECT TO frontdesk_gateway USING (true);
