-- ── expected waits (writer: router) ──────────────────────────────────────────────────────────────────────────────────
-- What a newcomer of a team and class of channel may expect, as of `at`: made every few seconds, read by every process.
CREATE TABLE team_waits (
    team_id text NOT NULL,
    channel_class text NOT NULL,
    tenant_id text NOT NULL,
    at timestamptz NOT NULL,
    online integer NOT NULL,
    slots integer NOT NULL,
    free integer NOT NULL,
    waiting integer NOT NULL,
    position integer NOT NULL,
    seconds double precision,
    low double precision,
    high double precision,
    answer_seconds double precision,
    handling_seconds double precision NOT NULL,
    opens_at timestamptz,
    measured integer NOT NULL,
    median_error double precision,
    in_range double precision,
    PRIMARY KEY (team_id, channel_class)
) WITH (fillfactor = 70);
CREATE INDEX team_waits_tenant ON team_waits (tenant_id);

-- The first forecast of a wait, and what came of it; `took` stays null where it ended otherwise than by somebody taking it.
CREATE TABLE wait_forecasts (
    conversation_id text NOT NULL,
    waiting_since timestamptz NOT NULL,
    tenant_id text NOT NULL,
    team_id text NOT NULL,
    channel_class text NOT NULL,
    at timestamptz NOT NULL,
    position integer NOT NULL,
    model double precision NOT NULL,
    seconds double precision NOT NULL,
    low double precision NOT NULL,
    high double precision NOT NULL,
    took double precision,
    settled_at timestamptz,
    PRIMARY KEY (conversation_id, waiting_since)
) WITH (fillfactor = 80);
CREATE INDEX wait_forecasts_open ON wait_forecasts (tenant_id, at) WHERE settled_at IS NULL;
CREATE INDEX wait_forecasts_measured ON wait_forecasts (team_id, settled_at DESC) WHERE took IS NOT NULL;
CREATE INDEX wait_forecasts_age ON wait_forecasts USING brin (at);

CREATE TABLE wait_looks (
    tenant_id text PRIMARY KEY,
    looked_at timestamptz NOT NULL
);

GRANT SELECT ON team_waits TO frontdesk_api, frontdesk_gateway;
GRANT SELECT ON wait_forecasts TO frontdesk_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON team_waits, wait_forecasts, wait_looks TO frontdesk_router;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['team_waits', 'wait_forecasts', 'wait_looks'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($f$CREATE POLICY tenant_api ON %I TO frontdesk_api
            USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)))$f$, name);
        EXECUTE format($f$CREATE POLICY tenant_batch ON %I TO frontdesk_router, frontdesk_gateway
            USING (tenant_id = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]))$f$, name);
        EXECUTE format('CREATE POLICY migrations ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;
CREATE POLICY housekeeping ON wait_forecasts FOR DELETE TO frontdesk_router USING (at < now() - interval '35 days');

-- Tenants whose waits are older than so long and where somebody is online, or was when they were looked at last; the oldest first.
CREATE FUNCTION tenants_with_old_waits(older interval, most integer)
RETURNS TABLE (tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT t.id FROM tenants t LEFT JOIN wait_looks l ON l.tenant_id = t.id
    WHERE (l.looked_at IS NULL OR l.looked_at < clock_timestamp() - older)
        AND (EXISTS (SELECT 1 FROM agents a WHERE a.tenant_id = t.id AND a.presence = 'online')
            OR EXISTS (SELECT 1 FROM team_waits w WHERE w.tenant_id = t.id AND w.online > 0))
    ORDER BY l.looked_at NULLS FIRST LIMIT most
$$;
REVOKE ALL ON FUNCTION tenants_with_old_waits(interval, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_with_old_waits(interval, integer) TO frontdesk_router;
