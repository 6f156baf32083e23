"""Each tenant with work gets its turn, however many there are."""

from alembic import op

revision = "0015"
down_revision = "0014"

_TURNS = """
CREATE FUNCTION tenants_with_work_to_dispatch(past text, most integer)
RETURNS TABLE (tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT t.id FROM tenants t
    WHERE t.id > past AND (EXISTS (SELECT 1 FROM conversations c
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
            AND c.last_message_at < now() - make_interval(secs => (m.routing ->> 'idle_after_seconds')::float)))
    ORDER BY t.id LIMIT most
$$
"""


def upgrade() -> None:
    """The function of one argument stays for routers of the release before, which may run beside ours for a while."""
    op.execute(_TURNS)
    op.execute("REVOKE ALL ON FUNCTION tenants_with_work_to_dispatch(text, integer) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION tenants_with_work_to_dispatch(text, integer) TO frontdesk_router")


def downgrade() -> None:
    op.execute("DROP FUNCTION tenants_with_work_to_dispatch(text, integer)")
