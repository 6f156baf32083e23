-- ── bots (writers: the router and agent_api) ──
-- A person has it from now on: no bot is given it until somebody gives it to one.
ALTER TABLE conversations ADD COLUMN wants_human boolean NOT NULL DEFAULT false;

-- The wait that a bot owes an answer to, the last message of it that was looked at, until when the bot has time, how often it let
-- that pass, and how often it asked for more.
CREATE TABLE bot_turns (
    conversation_id text PRIMARY KEY,
    tenant_id text NOT NULL,
    agent_id text NOT NULL,
    waiting_since timestamptz NOT NULL,
    said_at timestamptz,
    until timestamptz NOT NULL,
    misses integer NOT NULL DEFAULT 0,
    asked integer NOT NULL DEFAULT 0
);
CREATE INDEX agents_bots ON agents (id) WHERE role = 'bot';

-- The router frees a bot as people's decisions free an agent: with the time to wrap up, of which bots need none.
GRANT UPDATE (wrap_up_until) ON agents TO frontdesk_router;
GRANT SELECT, INSERT, UPDATE, DELETE ON bot_turns TO frontdesk_router, frontdesk_api;

ALTER TABLE bot_turns ENABLE ROW LEVEL SECURITY;
ALTER TABLE bot_turns FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_api ON bot_turns TO frontdesk_api USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)));
CREATE POLICY tenant_batch ON bot_turns TO frontdesk_router
    USING (tenant_id = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]));
CREATE POLICY migrations ON bot_turns TO CURRENT_USER USING (true) WITH CHECK (true);

-- Cases that bots have and whose customers wait: those not looked at since their customer wrote, and those whose time is over.
CREATE FUNCTION bot_turns_due(most integer)
RETURNS TABLE (tenant_id text, conversation_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT c.tenant_id, c.id FROM agents a JOIN conversations c ON c.agent_id = a.id
        LEFT JOIN bot_turns t ON t.conversation_id = c.id AND t.agent_id = a.id AND t.waiting_since = c.waiting_since
            AND t.said_at IS NOT DISTINCT FROM c.last_customer_at
    WHERE a.role = 'bot' AND c.status = 'open' AND c.waiting_since IS NOT NULL AND (t.until IS NULL OR t.until <= clock_timestamp())
    ORDER BY c.waiting_since, c.id LIMIT most
$$;
REVOKE ALL ON FUNCTION bot_turns_due(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bot_turns_due(integer) TO frontdesk_router;
