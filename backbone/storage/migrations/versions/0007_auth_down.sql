-- Undoes 0007: credentials are keys again, and who came in by a password is out.
DROP FUNCTION authenticate_caller(bytea), redeem_ticket(bytea), live_callers(text[]), login_accounts(text),
    take_login(bytea[], integer[], interval), forgive_login(bytea, bytea, interval);
DROP VIEW callers;
DROP TABLE login_attempts, login_sessions, agent_passwords;
DROP INDEX agents_email;
ALTER TABLE agents DROP COLUMN role_id;
ALTER TABLE api_keys DROP COLUMN role_id;
DROP TABLE roles;
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
CREATE FUNCTION live_keys(keys text[])
RETURNS TABLE (id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT k.id FROM api_keys k
    WHERE k.id = ANY (keys) AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
$$;
REVOKE ALL ON FUNCTION authenticate_key(bytea), redeem_ticket(bytea), live_keys(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authenticate_key(bytea), redeem_ticket(bytea), live_keys(text[]) TO frontdesk_api;
