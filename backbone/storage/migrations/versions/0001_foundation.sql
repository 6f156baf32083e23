-- Tables name their one writer. Hot tables carry no foreign keys: each would cost a look-up and a shared lock a message,
-- and every writer holds the conversation's row lock anyway.

-- ── tenants and configuration (writer: agent_api) ────────────────────────────────────────────────────────────────────
CREATE TABLE tenants (
    id text PRIMARY KEY,
    name text NOT NULL,
    settings jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE channel_accounts (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    channel text NOT NULL,
    name text NOT NULL,
    external_id text NOT NULL,
    config bytea NOT NULL,
    team_id text,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'quarantined')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL DEFAULT 1,
    UNIQUE (tenant_id, channel, external_id)
);
CREATE INDEX channel_accounts_updated ON channel_accounts (updated_at);

CREATE TABLE teams (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    name text NOT NULL,
    hours jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL DEFAULT 1,
    UNIQUE (tenant_id, name)
);

CREATE TABLE agents (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    name text NOT NULL,
    email text NOT NULL,
    role text NOT NULL DEFAULT 'agent' CHECK (role IN ('admin', 'supervisor', 'agent', 'bot')),
    presence text NOT NULL DEFAULT 'offline' CHECK (presence IN ('online', 'away', 'offline')),
    presence_reason text,
    presence_changed_at timestamptz NOT NULL DEFAULT now(),
    capacity integer NOT NULL DEFAULT 6 CHECK (capacity >= 0 AND capacity <= 1000),
    capacity_override integer NOT NULL DEFAULT 0 CHECK (capacity_override >= 0 AND capacity_override <= 100),
    used integer NOT NULL DEFAULT 0 CHECK (used >= 0),
    last_assigned_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL DEFAULT 1,
    UNIQUE (tenant_id, email)
);
CREATE INDEX agents_online ON agents (tenant_id, used) WHERE presence = 'online';

-- Admission only: lowering the capacity of a busy agent is allowed, giving new work beyond it is not.
CREATE FUNCTION agents_admit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.used > NEW.capacity + NEW.capacity_override THEN
        RAISE EXCEPTION 'agent % is full: % of % units', NEW.id, NEW.used, NEW.capacity + NEW.capacity_override
            USING ERRCODE = 'check_violation', CONSTRAINT = 'agents_capacity';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agents_capacity BEFORE UPDATE OF used ON agents
    FOR EACH ROW WHEN (NEW.used > OLD.used) EXECUTE FUNCTION agents_admit();

CREATE TABLE team_members (
    tenant_id text NOT NULL,
    team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
    agent_id text NOT NULL REFERENCES agents ON DELETE CASCADE,
    PRIMARY KEY (team_id, agent_id)
);
CREATE INDEX team_members_agent ON team_members (agent_id);

CREATE TABLE sla_policies (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    name text NOT NULL,
    position integer NOT NULL,
    document jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL DEFAULT 1,
    UNIQUE (tenant_id, name)
);

CREATE TABLE api_keys (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    agent_id text REFERENCES agents ON DELETE CASCADE,
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('admin', 'supervisor', 'agent', 'bot', 'partner')),
    prefix text NOT NULL,
    hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);
CREATE INDEX api_keys_tenant ON api_keys (tenant_id, id);

CREATE TABLE stream_tickets (
    hash bytea PRIMARY KEY,
    tenant_id text NOT NULL,
    principal jsonb NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX stream_tickets_expiry ON stream_tickets (expires_at);

-- Which process holds live sockets of an agent, so that the last one to close anywhere is known (writer: agent_api).
CREATE TABLE agent_sessions (
    agent_id text NOT NULL REFERENCES agents ON DELETE CASCADE,
    process text NOT NULL,
    tenant_id text NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (agent_id, process)
);

CREATE TABLE idempotency_keys (
    tenant_id text NOT NULL,
    caller text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status integer NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, caller, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- ── the customer and the case (writer: the router's use cases) ───────────────────────────────────────────────────────
CREATE TABLE contacts (
    id text PRIMARY KEY,
    tenant_id text NOT NULL,
    name text,
    language text,
    cohort text NOT NULL DEFAULT 'unknown' CHECK (cohort IN ('gen_z', 'gen_y', 'other', 'unknown')),
    cohort_source text,
    created_at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL DEFAULT 1
);
CREATE INDEX contacts_tenant ON contacts (tenant_id, id);

CREATE TABLE contact_points (
    account_id text NOT NULL,
    address text NOT NULL,
    tenant_id text NOT NULL,
    contact_id text NOT NULL,
    name text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, address)
);
CREATE INDEX contact_points_contact ON contact_points (contact_id);

CREATE TABLE conversations (
    id text PRIMARY KEY,
    tenant_id text NOT NULL,
    account_id text NOT NULL,
    channel text NOT NULL,
    channel_class text NOT NULL,
    thread_key text NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'pending', 'snoozed', 'resolved')),
    visibility text NOT NULL DEFAULT 'private',
    contact_id text NOT NULL,
    contact_address text NOT NULL,
    contact_name text,
    cohort text NOT NULL DEFAULT 'unknown',
    subject text,
    preview text NOT NULL DEFAULT '',
    message_count integer NOT NULL DEFAULT 0,
    team_id text,
    agent_id text,
    assigned_at timestamptz,
    units integer NOT NULL DEFAULT 1,
    priority integer NOT NULL DEFAULT 0,
    policy_id text,
    policy_version bigint,
    waiting_since timestamptz,
    customer_waiting_since timestamptz,
    due_at timestamptz,
    sla_state text NOT NULL DEFAULT 'none' CHECK (sla_state IN ('none', 'ok', 'warned', 'breached')),
    first_reply_at timestamptz,
    last_customer_at timestamptz,
    last_message_at timestamptz NOT NULL,
    window_expires_at timestamptz,
    auto_replied_at timestamptz,
    unassigned_reason text,
    snoozed_until timestamptz,
    opened_at timestamptz NOT NULL,
    resolved_at timestamptz,
    previous_id text,
    last_provider_message_id text,
    version bigint NOT NULL DEFAULT 1
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX conversations_open_thread ON conversations (account_id, thread_key) WHERE status <> 'resolved';
CREATE INDEX conversations_resolved_thread ON conversations (account_id, thread_key, resolved_at DESC) WHERE status = 'resolved';
CREATE INDEX conversations_queue ON conversations (tenant_id, priority DESC, due_at, id) 
    WHERE agent_id IS NULL AND status = 'open' AND waiting_since IS NOT NULL;
CREATE INDEX conversations_recent ON conversations (tenant_id, last_message_at DESC, id DESC);
CREATE INDEX conversations_agent ON conversations (agent_id, last_message_at DESC, id DESC) WHERE agent_id IS NOT NULL AND status <> 'resolved';
CREATE INDEX conversations_contact ON conversations (contact_id, opened_at DESC);

CREATE TABLE messages (
    id text PRIMARY KEY,
    tenant_id text NOT NULL,
    conversation_id text NOT NULL,
    account_id text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('in', 'out', 'note')),
    author_kind text NOT NULL CHECK (author_kind IN ('contact', 'agent', 'bot', 'system')),
    author_id text,
    content jsonb NOT NULL,
    provider_at timestamptz,
    received_at timestamptz NOT NULL,
    sort_at timestamptz NOT NULL,
    bus_partition integer,
    bus_offset bigint,
    provider_message_id text,
    in_reply_to text,
    automatic boolean NOT NULL DEFAULT false,
    state text NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'noted')),
    state_at timestamptz,
    error_code text,
    error_detail text,
    possibly_sent_twice boolean NOT NULL DEFAULT false,
    reactions jsonb,
    edited_at timestamptz,
    deleted_at timestamptz
) WITH (fillfactor = 90);
CREATE INDEX messages_conversation ON messages (conversation_id, sort_at, id);
CREATE INDEX messages_provider ON messages (account_id, provider_message_id) WHERE provider_message_id IS NOT NULL;

-- Further provider ids of one outbound message that went out in parts.
CREATE TABLE message_parts (
    account_id text NOT NULL,
    provider_message_id text NOT NULL,
    tenant_id text NOT NULL,
    message_id text NOT NULL,
    PRIMARY KEY (account_id, provider_message_id)
);

-- Receipts, edits and deletes of an id not known yet wait here for 24 h.
CREATE TABLE orphans (
    account_id text NOT NULL,
    provider_message_id text NOT NULL,
    key_hash bytea NOT NULL,
    tenant_id text NOT NULL,
    record bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, provider_message_id, key_hash)
);
CREATE INDEX orphans_age ON orphans (created_at);

CREATE TABLE routing_decisions (
    id text PRIMARY KEY,
    tenant_id text NOT NULL,
    conversation_id text NOT NULL,
    at timestamptz NOT NULL,
    outcome text NOT NULL,
    agent_id text,
    explanation jsonb NOT NULL
);
CREATE INDEX routing_decisions_conversation ON routing_decisions (conversation_id, at DESC);

-- ── once: hashes of what was taken, kept 35 days (writer: router) ────────────────────────────────────────────────────
CREATE TABLE inbox (
    account_id text NOT NULL,
    key_hash bytea NOT NULL,
    tenant_id text NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, key_hash)
);
CREATE INDEX inbox_age ON inbox USING brin (seen_at);

-- ── work queues over tenants, and the stream ─────────────────────────────────────────────────────────────────────────
CREATE TABLE events_pending (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id text NOT NULL,
    id text NOT NULL,
    type text NOT NULL,
    conversation_id text,
    at timestamptz NOT NULL,
    data jsonb NOT NULL,
    traceparent text
);

CREATE TABLE streams (
    tenant_id text PRIMARY KEY,
    last_seq bigint NOT NULL,
    first_seq bigint NOT NULL DEFAULT 1
);

CREATE TABLE events (
    tenant_id text NOT NULL,
    seq bigint NOT NULL,
    id text NOT NULL,
    type text NOT NULL,
    conversation_id text,
    at timestamptz NOT NULL,
    data jsonb NOT NULL,
    traceparent text,
    PRIMARY KEY (tenant_id, seq)
);
CREATE INDEX events_conversation ON events (conversation_id, seq) WHERE conversation_id IS NOT NULL;
CREATE INDEX events_age ON events USING brin (at);

CREATE TABLE timers (
    conversation_id text NOT NULL,
    kind text NOT NULL,
    tenant_id text NOT NULL,
    due_at timestamptz NOT NULL,
    step text NOT NULL,
    PRIMARY KEY (conversation_id, kind)
);
CREATE INDEX timers_due ON timers (due_at);

CREATE TABLE outbox (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id text NOT NULL,
    topic text NOT NULL,
    key bytea NOT NULL,
    value bytea NOT NULL,
    traceparent text,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE leases (
    name text PRIMARY KEY,
    holder text NOT NULL,
    epoch bigint NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE consumer_positions (
    consumer_group text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint,
    owner text NOT NULL,
    epoch bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer_group, topic, partition)
);

-- ── the gateway's own (writer: gateway) ──────────────────────────────────────────────────────────────────────────────
CREATE TABLE deliveries (
    position bigint GENERATED ALWAYS AS IDENTITY,
    message_id text NOT NULL,
    part integer NOT NULL,
    tenant_id text NOT NULL,
    account_id text NOT NULL,
    channel text NOT NULL,
    conversation_id text NOT NULL,
    body jsonb NOT NULL,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'failed')),
    attempt integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz,
    lease_holder text,
    provider_message_id text,
    error_code text,
    error_detail text,
    possibly_sent_twice boolean NOT NULL DEFAULT false,
    traceparent text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, part)
) WITH (fillfactor = 80);
CREATE INDEX deliveries_due ON deliveries (account_id, next_at) WHERE state IN ('queued', 'sending');
CREATE INDEX deliveries_order ON deliveries (conversation_id, position) WHERE state IN ('queued', 'sending');
CREATE INDEX deliveries_age ON deliveries USING brin (created_at);

CREATE TABLE media_jobs (
    account_id text NOT NULL,
    provider_message_id text NOT NULL,
    media_index integer NOT NULL,
    tenant_id text NOT NULL,
    channel text NOT NULL,
    thread_key text NOT NULL,
    media jsonb NOT NULL,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'done', 'failed')),
    attempt integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now(),
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, provider_message_id, media_index)
);
CREATE INDEX media_jobs_due ON media_jobs (next_at) WHERE state = 'queued';

CREATE TABLE poll_cursors (
    account_id text PRIMARY KEY,
    tenant_id text NOT NULL,
    cursor jsonb,
    last_error text,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- ── dead letters and the keys of raw copies (writers: gateway, router) ───────────────────────────────────────────────
CREATE TABLE data_keys (
    day date PRIMARY KEY,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE dead_letters (
    id text PRIMARY KEY,
    tenant_id text NOT NULL,
    account_id text NOT NULL,
    channel text NOT NULL,
    source text NOT NULL CHECK (source IN ('gateway', 'router', 'delivery')),
    reason text NOT NULL,
    raw bytea NOT NULL,
    raw_day date NOT NULL,
    request jsonb,
    topic text,
    partition integer,
    record_offset bigint,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'replayed', 'dropped')),
    created_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz
);
CREATE INDEX dead_letters_open ON dead_letters (created_at, id) WHERE state = 'open';
CREATE INDEX dead_letters_tenant ON dead_letters (tenant_id, created_at DESC);
