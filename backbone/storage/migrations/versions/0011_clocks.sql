-- ── clocks (writer: router) ──────────────────────────────────────────────────────────────────────────────────────────
-- Pauses of a conversation's statuses and the clock of its resolution; null while there is neither.
ALTER TABLE conversations ADD COLUMN clocks jsonb;
CREATE INDEX conversations_clocks ON conversations (tenant_id, id) WHERE status <> 'resolved' AND (due_at IS NOT NULL OR clocks IS NOT NULL);

-- Whose time it was: a conversation's life in intervals with causes. `clock` names the reply that was owed meanwhile.
CREATE TABLE conversation_legs (
    conversation_id text NOT NULL,
    number integer NOT NULL,
    tenant_id text NOT NULL,
    leg text NOT NULL CHECK (leg IN ('provider', 'bot', 'queue', 'agent', 'customer')),
    clock text CHECK (clock IN ('first_reply', 'next_reply')),
    status text NOT NULL,
    team_id text,
    agent_id text,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    start_cause text NOT NULL,
    end_cause text,
    PRIMARY KEY (conversation_id, number)
) WITH (fillfactor = 90);
CREATE INDEX conversation_legs_time ON conversation_legs (tenant_id, started_at);

-- Each run of a clock, how it ended, and the seconds of each leg in it; `blamed` had most of them where it was breached.
CREATE TABLE clock_runs (
    conversation_id text NOT NULL,
    clock text NOT NULL CHECK (clock IN ('first_reply', 'next_reply', 'resolution')),
    number integer NOT NULL,
    tenant_id text NOT NULL,
    team_id text,
    policy_id text,
    policy_version bigint,
    started_at timestamptz NOT NULL,
    due_at timestamptz,
    ended_at timestamptz,
    outcome text NOT NULL CHECK (outcome IN ('running', 'met', 'breached', 'ended')),
    breached boolean NOT NULL DEFAULT false,
    blamed text,
    provider_seconds double precision NOT NULL DEFAULT 0,
    bot_seconds double precision NOT NULL DEFAULT 0,
    queue_seconds double precision NOT NULL DEFAULT 0,
    agent_seconds double precision NOT NULL DEFAULT 0,
    customer_seconds double precision NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation_id, clock, number)
) WITH (fillfactor = 80);
CREATE INDEX clock_runs_time ON clock_runs (tenant_id, started_at);

CREATE TABLE leg_positions (
    tenant_id text PRIMARY KEY,
    read_seq bigint NOT NULL
);

-- Tenants whose running deadlines are to be computed anew, in batches by id (writers: agent_api asks, router does).
CREATE TABLE recompute_requests (
    tenant_id text PRIMARY KEY,
    cause text NOT NULL,
    after_id text NOT NULL DEFAULT '',
    passes integer NOT NULL DEFAULT 2,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX recompute_requests_due ON recompute_requests (due_at);

-- ── calendars (writers: agent_api, router the days) ──────────────────────────────────────────────────────────────────
CREATE TABLE calendars (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    name text NOT NULL,
    source jsonb NOT NULL,
    days jsonb NOT NULL DEFAULT '[]',
    refreshed_at timestamptz,
    error text,
    next_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL DEFAULT 1,
    UNIQUE (tenant_id, name)
);
CREATE INDEX calendars_due ON calendars (next_at);

-- ── policies as versioned documents (writer: agent_api) ──────────────────────────────────────────────────────────────
CREATE TABLE policy_versions (
    tenant_id text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    cause text NOT NULL,
    note text,
    author text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, version)
);

-- ── promises to call back (writer: agent_api) ────────────────────────────────────────────────────────────────────────
CREATE TABLE call_backs (
    conversation_id text PRIMARY KEY,
    tenant_id text NOT NULL,
    team_id text NOT NULL,
    at timestamptz NOT NULL,
    booked_by text,
    created_at timestamptz NOT NULL
);
CREATE INDEX call_backs_slot ON call_backs (team_id, at);

GRANT SELECT, INSERT, UPDATE, DELETE ON conversation_legs, clock_runs, leg_positions TO frontdesk_api;
GRANT SELECT ON conversation_legs, clock_runs TO frontdesk_router;
GRANT SELECT, INSERT, UPDATE ON recompute_requests TO frontdesk_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON recompute_requests TO frontdesk_router;
GRANT SELECT, INSERT, UPDATE, DELETE ON calendars, call_backs TO frontdesk_api;
GRANT SELECT, UPDATE ON calendars TO frontdesk_router;
GRANT SELECT, DELETE ON call_backs TO frontdesk_router;
GRANT SELECT, INSERT ON policy_versions TO frontdesk_api;
GRANT SELECT ON policy_versions TO frontdesk_router;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['conversation_legs', 'clock_runs', 'leg_positions', 'recompute_requests', 'calendars', 'policy_versions',
        'call_backs'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($f$CREATE POLICY tenant_api ON %I TO frontdesk_api
            USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)))$f$, name);
        EXECUTE format($f$CREATE POLICY tenant_batch ON %I TO frontdesk_router, frontdesk_gateway
            USING (tenant_id = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]))$f$, name);
        EXECUTE format('CREATE POLICY migrations ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;
-- Work is claimed over tenants; what a claim leads to happens with the tenant set.
CREATE POLICY claim ON recompute_requests FOR SELECT TO frontdesk_router USING (true);
CREATE POLICY claim ON calendars FOR SELECT TO frontdesk_router USING (true);
CREATE POLICY housekeeping ON call_backs FOR DELETE TO frontdesk_router USING (at < now() - interval '1 day');

-- Tenants whose stream has grown beyond what was read into legs.
CREATE FUNCTION legs_behind(most integer)
RETURNS TABLE (tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT s.tenant_id FROM streams s LEFT JOIN leg_positions p ON p.tenant_id = s.tenant_id
    WHERE s.last_seq > coalesce(p.read_seq, 0) ORDER BY s.last_seq - coalesce(p.read_seq, 0) DESC LIMIT most
$$;
REVOKE ALL ON FUNCTION legs_behind(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION legs_behind(integer) TO frontdesk_api;
