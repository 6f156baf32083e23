-- ── who comes in, and what they may do (writer: agent_api) ───────────────────────────────────────────────────────────
-- A set of permissions of a tenant's own. Who has one may do what it lists, whatever their built-in role says.
CREATE TABLE roles (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    name text NOT NULL,
    permissions text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL DEFAULT 1,
    UNIQUE (tenant_id, name)
);
ALTER TABLE agents ADD COLUMN role_id text REFERENCES roles;
ALTER TABLE api_keys ADD COLUMN role_id text REFERENCES roles;
CREATE INDEX agents_custom_role ON agents (role_id) WHERE role_id IS NOT NULL;
CREATE INDEX api_keys_custom_role ON api_keys (role_id) WHERE role_id IS NOT NULL;
CREATE INDEX agents_email ON agents (lower(email));

-- Apart from `agents`, which the router reads: a hash is nobody's business but that of who checks it.
CREATE TABLE agent_passwords (
    agent_id text PRIMARY KEY REFERENCES agents ON DELETE CASCADE,
    tenant_id text NOT NULL,
    hash text NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE login_sessions (
    id text PRIMARY KEY,
    tenant_id text NOT NULL,
    agent_id text NOT NULL REFERENCES agents ON DELETE CASCADE,
    hash bytea NOT NULL UNIQUE,
    method text NOT NULL CHECK (method IN ('password', 'oidc')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    last_used_at timestamptz
);
CREATE INDEX login_sessions_agent ON login_sessions (agent_id, expires_at);

-- Tries of an account's name or from an address, by hash, within a span that begins with the first.
CREATE TABLE login_attempts (
    key bytea PRIMARY KEY,
    tried integer NOT NULL,
    began_at timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX login_attempts_age ON login_attempts (began_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON roles, agent_passwords, login_sessions TO frontdesk_api;
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['roles', 'agent_passwords', 'login_sessions'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($f$CREATE POLICY tenant_api ON %I TO frontdesk_api
            USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)))$f$, name);
        EXECUTE format('CREATE POLICY migrations ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

-- Every credential that is good now, whatever its kind. Only the functions below read it.
CREATE VIEW callers AS
    SELECT k.id, k.hash, k.tenant_id, k.agent_id, k.role, r.permissions, k.expires_at
    FROM api_keys k LEFT JOIN roles r ON r.id = k.role_id
    WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
    UNION ALL
    SELECT s.id, s.hash, s.tenant_id, s.agent_id, a.role, r.permissions, s.expires_at
    FROM login_sessions s JOIN agents a ON a.id = s.agent_id LEFT JOIN roles r ON r.id = a.role_id
    WHERE s.revoked_at IS NULL AND s.expires_at > now();

DROP FUNCTION authenticate_key(bytea);
DROP FUNCTION live_keys(text[]);
DROP FUNCTION redeem_ticket(bytea);
-- Look-ups before the tenant is known, each by a secret's hash.
CREATE FUNCTION authenticate_caller(secret_hash bytea)
RETURNS TABLE (id text, tenant_id text, agent_id text, role text, permissions text[], expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT c.id, c.tenant_id, c.agent_id, c.role, c.permissions, c.expires_at FROM callers c WHERE c.hash = secret_hash
$$;
CREATE FUNCTION redeem_ticket(ticket_hash bytea)
RETURNS TABLE (id text, tenant_id text, agent_id text, role text, permissions text[], expires_at timestamptz, origin text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS $$
    WITH gone AS (
        DELETE FROM stream_tickets t WHERE t.hash = ticket_hash RETURNING t.principal, t.expires_at
    )
    SELECT c.id, c.tenant_id, c.agent_id, c.role, c.permissions, c.expires_at, g.principal->>'origin'
    FROM gone g JOIN callers c ON c.id = g.principal->>'key_id' WHERE g.expires_at > now()
$$;
-- What one API process asks for all of its live sockets at once.
CREATE FUNCTION live_callers(ids text[])
RETURNS TABLE (id text, role text, permissions text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT c.id, c.role, c.permissions FROM callers c WHERE c.id = ANY (ids)
$$;
-- Whoever may log in by this address, over tenants; bots can't.
CREATE FUNCTION login_accounts(address text)
RETURNS TABLE (agent_id text, tenant_id text, hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT a.id, a.tenant_id, p.hash FROM agents a JOIN agent_passwords p ON p.agent_id = a.id
    WHERE lower(a.email) = lower(address) AND a.role <> 'bot' ORDER BY a.id LIMIT 4
$$;
-- Counts one try for each key; answers the seconds to wait where one was tried more often than `most` within `span`.
CREATE FUNCTION take_login(keys bytea[], most integer[], span interval)
RETURNS double precision
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS $$
    WITH taken AS (
        INSERT INTO login_attempts AS l (key, tried, began_at)
        SELECT k, 1, now() FROM unnest(keys) AS k ORDER BY k
        ON CONFLICT (key) DO UPDATE SET
            tried = CASE WHEN l.began_at < now() - span THEN 1 ELSE least(l.tried + 1, 1000000) END,
            began_at = CASE WHEN l.began_at < now() - span THEN now() ELSE l.began_at END
        RETURNING l.key, l.tried, l.began_at
    )
    SELECT max(greatest(1, extract(epoch FROM t.began_at + span - now())))::double precision
    FROM taken t JOIN unnest(keys, most) AS w (key, most) ON w.key = t.key WHERE t.tried > w.most
$$;
-- After a good one: the account is forgiven, the address one try; and some that are long over are removed.
CREATE FUNCTION forgive_login(account bytea, address bytea, span interval)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS $$
    DELETE FROM login_attempts WHERE key = ANY (ARRAY(SELECT key FROM login_attempts
        WHERE key = account OR began_at < now() - span ORDER BY key <> account, began_at LIMIT 50 FOR UPDATE SKIP LOCKED));
    UPDATE login_attempts SET tried = greatest(tried - 1, 0) WHERE key = address;
$$;
REVOKE ALL ON FUNCTION authenticate_caller(bytea), redeem_ticket(bytea), live_callers(text[]), login_accounts(text),
    take_login(bytea[], integer[], interval), forgive_login(bytea, bytea, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authenticate_caller(bytea), redeem_ticket(bytea), live_callers(text[]), login_accounts(text),
    take_login(bytea[], integer[], interval), forgive_login(bytea, bytea, interval) TO frontdesk_api;
