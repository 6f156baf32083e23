"""What is in the database against what was acknowledged: lost, doubled, out of order, and a stream without gaps."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from tests.support.desk import rows
from tests.support.load import Ledger

_WATCH = """
    CREATE TABLE positions_moved_back (at timestamptz NOT NULL DEFAULT now());
    GRANT INSERT ON positions_moved_back TO PUBLIC;
    CREATE FUNCTION note_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.next_offset < OLD.next_offset THEN INSERT INTO positions_moved_back DEFAULT VALUES; END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER note_move BEFORE UPDATE ON consumer_positions FOR EACH ROW EXECUTE FUNCTION note_move();
"""
_STORED = """
    SELECT m.provider_message_id AS id, c.contact_address AS who FROM messages m
    JOIN conversations c ON c.id = m.conversation_id WHERE m.account_id = $1 AND m.direction = 'in'
"""
_BUS_ORDER = f"{_STORED} ORDER BY m.bus_partition, m.bus_offset, m.id"
_SHOWN_ORDER = f"{_STORED} ORDER BY c.id, m.sort_at, m.id"


@dataclass(frozen=True)
class Verdict:
    """`out_of_order` is by the bus, `shown_out_of_order` by what agents see; `moved_back` counts writes of stale owners,
    where they are watched for.
    """

    acked: int
    stored: int
    lost: int
    doubled: int
    out_of_order: int
    shown_out_of_order: int
    conversations: int
    open_twice: int
    stream_gaps: int
    dead_letters: int
    moved_back: int = 0

    @property
    def clean(self) -> bool:
        return not (
            self.lost
            or self.doubled
            or self.out_of_order
            or self.shown_out_of_order
            or self.open_twice
            or self.stream_gaps
            or self.dead_letters
            or self.moved_back
        )


async def watch_positions(url: str) -> None:
    """From now on every position that moves back is noted: an owner that had lost its partition wrote it."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_WATCH)
    finally:
        await connection.close()


async def judge(url: str, account_id: str, ledger: Ledger) -> Verdict:
    """Compares the provider's ledger with the stored messages of one account. What was never acknowledged may be there too."""
    stored = [(row["who"], row["id"]) for row in await rows(url, _BUS_ORDER, account_id)]
    shown = [(row["who"], row["id"]) for row in await rows(url, _SHOWN_ORDER, account_id)]
    known = {message_id for _, message_id in stored}
    (counts,) = await rows(
        url,
        """
        SELECT (SELECT count(*) FROM conversations WHERE account_id = $1) AS conversations,
            (SELECT count(*) FROM (SELECT 1 FROM conversations WHERE account_id = $1 AND status <> 'resolved'
                GROUP BY thread_key HAVING count(*) > 1) AS t) AS open_twice,
            (SELECT count(*) FROM (SELECT 1 FROM events GROUP BY tenant_id
                HAVING max(seq) - min(seq) + 1 <> count(*) OR min(seq) <> 1) AS g) AS stream_gaps,
            (SELECT count(*) FROM dead_letters WHERE account_id = $1) AS dead_letters
        """,
        account_id,
    )
    watched = await rows(url, "SELECT 1 FROM pg_tables WHERE tablename = 'positions_moved_back'")
    moved_back = await rows(url, "SELECT 1 FROM positions_moved_back") if watched else []
    return Verdict(
        acked=ledger.total,
        stored=len(stored),
        lost=sum(message_id not in known for ids in ledger.acked.values() for message_id in ids),
        doubled=len(stored) - len(known),
        out_of_order=_misplaced(stored, ledger.acked),
        shown_out_of_order=_misplaced(shown, ledger.acked),
        moved_back=len(moved_back),
        **dict(counts),
    )


def _misplaced(found: Sequence[tuple[str, str]], acked: Mapping[str, Sequence[str]]) -> int:
    """How many messages stand elsewhere in their conversation than where their customer wrote them."""
    known: dict[str, list[str]] = {}
    for who, message_id in found:
        known.setdefault(who, []).append(message_id)
    misplaced = 0
    for who, ids in acked.items():
        written, there = set(ids), set(known.get(who, ()))
        mine = list(dict.fromkeys(i for i in known.get(who, ()) if i in written))
        misplaced += sum(a != b for a, b in zip(mine, (i for i in ids if i in there), strict=True))
    return misplaced


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
