"""Runs the SQL of migrations, in the migration's own transaction."""

from pathlib import Path

import sqlalchemy
from alembic import op

_FOLDER = Path(__file__).parent / "versions"


def read_script(name: str) -> str:
    """The text of `versions/<name>`."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def run_sql(text: str) -> None:
    """Any number of commands. The driver prepares statements, which holds one each: the raw connection takes them all."""
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    sqlalchemy.util.await_only(connection.driver_connection.execute(text))


def run_script(name: str) -> None:
    """All of `versions/<name>`."""
    run_sql(read_script(name))
