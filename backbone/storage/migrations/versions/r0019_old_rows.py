"""What is old is seen by who removes it: rows of forecasts and promises stayed, since no policy showed them."""

from backbone.storage.migrations.script import run_sql

revision = "0019"
down_revision = "0018"

_LOOKS = """
CREATE POLICY housekeeping_look ON wait_forecasts FOR SELECT TO frontdesk_router USING (at < now() - interval '35 days');
CREATE POLICY housekeeping_look ON call_backs FOR SELECT TO frontdesk_router USING (at < now() - interval '1 day');
CREATE POLICY housekeeping_look ON bot_turns FOR SELECT TO frontdesk_router USING (until < now() - interval '1 day');
CREATE POLICY housekeeping ON bot_turns FOR DELETE TO frontdesk_router USING (until < now() - interval '1 day');
CREATE INDEX bot_turns_until ON bot_turns (until);
CREATE INDEX call_backs_age ON call_backs (at);
"""
_BLIND = """
DROP INDEX call_backs_age;
DROP INDEX bot_turns_until;
DROP POLICY housekeeping ON bot_turns;
DROP POLICY housekeeping_look ON bot_turns;
DROP POLICY housekeeping_look ON call_backs;
DROP POLICY housekeeping_look ON wait_forecasts;
"""


def upgrade() -> None:
    """A table that nothing ever used goes, where it is."""
    run_sql("DROP TABLE IF EXISTS whatif_runs")
    run_sql(_LOOKS)


def downgrade() -> None:
    run_sql(_BLIND)
