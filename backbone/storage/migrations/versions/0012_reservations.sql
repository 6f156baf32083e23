-- Offers to agents, and what an agent's capacity is made of. Additive: the release before reads none of it.

-- How a team works: who is asked and for how long, where its work goes when nobody of it can, what its work weighs.
ALTER TABLE teams ADD COLUMN routing jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(routing) = 'object');

ALTER TABLE agents DROP CONSTRAINT agents_presence_check;
ALTER TABLE agents
    ADD CONSTRAINT agents_presence_check CHECK (presence IN ('online', 'away', 'draining', 'offline')),
    ADD COLUMN offline_at timestamptz,
    ADD COLUMN hours jsonb CHECK (hours IS NULL OR jsonb_typeof(hours) = 'object'),
    ADD COLUMN wrap_up_until timestamptz,
    ADD COLUMN interruptible_capacity integer NOT NULL DEFAULT 0 CHECK (interruptible_capacity BETWEEN 0 AND 1000),
    ADD COLUMN interruptible_used integer NOT NULL DEFAULT 0 CHECK (interruptible_used >= 0),
    ADD CONSTRAINT agents_offline_at CHECK (presence <> 'draining' OR offline_at IS NOT NULL);
CREATE INDEX agents_draining ON agents (tenant_id, offline_at) WHERE presence = 'draining';

CREATE OR REPLACE FUNCTION agents_admit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.used > OLD.used AND NEW.used > NEW.capacity + NEW.capacity_override THEN
        RAISE EXCEPTION 'agent % is full: % of % units', NEW.id, NEW.used, NEW.capacity + NEW.capacity_override
            USING ERRCODE = 'check_violation', CONSTRAINT = 'agents_capacity';
    END IF;
    IF NEW.interruptible_used > OLD.interruptible_used AND NEW.interruptible_used > NEW.interruptible_capacity THEN
        RAISE EXCEPTION 'agent % is full: % of % interruptible units', NEW.id, NEW.interruptible_used, NEW.interruptible_capacity
            USING ERRCODE = 'check_violation', CONSTRAINT = 'agents_interruptible_capacity';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER agents_capacity ON agents;
CREATE TRIGGER agents_capacity BEFORE UPDATE OF used, interruptible_used ON agents
    FOR EACH ROW WHEN (NEW.used > OLD.used OR NEW.interruptible_used > OLD.interruptible_used) EXECUTE FUNCTION agents_admit();

-- `held_units` are those that its owner is charged with now: none while it is idle. Only an owner holds.
ALTER TABLE conversations
    ADD COLUMN held_units integer NOT NULL DEFAULT 0 CHECK (held_units >= 0),
    ADD COLUMN held_interruptible boolean NOT NULL DEFAULT false,
    ADD COLUMN last_agent_id text,
    ADD COLUMN direct_agent_id text,
    ADD COLUMN offered_until timestamptz,
    ADD COLUMN declined_by text[] NOT NULL DEFAULT '{}',
    ADD COLUMN declined_at timestamptz;
UPDATE conversations SET held_units = units, last_agent_id = agent_id WHERE agent_id IS NOT NULL AND status <> 'resolved';
ALTER TABLE conversations ADD CONSTRAINT conversations_held CHECK (held_units = 0 OR (agent_id IS NOT NULL AND status <> 'resolved'));
CREATE INDEX conversations_waking ON conversations (tenant_id, due_at)
    WHERE held_units = 0 AND agent_id IS NOT NULL AND status = 'open' AND waiting_since IS NOT NULL;
CREATE INDEX conversations_idle ON conversations (team_id, last_message_at) WHERE held_units > 0 AND waiting_since IS NULL;

-- One row for each agent who was asked; it holds their units until it ends. Those asked at once share a round.
CREATE TABLE reservations (
    id text PRIMARY KEY,
    tenant_id text NOT NULL,
    conversation_id text NOT NULL,
    round_id text NOT NULL,
    agent_id text NOT NULL,
    team_id text,
    state text NOT NULL DEFAULT 'offered' CHECK (state IN ('offered', 'accepted', 'declined', 'timed_out', 'withdrawn')),
    units integer NOT NULL CHECK (units > 0),
    interruptible boolean NOT NULL,
    offered_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    reason text,
    CHECK ((state = 'offered') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX reservations_winner ON reservations (round_id) WHERE state = 'accepted';
CREATE UNIQUE INDEX reservations_live ON reservations (conversation_id, agent_id) WHERE state = 'offered';
CREATE INDEX reservations_agent ON reservations (agent_id, offered_at DESC, id DESC);
CREATE INDEX reservations_due ON reservations (tenant_id, expires_at) WHERE state = 'offered';
CREATE INDEX reservations_conversation ON reservations (conversation_id, offered_at DESC, id DESC);

ALTER TABLE reservations ENABLE ROW LEVEL SECURITY;
ALTER TABLE reservations FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_api ON reservations TO frontdesk_api USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)));
CREATE POLICY tenant_batch ON reservations TO frontdesk_router
    USING (tenant_id = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]));
CREATE POLICY migrations ON reservations TO CURRENT_USER USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON reservations TO frontdesk_api, frontdesk_router;
-- Who lets an offer pass is set away, and who drains goes offline at their time.
GRANT UPDATE (presence, presence_reason, presence_changed_at, offline_at, interruptible_used) ON agents TO frontdesk_router;

-- The tenants that have work to dispatch: customers waiting without an owner, for one who went offline or who had put them
-- aside; offers and drains whose time is over; and conversations that have been idle for their team's time.
CREATE OR REPLACE FUNCTION tenants_with_work_to_dispatch(most integer)
RETURNS TABLE (tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT t.id FROM tenants t
    WHERE EXISTS (SELECT 1 FROM conversations c
            WHERE c.tenant_id = t.id AND c.agent_id IS NULL AND c.status = 'open' AND c.waiting_since IS NOT NULL)
        OR EXISTS (SELECT 1 FROM agents a JOIN conversations c ON c.agent_id = a.id
            WHERE a.tenant_id = t.id AND a.presence = 'offline' AND a.used + a.interruptible_used > 0 AND c.status = 'open'
            AND c.waiting_since IS NOT NULL)
        OR EXISTS (SELECT 1 FROM conversations c WHERE c.tenant_id = t.id AND c.held_units = 0 AND c.agent_id IS NOT NULL
            AND c.status = 'open' AND c.waiting_since IS NOT NULL)
        OR EXISTS (SELECT 1 FROM reservations r WHERE r.tenant_id = t.id AND r.state = 'offered' AND r.expires_at <= now())
        OR EXISTS (SELECT 1 FROM agents a WHERE a.tenant_id = t.id AND a.presence = 'draining' AND a.offline_at <= now())
        OR EXISTS (SELECT 1 FROM teams m JOIN conversations c ON c.team_id = m.id
            WHERE m.tenant_id = t.id AND m.routing ? 'idle_after_seconds' AND c.held_units > 0 AND c.waiting_since IS NULL
            AND c.last_message_at < now() - make_interval(secs => (m.routing ->> 'idle_after_seconds')::float))
    ORDER BY t.id LIMIT most
$$;
