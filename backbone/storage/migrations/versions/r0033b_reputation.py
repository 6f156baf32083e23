"""What is said in public, weighed; and incidents: many posts on one subject, with one answer."""

from backbone.storage.migrations.script import run_sql

revision = "0033b"
down_revision = "0033"

_TABLES = """
-- One row a public message of a customer. `terms` are what it may be about; no text is kept here.
CREATE TABLE public_posts (
    message_id text PRIMARY KEY,
    tenant_id text NOT NULL,
    conversation_id text NOT NULL,
    author text NOT NULL,
    at timestamptz NOT NULL,
    reach integer,
    rating integer,
    sentiment real NOT NULL,
    score real NOT NULL,
    terms text[] NOT NULL
);
CREATE INDEX public_posts_recent ON public_posts (tenant_id, at);
CREATE INDEX public_posts_age ON public_posts (at);
CREATE INDEX public_posts_conversation ON public_posts (conversation_id, at);

-- `usual` is how many posts on the subject an hour had before; `posts` the most that an hour had. `answer` goes to each of its
-- conversations once, to those that come later too.
CREATE TABLE incidents (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenants,
    subject text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'closed')),
    began_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    posts integer NOT NULL,
    usual double precision NOT NULL,
    answer text,
    answered_by text,
    answered_at timestamptz,
    closed_at timestamptz
);
CREATE UNIQUE INDEX incidents_open ON incidents (tenant_id, subject) WHERE state = 'open';
CREATE INDEX incidents_recent ON incidents (tenant_id, id DESC);
CREATE INDEX incidents_all_open ON incidents (last_at) WHERE state = 'open';
CREATE TABLE incident_conversations (
    incident_id text NOT NULL REFERENCES incidents ON DELETE CASCADE,
    conversation_id text NOT NULL,
    tenant_id text NOT NULL,
    linked_at timestamptz NOT NULL,
    answered_at timestamptz,
    outcome text CHECK (outcome IN ('sent', 'refused')),
    PRIMARY KEY (incident_id, conversation_id)
);
CREATE INDEX incident_conversations_of ON incident_conversations (conversation_id);
CREATE INDEX incident_conversations_unanswered ON incident_conversations (incident_id) WHERE answered_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON public_posts, incidents, incident_conversations TO frontdesk_router;
GRANT DELETE ON public_posts TO frontdesk_router;
GRANT SELECT, UPDATE ON incidents TO frontdesk_api;
GRANT SELECT ON public_posts, incident_conversations TO frontdesk_api;
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['public_posts', 'incidents', 'incident_conversations'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($f$CREATE POLICY tenant_api ON %I TO frontdesk_api
            USING (tenant_id = (SELECT current_setting('frontdesk.tenant', true)))$f$, name);
        EXECUTE format($f$CREATE POLICY tenant_batch ON %I TO frontdesk_router
            USING (tenant_id = ANY ((SELECT string_to_array(current_setting('frontdesk.tenants', true), ','))::text[]))$f$, name);
        EXECUTE format('CREATE POLICY migrations ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;
CREATE POLICY housekeeping ON public_posts FOR DELETE TO frontdesk_router USING (at < now() - interval '35 days');
CREATE POLICY housekeeping_look ON public_posts FOR SELECT TO frontdesk_router USING (at < now() - interval '35 days');

-- Tenants that something was said of in public lately, or that have an open incident.
CREATE FUNCTION reputations_due(since timestamptz, most integer)
RETURNS TABLE (tenant_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT u.tenant_id FROM (
        SELECT DISTINCT p.tenant_id FROM public_posts p WHERE p.at >= since
        UNION SELECT DISTINCT i.tenant_id FROM incidents i WHERE i.state = 'open'
    ) AS u LIMIT most
$$;
REVOKE ALL ON FUNCTION reputations_due(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reputations_due(timestamptz, integer) TO frontdesk_router;
"""


def upgrade() -> None:
    run_sql(_TABLES)


def downgrade() -> None:
    """Undoes the schema; incidents and what they were made of are forgotten."""
    run_sql(
        "DROP FUNCTION reputations_due(timestamptz, integer); DROP TABLE incident_conversations; DROP TABLE incidents; "
        "DROP TABLE public_posts"
    )
