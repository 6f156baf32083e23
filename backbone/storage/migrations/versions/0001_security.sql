-- Roles: the owner migrates; each process has a role of its own without BYPASSRLS. A login takes its role by SET ROLE.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['frontdesk_api', 'frontdesk_router', 'frontdesk_gateway'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another database of this cluster made it
        END;
        EXECUTE format('GRANT %I TO %I', name, current_user);
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA public TO frontdesk_api, frontdesk_router, frontdesk_gateway;

-- Configuration
GRANT SELECT ON tenants, channel_accounts, teams, agents, team_members, sla_policies TO frontdesk_api, frontdesk_router, frontdesk_gateway;
GRANT INSERT, UPDATE, DELETE ON channel_accounts, teams, agents, team_members, sla_policies, api_keys, stream_tickets, idempotency_keys TO frontdesk_api;
GRANT SELECT ON api_keys, stream_tickets, idempotency_keys TO frontdesk_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON agent_sessions TO frontdesk_api;
GRANT UPDATE (settings, name) ON tenants TO frontdesk_api;
GRANT UPDATE (used, last_assigned_at, version) ON agents TO frontdesk_router;
GRANT UPDATE (state, updated_at, version) ON channel_accounts TO frontdesk_router;

-- The customer and the case
GRANT SELECT, INSERT, UPDATE ON contacts, contact_points, conversations, messages, routing_decisions TO frontdesk_api, frontdesk_router;
GRANT SELECT, INSERT ON message_parts TO frontdesk_router;
GRANT SELECT ON message_parts TO frontdesk_api;
GRANT SELECT, INSERT, DELETE ON orphans, inbox TO frontdesk_router;

-- The stream and the queues
GRANT INSERT ON events_pending, outbox TO frontdesk_api, frontdesk_router, frontdesk_gateway;
GRANT SELECT, DELETE ON events_pending, outbox TO frontdesk_router;
GRANT SELECT, INSERT, UPDATE, DELETE ON timers TO frontdesk_api, frontdesk_router;
GRANT SELECT ON events, streams TO frontdesk_api, frontdesk_router;
GRANT INSERT, DELETE ON events TO frontdesk_router;
GRANT INSERT, UPDATE ON streams TO frontdesk_router;
GRANT SELECT, INSERT, UPDATE, DELETE ON leases, consumer_positions TO frontdesk_router, frontdesk_gateway;

-- The gateway's own
GRANT SELECT, INSERT, UPDATE, DELETE ON deliveries, media_jobs, poll_cursors TO frontdesk_gateway;
GRANT SELECT ON deliveries TO frontdesk_api;

-- Dead letters
GRANT SELECT, INSERT ON data_keys TO frontdesk_gateway, frontdesk_router, frontdesk_api;
GRANT SELECT, INSERT, UPDATE ON dead_letters TO frontdesk_gateway, frontdesk_router;
GRANT SELECT ON dead_letters TO frontdesk_api;

-- Row-level security, forced, closed while no tenant is set. The api role sees one tenant a transaction
-- (frontdesk.tenant); the router and the gateway those of their batch (frontdesk.tenants, a comma list).
DO $$
DECLARE name text; key text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tenants', 'channel_accounts', 'teams', 'agents', 'team_members', 'sla_policies', 'api_keys',
        'stream_tickets', 'agent_sessions', 'idempotency_keys', 'contacts', 'contact_points', 'conversations', 'messages', 'message_parts', 'orphans',
        'routing_decisions', 'inbox', 'events_pending', 'streams', 'events', 'timers', 'outbox', 'deliveries', 'media_jobs',
        'poll_cursors', 'dead_letters'] LOOP
        key := CASE WHEN name = 'tenants' THEN 'id' ELSE 'tenant_id' END;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($f$CREATE POLICY tenant_api ON %I TO frontdesk_api
            USING (%I = (SELECT current_setting('frontdesk.tenant', true)))$f$, name, key);
        EXECUTE format($f$CREATE POLICY tenant_batch ON %I TO frontdesk_router, frontdesk_gateway
            USING (%I = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]))$f$, name, key);
        EXECUTE format('CREATE POLICY migrations ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

-- Work is claimed over tenants in these queues only; what a claim leads to happens with the tenant set.
CREATE POLICY claim ON events_pending TO frontdesk_router USING (true);
CREATE POLICY claim ON events FOR INSERT TO frontdesk_router WITH CHECK (true);
CREATE POLICY claim ON streams TO frontdesk_router USING (true);
CREATE POLICY claim ON outbox FOR SELECT TO frontdesk_router USING (true);
CREATE POLICY claim_delete ON outbox FOR DELETE TO frontdesk_router USING (true);
CREATE POLICY claim ON timers FOR SELECT TO frontdesk_router USING (true);
CREATE POLICY claim ON deliveries TO frontdesk_gateway USING (true);
CREATE POLICY claim ON media_jobs TO frontdesk_gateway USING (true);
-- The gateway serves every tenant's webhooks before it knows the tenant; configuration is read by all of its workers.
CREATE POLICY serve ON channel_accounts FOR SELECT TO frontdesk_gateway, frontdesk_router USING (true);
-- Housekeeping by age runs over tenants.
CREATE POLICY housekeeping ON inbox FOR DELETE TO frontdesk_router USING (seen_at < now() - interval '35 days');
CREATE POLICY housekeeping ON orphans FOR DELETE TO frontdesk_router USING (created_at < now() - interval '24 hours');

-- Look-ups before the tenant is known, each by a secret's hash.
CREATE FUNCTION authenticate_key(key_hash bytea)
RETURNS TABLE (id text, tenant_id text, agent_id text, role text, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT k.id, k.tenant_id, k.agent_id, k.role, k.expires_at FROM api_keys k
    WHERE k.hash = key_hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
$$;
CREATE FUNCTION redeem_ticket(ticket_hash bytea)
RETURNS TABLE (tenant_id text, principal jsonb)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS $$
    DELETE FROM stream_tickets t WHERE t.hash = ticket_hash RETURNING t.tenant_id,
        CASE WHEN t.expires_at > now() THEN t.principal END
$$;
-- The tenants that have work to dispatch: customers waiting without an owner, or for one who went offline.
CREATE FUNCTION tenants_with_work_to_dispatch(most integer)
RETURNS TABLE (tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT t.id FROM tenants t
    WHERE EXISTS (SELECT 1 FROM conversations c
            WHERE c.tenant_id = t.id AND c.agent_id IS NULL AND c.status = 'open' AND c.waiting_since IS NOT NULL)
        OR EXISTS (SELECT 1 FROM agents a JOIN conversations c ON c.agent_id = a.id
            WHERE a.tenant_id = t.id AND a.presence = 'offline' AND a.used > 0 AND c.status = 'open' AND c.waiting_since IS NOT NULL)
    ORDER BY t.id LIMIT most
$$;
-- Removes events past their retention, over tenants, at most `most`; each stream's first number moves along.
CREATE FUNCTION trim_streams(retention interval, most integer)
RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS $$
    WITH gone AS (
        DELETE FROM events WHERE ctid = ANY (ARRAY(SELECT ctid FROM events WHERE at < now() - retention LIMIT most))
        RETURNING tenant_id, seq
    ), heads AS (
        UPDATE streams s SET first_seq = greatest(s.first_seq, g.last + 1)
        FROM (SELECT tenant_id, max(seq) AS last FROM gone GROUP BY tenant_id) AS g WHERE s.tenant_id = g.tenant_id
    )
    SELECT count(*)::integer FROM gone
$$;
-- An account by its id, for the customers' socket, which knows no tenant yet.
CREATE FUNCTION account_by_id(account text)
RETURNS TABLE (id text, tenant_id text, channel text, external_id text, config bytea, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT a.id, a.tenant_id, a.channel, a.external_id, a.config, a.state FROM channel_accounts a WHERE a.id = account
$$;
-- What one API process asks for all of its live sockets at once; each names what it asks for, and learns no more.
CREATE FUNCTION stream_heads(tenants text[])
RETURNS TABLE (tenant_id text, last_seq bigint, first_seq bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT s.tenant_id, s.last_seq, s.first_seq FROM streams s WHERE s.tenant_id = ANY (tenants)
$$;
CREATE FUNCTION live_keys(keys text[])
RETURNS TABLE (id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT k.id FROM api_keys k
    WHERE k.id = ANY (keys) AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
$$;
-- Agents shown online whose every socket has been silent for so long: their processes are gone.
CREATE FUNCTION lost_agents(silent interval)
RETURNS TABLE (tenant_id text, agent_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT s.tenant_id, s.agent_id FROM agent_sessions s JOIN agents a ON a.id = s.agent_id
    WHERE a.presence = 'online' GROUP BY s.tenant_id, s.agent_id HAVING max(s.seen_at) < now() - silent LIMIT 1000
$$;
-- Which history the streams' numbers belong to: another cluster, or one that was restored, has another (design §4).
CREATE FUNCTION stream_epoch() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT system_identifier::text || '-' || left(pg_walfile_name(pg_current_wal_lsn()), 8) FROM pg_control_system()
$$;
-- How much waits, over tenants and as numbers only: for metrics. Counting ends at 100 000, since a backlog must not cost more than itself.
CREATE FUNCTION waiting_work()
RETURNS TABLE (work text, kind text, many bigint, oldest timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT 'events', '', count(*), min(at) FROM (SELECT at FROM events_pending ORDER BY position LIMIT 100000) AS e
    UNION ALL SELECT 'outbox', '', count(*), min(created_at) FROM (SELECT created_at FROM outbox ORDER BY position LIMIT 100000) AS o
    UNION ALL SELECT 'timers', '', count(*), min(due_at)
        FROM (SELECT due_at FROM timers WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT 100000) AS t
    UNION ALL SELECT 'dead_letters', '', count(*), min(created_at)
        FROM (SELECT created_at FROM dead_letters WHERE state = 'open' ORDER BY created_at LIMIT 100000) AS d
    UNION ALL SELECT 'conversations', channel_class, count(*), min(waiting_since)
        FROM (SELECT channel_class, waiting_since FROM conversations
            WHERE agent_id IS NULL AND status = 'open' AND waiting_since IS NOT NULL LIMIT 100000) AS c GROUP BY channel_class
$$;
REVOKE ALL ON FUNCTION waiting_work() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION waiting_work() TO frontdesk_router;
REVOKE ALL ON FUNCTION stream_heads(text[]), live_keys(text[]), lost_agents(interval), stream_epoch() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stream_heads(text[]), live_keys(text[]), lost_agents(interval), stream_epoch() TO frontdesk_api;
REVOKE ALL ON FUNCTION authenticate_key(bytea), redeem_ticket(bytea), tenants_with_work_to_dispatch(integer), trim_streams(interval, integer),
    account_by_id(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authenticate_key(bytea), redeem_ticket(bytea), account_by_id(text) TO frontdesk_api;
GRANT EXECUTE ON FUNCTION tenants_with_work_to_dispatch(integer), trim_streams(interval, integer) TO frontdesk_router;
GRANT EXECUTE ON FUNCTION account_by_id(text) TO frontdesk_gateway, frontdesk_router;
