"""Knowledge: articles, their versions, and the index that finds them."""

from pathlib import Path

import sqlalchemy
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    script = (Path(__file__).parent / "0013_knowledge.sql").read_text(encoding="utf-8")
    # The driver prepares statements, which holds one command each: the raw connection takes a whole script.
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    sqlalchemy.util.await_only(connection.driver_connection.execute(script))


def downgrade() -> None:
    """Undoes the schema; articles are gone with their tables. The trigram extension stays: others may use it by now."""
    for function in (
        "search_knowledge(text, text, text, text, integer)", "knowledge_wanted(text, text, text)", "learn_knowledge(text, text, text, text)",
        "index_knowledge(text, text, text, text, text)", "index_knowledge_field(text, text, text, smallint, text)",
        "knowledge_terms_of(text, text)", "knowledge_config(text)",
    ):  # fmt: skip
        op.execute(f"DROP FUNCTION {function}")
    for table in (
        "searches",
        "synonyms",
        "words",
        "frequencies",
        "totals",
        "lengths",
        "terms",
        "versions",
        "articles",
        "sections",
    ):
        op.execute(f"DROP TABLE knowledge_{table}")
