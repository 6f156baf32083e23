-- ── outgoing webhooks (writers: agent_api the settings and what is asked for, gateway the rest) ──────────────────────
CREATE TABLE webhook_endpoints (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    name text NOT NULL,
    url text NOT NULL,
    event_types text[] NOT NULL DEFAULT '{}',
    filter jsonb NOT NULL DEFAULT '{}',
    secrets bytea NOT NULL,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled')),
    disabled_reason text,
    failing_since timestamptz,
    last_success_at timestamptz,
    read_seq bigint NOT NULL DEFAULT 0,
    read_at timestamptz,
    skipped bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL DEFAULT 1
) WITH (fillfactor = 80);
CREATE INDEX webhook_endpoints_tenant ON webhook_endpoints (tenant_id, id);
CREATE INDEX webhook_endpoints_active ON webhook_endpoints (tenant_id) WHERE state = 'active';

-- `waiting`: an earlier event of the same conversation goes first. `next_at` of a leased row ends its lease.
CREATE TABLE webhook_deliveries (
    id text PRIMARY KEY,
    position bigint GENERATED ALWAYS AS IDENTITY,
    tenant_id text NOT NULL,
    endpoint_id text NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    event_id text NOT NULL,
    seq bigint,
    type text NOT NULL,
    conversation_id text,
    at timestamptz NOT NULL,
    data jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'queued', 'delivered', 'failed')),
    failed integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    late boolean NOT NULL DEFAULT false,
    next_at timestamptz NOT NULL,
    lease text,
    last_status integer,
    last_cause text,
    delivered_at timestamptz,
    created_at timestamptz NOT NULL,
    UNIQUE (endpoint_id, event_id)
) WITH (fillfactor = 80);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_at, position) WHERE state = 'queued';
CREATE INDEX webhook_deliveries_next ON webhook_deliveries (next_at) WHERE state = 'queued';
CREATE INDEX webhook_deliveries_order ON webhook_deliveries (endpoint_id, conversation_id, position) WHERE state IN ('waiting', 'queued');
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (endpoint_id, position DESC);
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (endpoint_id, at) WHERE state = 'failed';
CREATE INDEX webhook_deliveries_age ON webhook_deliveries USING brin (created_at);

CREATE TABLE webhook_attempts (
    delivery_id text NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
    number integer NOT NULL,
    tenant_id text NOT NULL,
    at timestamptz NOT NULL,
    latency_ms integer NOT NULL,
    status integer,
    cause text,
    PRIMARY KEY (delivery_id, number)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_endpoints TO frontdesk_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_deliveries TO frontdesk_api, frontdesk_gateway;
GRANT SELECT ON webhook_attempts TO frontdesk_api;
GRANT SELECT, INSERT ON webhook_attempts TO frontdesk_gateway;
GRANT SELECT, UPDATE ON webhook_endpoints TO frontdesk_gateway;
GRANT SELECT ON events, streams TO frontdesk_gateway;

-- ── row-level security, as for every table ───────────────────────────────────────────────────────────────────────────
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['webhook_endpoints', 'webhook_deliveries', 'webhook_attempts'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($f$CREATE POLICY tenant_api ON %I TO frontdesk_api
            USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)))$f$, name);
        EXECUTE format($f$CREATE POLICY tenant_batch ON %I TO frontdesk_router, frontdesk_gateway
            USING (tenant_id = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]))$f$, name);
        EXECUTE format('CREATE POLICY migrations ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;
-- Senders lease over tenants; what a lease leads to is written with the tenant set.
CREATE POLICY claim ON webhook_deliveries TO frontdesk_gateway USING (true);
CREATE POLICY claim ON webhook_endpoints FOR SELECT TO frontdesk_gateway USING (true);

-- Endpoints whose tenant's stream has grown beyond what they were given, those not looked at for longest first.
CREATE FUNCTION webhook_endpoints_behind(most integer)
RETURNS TABLE (id text, tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT e.id, e.tenant_id FROM webhook_endpoints e JOIN streams s ON s.tenant_id = e.tenant_id
    WHERE e.state = 'active' AND s.last_seq > e.read_seq ORDER BY e.read_at NULLS FIRST LIMIT most
$$;
REVOKE ALL ON FUNCTION webhook_endpoints_behind(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webhook_endpoints_behind(integer) TO frontdesk_gateway;
