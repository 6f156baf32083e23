"""The one chain of migrations, run by Alembic as the owner."""
