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
        'stream_tickets', 'idempotency_keys', 'contacts', 'contact_points', 'conversations', 'messages', 'message_parts', 'orphans',
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
-- The tenants that have unassigned work, in the order of their nearest deadline: what a dispatcher looks at.
CREATE FUNCTION tenants_with_waiting_work(most integer)
RETURNS TABLE (tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT t.id FROM tenants t
    WHERE EXISTS (SELECT 1 FROM conversations c WHERE c.tenant_id = t.id AND c.agent_id IS NULL AND c.status = 'open')
    ORDER BY t.id LIMIT most
$$;
-- An account by its id, for the customers' socket, which knows no tenant yet.
CREATE FUNCTION account_by_id(account text)
RETURNS TABLE (id text, tenant_id text, channel text, external_id text, config bytea, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT a.id, a.tenant_id, a.channel, a.external_id, a.config, a.state FROM channel_accounts a WHERE a.id = account
$$;
REVOKE ALL ON FUNCTION authenticate_key(bytea), redeem_ticket(bytea), tenants_with_waiting_work(integer), account_by_id(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authenticate_key(bytea), redeem_ticket(bytea), account_by_id(text) TO frontdesk_api;
GRANT EXECUTE ON FUNCTION tenants_with_waiting_work(integer) TO frontdesk_router;
GRANT EXECUTE ON FUNCTION account_by_id(text) TO frontdesk_gateway, frontdesk_router;
