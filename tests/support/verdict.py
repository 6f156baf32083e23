"""What is in the database against what was acknowledged: lost, doubled, out of order, and a stream without gaps."""

import asyncio
import time
from dataclasses import dataclass

from tests.support.desk import rows
from tests.support.load import Ledger


@dataclass(frozen=True)
class Verdict:
    acked: int
    stored: int
    lost: int
    doubled: int
    out_of_order: int
    conversations: int
    open_twice: int
    stream_gaps: int

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.out_of_order or self.open_twice or self.stream_gaps)


async def judge(url: str, account_id: str, ledger: Ledger) -> Verdict:
    """Compares the provider's ledger with the stored messages of one account. Order is the order of arrival in the thread."""
    found = await rows(
        url,
        "SELECT m.provider_message_id AS p, c.contact_address AS who FROM messages m JOIN conversations c ON c.id = m.conversation_id "
        "WHERE m.account_id = $1 AND m.direction = 'in' ORDER BY m.bus_partition, m.bus_offset, m.id",
        account_id,
    )
    by_customer: dict[str, list[str]] = {}
    for row in found:
        by_customer.setdefault(row["who"], []).append(row["p"])
    stored = [row["p"] for row in found]
    lost = doubled = disorder = 0
    seen = set(stored)
    doubled = len(stored) - len(seen)
    for customer, ids in ledger.acked.items():
        lost += sum(1 for i in ids if i not in seen)
        mine = [p for p in by_customer.get(customer, []) if p in set(ids)]
        disorder += sum(1 for a, b in zip(mine, [i for i in ids if i in seen], strict=False) if a != b)
    (conversations,) = await rows(url, "SELECT count(*) AS n FROM conversations WHERE account_id = $1", account_id)
    twice = await rows(
        url,
        "SELECT 1 FROM conversations WHERE account_id = $1 AND status <> 'resolved' GROUP BY thread_key HAVING count(*) > 1",
        account_id,
    )
    gaps = await rows(
        url,
        "SELECT tenant_id FROM events GROUP BY tenant_id HAVING max(seq) - min(seq) + 1 <> count(*) OR min(seq) <> 1",
    )
    return Verdict(ledger.total, len(stored), lost, doubled, disorder, conversations["n"], len(twice), len(gaps))


async def until_routed(url: str, acked: int, *, stalled_after: float = 45.0) -> None:
    """Returns once as many inbound messages are stored and nothing waits for a number or for the bus.

    It waits as long as anything moves: how fast a shared machine works through a backlog proves nothing. Without any
    progress for `stalled_after` seconds it fails.
    """
    before: tuple[int, int, int] | None = None
    deadline = time.monotonic() + stalled_after
    while True:
        (row,) = await rows(
            url,
            "SELECT (SELECT count(*) FROM messages WHERE direction = 'in') AS stored, (SELECT count(*) FROM events_pending) AS pending, "
            "(SELECT coalesce(sum(last_seq), 0)::bigint FROM streams) AS numbered",
        )
        now = (row["stored"], row["pending"], row["numbered"])
        if now[0] >= acked and now[1] == 0:
            return
        if now != before:
            before, deadline = now, time.monotonic() + stalled_after
        if time.monotonic() > deadline:
            raise AssertionError(f"nothing moves: {now[0]} of {acked} stored, {now[1]} events without a number")
        await asyncio.sleep(0.2)
