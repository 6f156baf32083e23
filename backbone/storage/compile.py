"""Statements built with SQLAlchemy Core, run on our own asyncpg connections: no ORM and no second pool."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ClauseElement, Column, ColumnElement, Text, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY, asyncpg

_DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]


def compiled(statement: ClauseElement) -> tuple[str, tuple[Any, ...]]:
    """The SQL with `$1…` and its arguments in order, for `connection.fetch(sql, *args)`.

    Values travel as they are: asyncpg encodes them by the types the server names, JSON by the pool's codec.
    """
    found = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    parameters = found.params
    return str(found), tuple(parameters[name] for name in getattr(found, "positiontup", None) or ())


def one_of(column: Column[Any], values: Iterable[str]) -> ColumnElement[bool]:
    """The column is any of these texts. Unlike `in_`, one statement serves every number of them and stays prepared."""
    return column == any_(literal(sorted(values), ARRAY(Text)))
