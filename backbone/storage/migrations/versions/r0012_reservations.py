"""Offers to agents, and capacity in two kinds of units that idle conversations give back."""

from alembic import op

from backbone.storage.migrations.script import run_script

revision = "0012"
down_revision = "0011"

_WORK = """
CREATE OR REPLACE FUNCTION tenants_with_work_to_dispatch(most integer)
RETURNS TABLE (tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT t.id FROM tenants t
    WHERE EXISTS (SELECT 1 FROM conversations c
            WHERE c.tenant_id = t.id AND c.agent_id IS NULL AND c.status = 'open' AND c.waiting_since IS NOT NULL)
        OR EXISTS (SELECT 1 FROM agents a JOIN conversations c ON c.agent_id = a.id
            WHERE a.tenant_id = t.id AND a.presence = 'offline' AND a.used > 0 AND c.status = 'open' AND c.waiting_since IS NOT NULL)
    ORDER BY t.id LIMIT most
$$
"""
_ADMIT = """
CREATE OR REPLACE FUNCTION agents_admit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.used > NEW.capacity + NEW.capacity_override THEN
        RAISE EXCEPTION 'agent % is full: % of % units', NEW.id, NEW.used, NEW.capacity + NEW.capacity_override
            USING ERRCODE = 'check_violation', CONSTRAINT = 'agents_capacity';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    run_script("0012_reservations.sql")


def downgrade() -> None:
    """Open offers end with their table, and what each agent holds is counted anew from what they own."""
    op.execute(_WORK)
    op.execute("DROP TRIGGER agents_capacity ON agents")
    op.execute(_ADMIT)
    op.execute(
        "UPDATE agents a SET used = (SELECT coalesce(sum(c.units), 0) FROM conversations c WHERE c.agent_id = a.id AND c.status <> 'resolved')"
    )
    op.execute(
        "CREATE TRIGGER agents_capacity BEFORE UPDATE OF used ON agents "
        "FOR EACH ROW WHEN (NEW.used > OLD.used) EXECUTE FUNCTION agents_admit()"
    )
    op.execute("DROP TABLE reservations")
    op.execute(
        "ALTER TABLE conversations DROP COLUMN held_units, DROP COLUMN held_interruptible, DROP COLUMN last_agent_id, "
        "DROP COLUMN direct_agent_id, DROP COLUMN offered_until, DROP COLUMN declined_by, DROP COLUMN declined_at"
    )
    op.execute("UPDATE agents SET presence = 'online' WHERE presence = 'draining'")
    op.execute(
        "ALTER TABLE agents DROP CONSTRAINT agents_offline_at, DROP CONSTRAINT agents_presence_check, DROP COLUMN offline_at, "
        "DROP COLUMN hours, DROP COLUMN wrap_up_until, DROP COLUMN interruptible_capacity, DROP COLUMN interruptible_used, "
        "ADD CONSTRAINT agents_presence_check CHECK (presence IN ('online', 'away', 'offline'))"
    )
    op.execute("ALTER TABLE teams DROP COLUMN routing")
    op.execute("REVOKE UPDATE (presence, presence_reason, presence_changed_at) ON agents FROM frontdesk_router")
