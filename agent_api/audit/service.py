"""Reading the audit log, and checking its chain."""

from typing import Any

from agent_api.audit.chain import FIRST, line_hash, line_of
from agent_api.audit.schemas import AuditCheck, AuditLine, AuditPage
from agent_api.http.call import Answer
from agent_api.http.cursor import make_cursor, number_of, read_cursor
from agent_api.http.pages import split
from backbone.storage.database import Connection

CHECK_MOST = 5000
_LIST = {"list": "audit"}
_LINES = "SELECT * FROM audit_log WHERE tenant_id = current_setting('frontdesk.tenant') AND "


def line_shown(row: Any) -> AuditLine:
    values = {name: row[name] for name in AuditLine.model_fields if name != "hash"}
    return AuditLine(hash=row["hash"].hex(), **values)


async def list_lines(connection: Connection, cursor: str | None, limit: int) -> AuditPage:
    before = 2**62 if cursor is None else number_of(read_cursor(cursor, _LIST, 1)[0])
    found = await connection.fetch(f"{_LINES} number < $1 ORDER BY number DESC LIMIT $2", before, limit + 1)
    rows, last = split(found, limit)
    following = None if last is None else make_cursor((str(last["number"]),), _LIST)
    return AuditPage(items=[line_shown(row) for row in rows], next_cursor=following)


async def check_lines(connection: Connection, after: int) -> Answer:
    """Up to 5,000 lines beyond `after`, which itself is taken as it is."""
    head = await connection.fetchrow("SELECT number, hash FROM audit_heads")
    last = head["number"] if head is not None else 0
    before = FIRST if after == 0 else await connection.fetchval(f"{_LINES} number = $1".replace("*", "hash"), after)
    rows = await connection.fetch(f"{_LINES} number > $1 ORDER BY number LIMIT $2", after, CHECK_MOST)
    number, broken = after, None if before is not None or after >= last else after
    for row in rows if broken is None else ():
        number += 1
        if row["number"] != number or line_hash(before, number, line_of(row), row["request_hash"]) != row["hash"]:
            broken = number
            break
        before = row["hash"]
    whole = len(rows) < CHECK_MOST
    if broken is None and whole and after <= last and (number != last or (head is not None and before != head["hash"])):
        broken = number + 1
    answer = AuditCheck(
        checked=number - after,
        last=last,
        intact=broken is None,
        broken_at=broken,
        next_after=None if whole or broken is not None else number,
    )
    return Answer(answer)
