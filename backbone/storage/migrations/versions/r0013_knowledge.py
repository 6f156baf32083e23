"""Knowledge: articles, their versions, and the index that finds them."""

from alembic import op

from backbone.storage.migrations.script import run_script

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run_script("0013_knowledge.sql")


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
