-- ── calls between a customer and an agent in their browsers (writer: the router's use cases) ─────────────────────────
-- A side's `device` is the page that has the call; `seen_at` says when it was last heard of.
CREATE TABLE calls (
    id text PRIMARY KEY,
    tenant_id text NOT NULL,
    conversation_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('audio', 'video')),
    via text NOT NULL CHECK (via IN ('peer', 'room')),
    state text NOT NULL CHECK (state IN ('ringing', 'active', 'ended')),
    started_by text NOT NULL CHECK (started_by IN ('agent', 'customer')),
    agent_id text,
    agent_device text,
    agent_seen_at timestamptz,
    customer_device text,
    customer_seen_at timestamptz,
    started_at timestamptz NOT NULL,
    rings_until timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at timestamptz,
    cause text CHECK (cause IN ('hung_up', 'cancelled', 'declined', 'missed', 'busy', 'lost'))
) WITH (fillfactor = 70);
-- One call at a time in a conversation, and of an agent.
CREATE UNIQUE INDEX calls_live ON calls (conversation_id) WHERE state <> 'ended';
CREATE UNIQUE INDEX calls_agent_live ON calls (agent_id) WHERE state <> 'ended' AND agent_id IS NOT NULL;
CREATE INDEX calls_conversation ON calls (conversation_id, started_at DESC, id DESC);
GRANT SELECT, INSERT, UPDATE ON calls TO frontdesk_api, frontdesk_router;

-- Accounts of some channels, for what their callers are told.
CREATE INDEX channel_accounts_channel ON channel_accounts (tenant_id, channel) WHERE state = 'active';

-- ── row-level security, as for every table ───────────────────────────────────────────────────────────────────────────
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['calls'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($f$CREATE POLICY tenant_api ON %I TO frontdesk_api
            USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)))$f$, name);
        EXECUTE format($f$CREATE POLICY tenant_batch ON %I TO frontdesk_router, frontdesk_gateway
            USING (tenant_id = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]))$f$, name);
        EXECUTE format('CREATE POLICY migrations ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

-- Also those whose teams have hours, every ten minutes: who calls at night is told when we are back.
CREATE OR REPLACE FUNCTION tenants_with_old_waits(older interval, most integer)
RETURNS TABLE (tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT t.id FROM tenants t LEFT JOIN wait_looks l ON l.tenant_id = t.id
    WHERE (l.looked_at IS NULL OR l.looked_at < clock_timestamp() - older)
        AND (EXISTS (SELECT 1 FROM agents a WHERE a.tenant_id = t.id AND a.presence = 'online')
            OR EXISTS (SELECT 1 FROM team_waits w WHERE w.tenant_id = t.id AND w.online > 0)
            OR (l.looked_at IS NULL OR l.looked_at < clock_timestamp() - interval '10 minutes')
                AND EXISTS (SELECT 1 FROM teams h WHERE h.tenant_id = t.id AND h.hours IS NOT NULL))
    ORDER BY l.looked_at NULLS FIRST LIMIT most
$$;
