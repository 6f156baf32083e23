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

-- ── what a desk keeps beside conversations (writer: agent_api) ───────────────────────────────────────────────────────
CREATE TABLE conversation_tags (
    tenant_id text NOT NULL,
    tag text NOT NULL,
    conversation_id text NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, tag, conversation_id)
);
CREATE INDEX conversation_tags_conversation ON conversation_tags (conversation_id);

CREATE TABLE conversation_fields (
    conversation_id text PRIMARY KEY,
    tenant_id text NOT NULL,
    fields jsonb NOT NULL
);

CREATE TABLE canned_replies (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    shortcut text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL DEFAULT 1,
    UNIQUE (tenant_id, shortcut)
);

CREATE TABLE macros (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    name text NOT NULL,
    steps jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL DEFAULT 1,
    UNIQUE (tenant_id, name)
);

-- `owner` is a key or an agent; shared views are everybody's to read.
CREATE TABLE saved_views (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    owner text NOT NULL,
    shared boolean NOT NULL,
    name text NOT NULL,
    filters jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL DEFAULT 1,
    UNIQUE (tenant_id, owner, name)
);

-- Who composes an answer: `number` grows with each holder and fences those before (one row a conversation).
CREATE TABLE reply_leases (
    conversation_id text PRIMARY KEY,
    tenant_id text NOT NULL,
    holder text NOT NULL,
    agent_id text,
    number bigint NOT NULL,
    seen text[] NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE ratings (
    conversation_id text PRIMARY KEY,
    tenant_id text NOT NULL,
    score integer NOT NULL CHECK (score BETWEEN 1 AND 5),
    comment text,
    agent_id text,
    team_id text,
    channel text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX ratings_recent ON ratings (tenant_id, at DESC, conversation_id DESC);

-- Files that agents send; their bytes are in the blob store.
CREATE TABLE attachments (
    id text PRIMARY KEY,
    tenant_id text NOT NULL,
    blob text NOT NULL,
    filename text NOT NULL,
    mime text NOT NULL,
    size bigint NOT NULL,
    sha256 bytea NOT NULL,
    by_key text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX attachments_age ON attachments USING brin (created_at);

-- Which contact took in which, with what moved, so that it can be undone (design: evidence links points to contacts).
CREATE TABLE contact_merges (
    id text PRIMARY KEY,
    tenant_id text NOT NULL,
    into_id text NOT NULL,
    from_id text NOT NULL,
    reason text NOT NULL,
    moved jsonb NOT NULL,
    by_key text NOT NULL,
    at timestamptz NOT NULL,
    undone_at timestamptz
);
CREATE INDEX contact_merges_into ON contact_merges (into_id, at DESC);
CREATE INDEX contact_merges_from ON contact_merges (from_id) WHERE undone_at IS NULL;

-- Changes of configuration, chained by hash for each tenant: ids and names of operations, nobody's words.
CREATE TABLE audit_log (
    tenant_id text NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    operation text NOT NULL,
    target text,
    request_id text NOT NULL,
    status integer NOT NULL,
    request_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (tenant_id, number)
);
CREATE TABLE audit_heads (
    tenant_id text PRIMARY KEY,
    number bigint NOT NULL,
    hash bytea NOT NULL,
    salt bytea NOT NULL
);

-- Reports read by the day a conversation was opened.
CREATE INDEX conversations_opened ON conversations (tenant_id, opened_at);

-- ── search ───────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Beside the messages and filled from the stream, so that taking a message costs nothing more. `document` also holds the tenant as
-- a word, which lets one index serve all tenants.
CREATE TABLE message_search (
    message_id text PRIMARY KEY,
    tenant_id text NOT NULL,
    conversation_id text NOT NULL,
    note boolean NOT NULL,
    at timestamptz NOT NULL,
    document tsvector NOT NULL
);
CREATE INDEX message_search_document ON message_search USING gin (document);
CREATE INDEX message_search_conversation ON message_search (conversation_id);
CREATE TABLE search_positions (
    tenant_id text PRIMARY KEY,
    read_seq bigint NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON conversation_tags, conversation_fields, canned_replies, macros, saved_views, reply_leases,
    message_search, search_positions, attachments TO frontdesk_api;
GRANT SELECT, INSERT, UPDATE ON ratings, contact_merges, audit_heads TO frontdesk_api;
-- Append-only: nobody but the owner changes or removes a line.
GRANT SELECT, INSERT ON audit_log TO frontdesk_api;

-- ── row-level security, as for every table ───────────────────────────────────────────────────────────────────────────
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['webhook_endpoints', 'webhook_deliveries', 'webhook_attempts', 'conversation_tags',
        'conversation_fields', 'canned_replies', 'macros', 'saved_views', 'reply_leases', 'ratings', 'contact_merges', 'audit_log',
        'audit_heads', 'attachments', 'message_search', 'search_positions'] LOOP
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

-- Text as search compares it: without accents, in compatibility form (Unicode NFKD), bounded.
CREATE FUNCTION search_text(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT regexp_replace(normalize(left(words, 20000), NFKD), U&'[\0300-\036F]', '', 'g')
$$;
-- Tenants whose stream has grown beyond what search has read.
CREATE FUNCTION search_behind(most integer)
RETURNS TABLE (tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT s.tenant_id FROM streams s LEFT JOIN search_positions p ON p.tenant_id = s.tenant_id
    WHERE s.last_seq > coalesce(p.read_seq, 0) ORDER BY s.last_seq - coalesce(p.read_seq, 0) DESC LIMIT most
$$;
-- Messages of one tenant that hold all of the words, the newest first, before a place. Full-text operators aren't leakproof, so
-- that a policy would switch the index off: the tenant is checked here, in the index and on each row. At most 5,000 matches are looked at.
CREATE FUNCTION search_messages(tenant text, words text, notes boolean, before_at timestamptz, before_id text, most integer)
RETURNS TABLE (message_id text, conversation_id text, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT f.message_id, f.conversation_id, f.at FROM (
        SELECT m.message_id, m.conversation_id, m.at FROM message_search m
        WHERE m.document @@ (plainto_tsquery('simple', search_text(words)) && quote_literal('tenant ' || tenant)::tsquery)
            AND m.tenant_id = tenant AND tenant = current_setting('frontdesk.tenant', true) AND (notes OR NOT m.note)
            AND (before_at IS NULL OR (m.at, m.message_id) < (before_at, before_id))
        LIMIT 5000
    ) AS f ORDER BY f.at DESC, f.message_id DESC LIMIT most
$$;
REVOKE ALL ON FUNCTION search_behind(integer), search_messages(text, text, boolean, timestamptz, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_behind(integer), search_messages(text, text, boolean, timestamptz, text, integer) TO frontdesk_api;
