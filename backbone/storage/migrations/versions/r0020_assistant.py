"""What customers want, by the tenant's own examples: intents, the models learnt from them, and the assistant's dialogues."""

from alembic import op

from backbone.storage.migrations.script import run_script

revision = "0020"
down_revision = "0022"


def upgrade() -> None:
    run_script("0020_assistant.sql")


def downgrade() -> None:
    """Undoes the schema; intents and what was learnt of them go."""
    op.execute("DROP FUNCTION intent_trainings_due(integer)")
    for table in ("intent_model_parts", "intent_models", "intent_trainings", "intents"):
        op.execute(f"DROP TABLE {table}")
