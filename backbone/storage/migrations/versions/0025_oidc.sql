-- ── who vouches for people (writer: agent_api) ───────────────────────────────────────────────────────────────────────
CREATE TABLE identity_providers (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    name text NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    secret bytea,
    domains text[] NOT NULL,
    trusts_emails boolean NOT NULL,
    enabled boolean NOT NULL,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    UNIQUE (tenant_id, name)
);
CREATE INDEX identity_providers_domains ON identity_providers USING gin (domains) WHERE enabled;

-- Whom a provider's subject is: found by their address once, and by the subject from then on.
CREATE TABLE agent_identities (
    provider_id text NOT NULL REFERENCES identity_providers ON DELETE CASCADE,
    subject text NOT NULL,
    tenant_id text NOT NULL,
    agent_id text NOT NULL REFERENCES agents ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (provider_id, subject)
);
CREATE UNIQUE INDEX agent_identities_agent ON agent_identities (agent_id, provider_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON identity_providers, agent_identities TO frontdesk_api;
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['identity_providers', 'agent_identities'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($f$CREATE POLICY tenant_api ON %I TO frontdesk_api
            USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)))$f$, name);
        EXECUTE format('CREATE POLICY migrations ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

-- Look-ups before the tenant is known.
CREATE FUNCTION login_provider(provider text)
RETURNS TABLE (id text, tenant_id text, issuer text, client_id text, secret bytea, trusts_emails boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT p.id, p.tenant_id, p.issuer, p.client_id, p.secret, p.trusts_emails FROM identity_providers p
    WHERE p.id = provider AND p.enabled
$$;
CREATE FUNCTION login_providers(domain text)
RETURNS TABLE (id text, tenant_name text, name text, issuer text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT p.id, t.name, p.name, p.issuer FROM identity_providers p JOIN tenants t ON t.id = p.tenant_id
    WHERE p.domains @> ARRAY[lower(domain)] AND p.enabled ORDER BY p.created_at, p.id LIMIT 10
$$;
REVOKE ALL ON FUNCTION login_provider(text), login_providers(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION login_provider(text), login_providers(text) TO frontdesk_api;
