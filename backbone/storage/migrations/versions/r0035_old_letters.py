"""Dead letters end: settled ones after a day, all after 90 days, and then the key of their day."""

from backbone.storage.migrations.script import run_sql

revision = "0035"
down_revision = "0033c"

_SQL = """
CREATE INDEX dead_letters_age ON dead_letters (created_at);
CREATE INDEX dead_letters_settled ON dead_letters (resolved_at) WHERE state <> 'open';

-- How many went. A key is destroyed a day after the last letter that it can have sealed: with it, copies in backups end too,
-- as far as they don't hold the key themselves.
CREATE FUNCTION remove_old_letters(most integer)
RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS $$
    WITH settled AS (
        DELETE FROM dead_letters WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM dead_letters WHERE state <> 'open' AND resolved_at < now() - interval '1 day' LIMIT most)) RETURNING 1
    ), old AS (
        DELETE FROM dead_letters WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM dead_letters WHERE created_at < now() - interval '90 days' LIMIT most)) RETURNING 1
    ), keys AS (
        DELETE FROM data_keys WHERE day < (now() - interval '92 days')::date RETURNING 1
    )
    SELECT ((SELECT count(*) FROM settled) + (SELECT count(*) FROM old))::integer
$$;
REVOKE ALL ON FUNCTION remove_old_letters(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION remove_old_letters(integer) TO frontdesk_router;
"""


def upgrade() -> None:
    run_sql(_SQL)


def downgrade() -> None:
    """Undoes the schema; letters stay from then on."""
    run_sql("DROP FUNCTION remove_old_letters(integer); DROP INDEX dead_letters_settled; DROP INDEX dead_letters_age")
