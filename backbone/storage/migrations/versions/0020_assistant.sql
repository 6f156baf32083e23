-- ── intents (writers: agent_api, and the router for what it learnt) ──
-- What customers want: phrases that say it for sure, and examples of how it is said, from which a model is learnt.
CREATE TABLE intents (
    id text PRIMARY KEY,
    tenant_id text NOT NULL,
    name text NOT NULL,
    phrases text[] NOT NULL DEFAULT '{}',
    examples text[] NOT NULL DEFAULT '{}',
    action jsonb NOT NULL DEFAULT '{"kind": "search"}',
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    UNIQUE (tenant_id, name)
);

-- One row a tenant: when its model should be learnt anew (null: it is up to date), who is at it until when, and how it went.
CREATE TABLE intent_trainings (
    tenant_id text PRIMARY KEY,
    wanted_at timestamptz,
    claimed_until timestamptz,
    tries integer NOT NULL DEFAULT 0,
    failed text
);
CREATE INDEX intent_trainings_wanted ON intent_trainings (wanted_at) WHERE wanted_at IS NOT NULL;

-- What was learnt, as plain little-endian numbers (see router/domain/intents/model.py); the last two versions stay.
CREATE TABLE intent_models (
    tenant_id text NOT NULL,
    version bigint NOT NULL,
    trained_at timestamptz NOT NULL,
    names text[] NOT NULL,
    examples integer NOT NULL,
    figures jsonb NOT NULL,
    offsets bytea NOT NULL,
    doubt bytea NOT NULL,
    PRIMARY KEY (tenant_id, version)
);
CREATE TABLE intent_model_parts (
    tenant_id text NOT NULL,
    version bigint NOT NULL,
    part integer NOT NULL,
    features bytea NOT NULL,
    rarity bytea NOT NULL,
    scales bytea NOT NULL,
    weights bytea NOT NULL,
    PRIMARY KEY (tenant_id, version, part),
    FOREIGN KEY (tenant_id, version) REFERENCES intent_models ON DELETE CASCADE
);
-- Weights are near to noise: trying to compress them costs more than it saves.
ALTER TABLE intent_model_parts ALTER COLUMN weights SET STORAGE EXTERNAL;

GRANT SELECT, INSERT, UPDATE, DELETE ON intents TO frontdesk_api;
GRANT SELECT, INSERT, UPDATE ON intent_trainings TO frontdesk_api;
GRANT SELECT ON intent_models, intent_model_parts TO frontdesk_api;
GRANT SELECT ON intents TO frontdesk_router;
GRANT SELECT, UPDATE ON intent_trainings TO frontdesk_router;
GRANT SELECT, INSERT, DELETE ON intent_models, intent_model_parts TO frontdesk_router;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['intents', 'intent_trainings', 'intent_models', 'intent_model_parts'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($f$CREATE POLICY tenant_api ON %I TO frontdesk_api
            USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)))$f$, name);
        EXECUTE format($f$CREATE POLICY tenant_batch ON %I TO frontdesk_router
            USING (tenant_id = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]))$f$, name);
        EXECUTE format('CREATE POLICY migrations ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

-- Tenants whose model should be learnt now and that nobody is at, the longest waiting first.
CREATE FUNCTION intent_trainings_due(most integer)
RETURNS TABLE (tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT t.tenant_id FROM intent_trainings t
    WHERE t.wanted_at <= clock_timestamp() AND (t.claimed_until IS NULL OR t.claimed_until <= clock_timestamp())
    ORDER BY t.wanted_at, t.tenant_id LIMIT most
$$;
REVOKE ALL ON FUNCTION intent_trainings_due(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION intent_trainings_due(integer) TO frontdesk_router;
