"""Statements as values, so that several can travel in one round trip: each becomes a common table expression."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode
_PARAMETER = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `$1…` parameters and their values."""

    sql: str
    args: tuple[Any, ...]


@lru_cache(maxsize=512)
def _shifted(sql: str, by: int) -> str:
    return _PARAMETER.sub(lambda match: f"${int(match[1]) + by}", sql) if by else sql


def together(parts: Sequence[tuple[str, Statement]], select: str = "SELECT 1") -> Statement:
    """One statement that runs all named `parts` (they don't see each other's changes) and ends with `select`.

    All data-modifying parts run, whether `select` names them or not (PostgreSQL manual §7.8.4). The text depends only on
    which parts are given, so a handful of prepared statements serves all batches.
    """
    pieces: list[str] = []
    args: list[Any] = []
    for name, part in parts:
        pieces.append(f"{name} AS ({_shifted(part.sql, len(args))})")
        args.extend(part.args)
    return Statement(f"WITH {', '.join(pieces)} {select}", tuple(args))


def recordset(rows: Sequence[object]) -> str:
    """Rows as JSON text for `json_to_recordset($n::json)`, by the names of their fields: for many rows of many columns less
    than half of what a list for each column costs the driver.

    PostgreSQL takes it for 100 rows; where rows are joined with a table, `LIMIT` tells it better.
    """
    return _encode(rows).decode()


def columns(rows: Iterable[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    """Rows as one list for each column, which is what `unnest` takes."""
    return tuple(list(column) for column in zip(*rows, strict=True))
