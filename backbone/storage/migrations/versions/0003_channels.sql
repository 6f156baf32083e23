-- Every channel in its own manner: provider tokens, polls with quotas, consent, public posts, participants, actions, the
-- health of accounts, and what protects them.

-- ── provider tokens and polls (writer: gateway) ──────────────────────────────────────────────────────────────────────
-- `sealed` holds the token and its refresh token under the master key, bound to the account.
CREATE TABLE provider_tokens (
    account_id text PRIMARY KEY,
    tenant_id text NOT NULL,
    sealed bytea,
    expires_at timestamptz,
    refresh_at timestamptz NOT NULL DEFAULT now(),
    failures integer NOT NULL DEFAULT 0,
    last_error text,
    needs_person boolean NOT NULL DEFAULT false,
    config_version bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX provider_tokens_updated ON provider_tokens (updated_at);

ALTER TABLE poll_cursors
    ADD COLUMN quota_day date,
    ADD COLUMN quota_used bigint NOT NULL DEFAULT 0,
    ADD COLUMN nudged_at timestamptz,
    ADD COLUMN polled_at timestamptz,
    ADD COLUMN next_poll_at timestamptz;
CREATE INDEX poll_cursors_nudged ON poll_cursors (nudged_at) WHERE nudged_at IS NOT NULL;

CREATE INDEX deliveries_failed ON deliveries (account_id, updated_at DESC) WHERE state = 'failed';

-- ── the customer and the case (writer: the router's use cases) ───────────────────────────────────────────────────────
ALTER TABLE contact_points
    ADD COLUMN opted_out_at timestamptz,
    ADD COLUMN opted_out_word text;

-- `public_post`: what is known of what was said in public (schemas.inbound.Post). `linked_id`: the public conversation that
-- a private one came out of.
ALTER TABLE conversations
    ADD COLUMN public_post jsonb,
    ADD COLUMN linked_id text;

CREATE TABLE conversation_participants (
    conversation_id text NOT NULL,
    address text NOT NULL,
    tenant_id text NOT NULL,
    name text,
    role text NOT NULL CHECK (role IN ('requester', 'sender', 'participant')),
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (conversation_id, address)
);

-- `waiting_window`: stored, and queued once the customer writes again. `suppressed`: why it woke nobody.
ALTER TABLE messages
    ADD COLUMN language text,
    ADD COLUMN suppressed text CHECK (suppressed IN ('flood', 'blocked')),
    ADD COLUMN hidden_at timestamptz,
    ADD COLUMN action text NOT NULL DEFAULT 'send' CHECK (action IN ('send', 'private_reply')),
    DROP CONSTRAINT messages_state_check,
    ADD CONSTRAINT messages_state_check CHECK (state IN
        ('received', 'queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'noted', 'waiting_window')) NOT VALID;
ALTER TABLE messages VALIDATE CONSTRAINT messages_state_check;
CREATE INDEX messages_waiting ON messages (conversation_id, sort_at, id) WHERE state = 'waiting_window';
CREATE INDEX messages_private ON messages (tenant_id, provider_message_id)
    WHERE action = 'private_reply' AND provider_message_id IS NOT NULL;
-- What our accounts said elsewhere (in the provider's own app, or by another account), found by the provider's id.
CREATE INDEX messages_echoed ON messages (tenant_id, provider_message_id)
    WHERE direction = 'out' AND author_kind = 'system' AND provider_message_id IS NOT NULL;

-- What was asked of a provider about a message that is there already; the effect comes with its report.
CREATE TABLE message_actions (
    id text PRIMARY KEY,
    tenant_id text NOT NULL,
    conversation_id text NOT NULL,
    message_id text NOT NULL,
    action text NOT NULL CHECK (action IN ('edit', 'delete', 'hide', 'unhide', 'react', 'unreact')),
    content jsonb NOT NULL DEFAULT '{}',
    author_kind text NOT NULL,
    author_id text,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed')),
    error_code text,
    error_detail text,
    created_at timestamptz NOT NULL,
    state_at timestamptz NOT NULL
);
CREATE INDEX message_actions_message ON message_actions (message_id, created_at DESC);

-- ── the health of accounts ───────────────────────────────────────────────────────────────────────────────────────────
-- Counts of an hour. Writers: the gateway (received, refused) and the router (stored, doubled, refused, found_by_poll).
CREATE TABLE account_traffic (
    account_id text NOT NULL,
    hour timestamptz NOT NULL,
    tenant_id text NOT NULL,
    received bigint NOT NULL DEFAULT 0,
    stored bigint NOT NULL DEFAULT 0,
    doubled bigint NOT NULL DEFAULT 0,
    refused bigint NOT NULL DEFAULT 0,
    found_by_poll bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, hour)
) WITH (fillfactor = 70);
CREATE INDEX account_traffic_age ON account_traffic USING brin (hour);

-- What a provider last said about an account (writer: router).
CREATE TABLE account_notices (
    account_id text NOT NULL,
    code text NOT NULL,
    tenant_id text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
    detail text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (account_id, code)
);
CREATE INDEX account_notices_recent ON account_notices (account_id, at DESC);

-- ── who may not write (writer: agent_api) ────────────────────────────────────────────────────────────────────────────
-- Without an account it holds for every account of the tenant. A lifted block stays, with who lifted it and why.
CREATE TABLE blocked_addresses (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    account_id text NOT NULL DEFAULT '',
    address text NOT NULL,
    reason text NOT NULL,
    blocked_by text,
    blocked_at timestamptz NOT NULL,
    until timestamptz,
    lifted_at timestamptz,
    lifted_by text,
    lifted_note text
);
CREATE UNIQUE INDEX blocked_addresses_active ON blocked_addresses (tenant_id, account_id, address) WHERE lifted_at IS NULL;
CREATE INDEX blocked_addresses_list ON blocked_addresses (tenant_id, id);

-- ── rights ───────────────────────────────────────────────────────────────────────────────────────────────────────────
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['provider_tokens', 'conversation_participants', 'message_actions', 'account_traffic',
        'account_notices', 'blocked_addresses'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($f$CREATE POLICY tenant_api ON %I TO frontdesk_api
            USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)))$f$, name);
        EXECUTE format($f$CREATE POLICY tenant_batch ON %I TO frontdesk_router, frontdesk_gateway
            USING (tenant_id = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]))$f$, name);
        EXECUTE format('CREATE POLICY migrations ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON provider_tokens TO frontdesk_gateway;
GRANT SELECT (account_id, tenant_id, expires_at, failures, last_error, needs_person, updated_at) ON provider_tokens TO frontdesk_api;
GRANT SELECT (account_id, tenant_id, last_error, quota_day, quota_used, polled_at, next_poll_at, nudged_at, updated_at) ON poll_cursors TO frontdesk_api;
GRANT SELECT, INSERT, UPDATE ON conversation_participants, message_actions TO frontdesk_api, frontdesk_router;
GRANT SELECT, INSERT, UPDATE ON account_traffic TO frontdesk_gateway, frontdesk_router;
GRANT DELETE ON account_traffic TO frontdesk_router;
GRANT SELECT, INSERT, UPDATE ON account_notices TO frontdesk_router;
GRANT SELECT ON account_traffic, account_notices TO frontdesk_api;
GRANT SELECT, INSERT, UPDATE ON blocked_addresses TO frontdesk_api;
GRANT SELECT ON blocked_addresses TO frontdesk_router;

-- The directory of accounts reads tokens, and the pollers nudges, before they know the tenant.
CREATE POLICY serve ON provider_tokens FOR SELECT TO frontdesk_gateway USING (true);
CREATE POLICY serve ON poll_cursors FOR SELECT TO frontdesk_gateway USING (true);
CREATE POLICY housekeeping ON account_traffic FOR SELECT TO frontdesk_router USING (hour < now() - interval '35 days');
CREATE POLICY housekeeping_delete ON account_traffic FOR DELETE TO frontdesk_router USING (hour < now() - interval '35 days');
-- A deletion that looks for its rows first must be allowed to see them: without these two nothing old was ever removed.
CREATE POLICY housekeeping_look ON inbox FOR SELECT TO frontdesk_router USING (seen_at < now() - interval '35 days');
CREATE POLICY housekeeping_look ON orphans FOR SELECT TO frontdesk_router USING (created_at < now() - interval '24 hours');
