"""What an agent's desktop asks all day, over a large tenant: `python -m bench.api`, part of `make bench`.

One tenant with a million conversations and as many messages, over a real PostgreSQL and the real API process, asked by one client
over HTTP: the list of the 50 last active conversations and a further page, a search of messages by words as common as words are
(Zipf), and a reply until it is accepted. Beside each the bare statement that it cannot do without, by asyncpg in one transaction:
what is above that is the price of keys, rights, row-level security, JSON, events and the outbox.
"""

import hashlib
import itertools
import random
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx2

from backbone.ids import new_id
from backbone.web.auth import hash_secret, make_key
from bench.calibration import calibrate
from bench.support import Report, arguments, median_ratio, print_table, quantiles
from bench.workloads import WORKLOADS
from bench.world import World, servers, world
from tests.support.apart import run_apart

CONVERSATIONS = 1_000_000
WORDS, ANSWERED, KEYS = 20_000, 2_000, 100
LIST_MOST, SEARCH_MOST, REPLY_MOST = 15.0, 60.0, 10.0
Ask = Callable[[], Awaitable[None]]

_CONVERSATIONS = """
    INSERT INTO conversations (id, tenant_id, account_id, channel, channel_class, thread_key, status, contact_id, contact_address,
        contact_name, preview, message_count, team_id, agent_id, opened_at, last_message_at, last_customer_at, window_expires_at)
    SELECT 'cnv_' || md5('c' || n), $1, $2, 'whatsapp', 'messaging', '49151' || n, CASE WHEN n <= $5 THEN 'open' ELSE 'resolved' END,
        'con_' || md5('p' || n), '49151' || n, 'Ann', 'where is my parcel', 1, $3, CASE WHEN n <= $5 THEN $4 END,
        now() - n * interval '7 seconds', now() - n * interval '7 seconds', now() - interval '1 minute', now() + interval '23 hours'
    FROM generate_series($6::integer, $7::integer) AS n
"""
# Words by Zipf's law: the one of rank r about 1/r as often as the first.
_MESSAGES = """
    INSERT INTO messages (id, tenant_id, conversation_id, account_id, direction, author_kind, author_id, content, received_at, sort_at)
    SELECT 'msg_' || md5('m' || n), $1, 'cnv_' || md5('c' || n), $2, 'in', 'contact', 'con_' || md5('p' || n),
        jsonb_build_object('text', (SELECT string_agg('word' || floor(exp(random() * ln($3::float)))::int, ' ') FROM generate_series(1, 12) WHERE n > 0)),
        now() - n * interval '7 seconds', now() - n * interval '7 seconds' FROM generate_series($4::integer, $5::integer) AS n
"""
_SEARCH = """
    INSERT INTO message_search (message_id, tenant_id, conversation_id, note, at, document)
    SELECT id, tenant_id, conversation_id, false, sort_at,
        to_tsvector('simple', search_text(content ->> 'text')) || array_to_tsvector(ARRAY['tenant ' || tenant_id]) FROM messages
"""
_POINTS = """
    INSERT INTO contact_points (account_id, address, tenant_id, contact_id)
    SELECT $2, '49151' || n, $1, 'con_' || md5('p' || n) FROM generate_series(1, $3::integer) AS n
"""
_CONTACTS = "INSERT INTO contacts (id, tenant_id, name) SELECT 'con_' || md5('p' || n), $1, 'Ann' FROM generate_series(1, $2::integer) AS n"
_STEP = 50_000


@dataclass(frozen=True)
class Bare:
    """The statements beside which we are measured, as the owner and without any of what the API promises."""

    connection: Any
    tenant_id: str

    async def list(self) -> None:
        await self.connection.fetch(
            "SELECT * FROM conversations WHERE tenant_id = $1 ORDER BY last_message_at DESC, id DESC LIMIT 51",
            self.tenant_id,
        )

    async def search(self, words: str) -> None:
        await self.connection.fetch(
            """
            SELECT m.* FROM (SELECT message_id, at FROM message_search WHERE document @@ plainto_tsquery('simple', $1)
                AND tenant_id = $2 LIMIT 5000) AS f JOIN messages m ON m.id = f.message_id ORDER BY f.at DESC LIMIT 51
            """,
            words,
            self.tenant_id,
        )

    async def reply(self, conversation_id: str) -> None:
        async with self.connection.transaction():
            await self.connection.execute(
                """
                INSERT INTO messages (id, tenant_id, conversation_id, account_id, direction, author_kind, content, received_at, sort_at, state)
                VALUES ($1, $2, $3, 'acc_bare', 'out', 'agent', '{"text": "On its way"}', now(), now(), 'sent')
                """,
                new_id("msg"),
                self.tenant_id,
                conversation_id,
            )


async def fill(made: World, conversations: int, keys: Sequence[str]) -> None:
    """A large tenant; what is open belongs to the agent whose key asks."""
    tenant = made.tenants[0]
    open_ = min(ANSWERED, conversations)
    connection = await asyncpg.connect(made.url, command_timeout=1800)
    try:
        await connection.execute("UPDATE agents SET capacity = 1000 WHERE id = $1", tenant.agent_ids[0])
        await connection.execute(_CONTACTS, tenant.id, open_)
        await connection.execute(_POINTS, tenant.id, tenant.account.id, open_)
        for first in range(1, conversations + 1, _STEP):
            last = min(first + _STEP - 1, conversations)
            await connection.execute(
                _CONVERSATIONS, tenant.id, tenant.account.id, tenant.team_id, tenant.agent_ids[0], open_, first, last
            )
            await connection.execute(_MESSAGES, tenant.id, tenant.account.id, WORDS, first, last)
        await connection.execute(_SEARCH)
        await connection.executemany(
            "INSERT INTO api_keys (id, tenant_id, agent_id, name, role, prefix, hash) VALUES ($1, $2, $3, 'bench', 'admin', $4, $5)",
            [(new_id("key"), tenant.id, tenant.agent_ids[0], key[:12], hash_secret(key)) for key in keys],
        )
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def phrases(dice: random.Random) -> Iterator[str]:
    """One or two words, drawn as they stand in the messages."""
    while True:
        yield " ".join(f"word{int(WORDS ** dice.random())}" for _ in range(dice.choice((1, 2))))


async def timed(ask: Ask, seconds: float) -> list[float]:
    """Milliseconds of one after the other."""
    found: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        started = time.perf_counter()
        await ask()
        found.append((time.perf_counter() - started) * 1000)
    return found


def asked(client: httpx2.AsyncClient, bare: Bare, keys: Sequence[str]) -> dict[str, tuple[Ask, Ask]]:
    """Ours and the bare way of each."""
    dice = random.Random(1)
    words, other_words = phrases(random.Random(2)), phrases(random.Random(2))
    conversations = itertools.cycle(f"cnv_{_md5(f'c{n}')}" for n in dice.sample(range(1, ANSWERED + 1), ANSWERED))
    others = itertools.cycle(f"cnv_{_md5(f'c{n}')}" for n in range(1, ANSWERED + 1))
    pages: list[str | None] = [None]
    turns = itertools.cycle({"Authorization": f"Bearer {key}"} for key in keys)

    async def get(path: str, **query: str) -> Any:
        answer = await client.get(path, params=query, headers=next(turns))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def first() -> None:
        found = await get("/v1/conversations", limit="50")
        assert len(found["items"]) == 50
        pages[0] = found["next_cursor"]

    async def further() -> None:
        found = await get("/v1/conversations", limit="50", **({"cursor": pages[0]} if pages[0] else {}))
        pages[0] = found["next_cursor"]

    async def search() -> None:
        await get("/v1/search/messages", q=next(words), limit="50")

    async def reply() -> None:
        answer = await client.post(
            f"/v1/conversations/{next(conversations)}/messages",
            json={"content": {"type": "text", "text": "On its way"}},
            headers={"Idempotency-Key": new_id("idk")} | next(turns),
        )
        assert answer.status_code == 201, answer.text

    return {
        "list of 50": (first, bare.list),
        "a further page": (further, bare.list),
        "search": (search, lambda: bare.search(next(other_words))),
        "reply accepted": (reply, lambda: bare.reply(next(others))),
    }


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


async def measure(
    made: World, keys: Sequence[str], rounds: int, seconds: float
) -> dict[str, list[tuple[list[float], list[float]]]]:
    tenant = made.tenants[0]
    connection = await asyncpg.connect(made.url)
    found: dict[str, list[tuple[list[float], list[float]]]] = {}
    try:
        async with httpx2.AsyncClient(base_url=made.stack.base, timeout=30.0) as client:
            ways = asked(client, Bare(connection, tenant.id), keys)
            for turn in range(-1, rounds):
                for name, (ours, bare) in ways.items():
                    pair = await timed(ours, seconds), await timed(bare, seconds)
                    if turn >= 0:
                        found.setdefault(name, []).append(pair)
    finally:
        await connection.close()
    return found


def conclude(report: Report, found: dict[str, list[tuple[list[float], list[float]]]], size: int) -> None:
    limits = {"list of 50": LIST_MOST, "search": SEARCH_MOST, "reply accepted": REPLY_MOST}
    rows: list[Sequence[str]] = []
    for name, pairs in found.items():
        ours, bare = [p for pair in pairs for p in pair[0]], [p for pair in pairs for p in pair[1]]
        (p50, p99), (bare50, bare99) = quantiles(ours), quantiles(bare)
        rows.append([name, f"{len(ours)}", f"{p50:.1f}", f"{p99:.1f}", f"{bare50:.2f}", f"{bare99:.2f}"])
        report.add(
            "A1", f"{name}, {size:,} conversations, p50", p50, limits.get(name), unit="ms", absolute=name in limits
        )
        ratio = median_ratio([quantiles(pair[0])[0] for pair in pairs], [quantiles(pair[1])[0] for pair in pairs])
        report.add("A1", f"{name} beside the bare statement", ratio)
        report.details[name] = {"p50": p50, "p99": p99, "bare_p50": bare50, "bare_p99": bare99, "count": len(ours)}
    print_table(["asked", "times", "p50 ms", "p99 ms", "bare p50", "bare p99"], rows)


def main() -> int:
    options = arguments(__doc__, rounds=4, seconds=3.0, conversations={"type": int, "default": CONVERSATIONS})
    report = Report("api", calibrate())
    # Each has its own allowance of requests.
    keys = [make_key("local") for _ in range(KEYS)]
    with servers() as running, world(running, WORKLOADS["steady"], "postgres", names=("http",)) as made:
        started = time.monotonic()
        run_apart(fill(made, options.conversations, keys))
        print(f"{options.conversations:,} conversations stored after {time.monotonic() - started:.0f} s", flush=True)
        found = run_apart(measure(made, keys, options.rounds, options.seconds))
    conclude(report, found, options.conversations)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
