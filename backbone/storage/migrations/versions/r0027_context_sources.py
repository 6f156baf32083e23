"""Sources that are asked about a customer while an agent looks, and their last answers."""

from backbone.storage.migrations.script import run_sql

revision = "0027"
down_revision = "0023"

_TABLES = """
-- `header_value` is sealed under the master key. `fields` are names and JSON pointers into an answer, or into each of its `items`.
CREATE TABLE context_sources (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    name text NOT NULL,
    url text NOT NULL,
    header_name text,
    header_value bytea,
    items text,
    fields jsonb NOT NULL,
    ttl_seconds integer NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (tenant_id, name)
);
-- The last answer for each contact; a day later it goes.
CREATE TABLE context_answers (
    source_id text NOT NULL REFERENCES context_sources ON DELETE CASCADE,
    contact_id text NOT NULL,
    tenant_id text NOT NULL,
    items jsonb NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (source_id, contact_id)
);
CREATE INDEX context_answers_age ON context_answers (at);
GRANT SELECT, INSERT, DELETE ON context_sources TO frontdesk_api;
GRANT SELECT, INSERT, UPDATE ON context_answers TO frontdesk_api;
GRANT SELECT, DELETE ON context_answers TO frontdesk_router;
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['context_sources', 'context_answers'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($f$CREATE POLICY tenant_api ON %I TO frontdesk_api
            USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)))$f$, name);
        EXECUTE format('CREATE POLICY migrations ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;
CREATE POLICY housekeeping ON context_answers FOR DELETE TO frontdesk_router USING (at < now() - interval '1 day');
CREATE POLICY housekeeping_look ON context_answers FOR SELECT TO frontdesk_router USING (at < now() - interval '1 day');
"""


def upgrade() -> None:
    run_sql(_TABLES)


def downgrade() -> None:
    """Undoes the schema; sources have to be named again."""
    run_sql("DROP TABLE context_answers; DROP TABLE context_sources")
