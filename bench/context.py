"""How long the call for a customer's context takes: `make bench-context`.

A real database with so many contacts, each with a conversation, two orders, a parcel, loyalty, a promise and a consent; the API in
this process. Beside it, in turns of the same run, the same parts read one after the other. Then with a source that hangs.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from agent_api.context import loading
from backbone.storage.embedded import EmbeddedPostgres
from backbone.storage.migrate import migrate
from backbone.web.addresses import Guard
from backbone.web.fetcher import Fetcher
from bench.support import print_table, quantile
from tests.support.api import Api, add_key, running_api
from tests.support.desk import Desk, make_desk, rows
from tests.support.loopback import serving
from tests.support.ports import HOST, free_ports

MOST_P50, MOST_HANGING = 0.025, 0.3
_TABLES = (
    "INSERT INTO contacts (id, tenant_id, name) SELECT 'con_' || n, $1, 'Ann' FROM generate_series(1, $3::int) n WHERE $2::text <> ''",
    "INSERT INTO contact_points (account_id, address, tenant_id, contact_id) SELECT $2, 'c' || n, $1, 'con_' || n FROM generate_series(1, $3::int) n",
    (
        "INSERT INTO conversations (id, tenant_id, account_id, channel, channel_class, thread_key, status, contact_id, contact_address, "
        "opened_at, last_message_at) SELECT 'cnv_' || n, $1, $2, 'webchat', 'live', 'c' || n, 'open', 'con_' || n, 'c' || n, now(), now() "
        "FROM generate_series(1, $3::int) n"
    ),
    "INSERT INTO partner_customers (account_id, tenant_id, reference, seen_at) SELECT $2, $1, 'c' || n, now() FROM generate_series(1, $3::int) n",
    (
        "INSERT INTO partner_orders (account_id, id, tenant_id, reference, closed, occurred_at, data) SELECT $2, 'o' || n || '-' || k, $1, "
        '\'c\' || n, k = 2, now(), \'{"id": "o", "number": null, "state": "shipped", "currency": "EUR", "total_minor": 1, '
        '"placed_at": null, "promised_at": null, "url": null, "lines": []}\' FROM generate_series(1, $3::int) n, generate_series(1, 2) k'
    ),
    (
        "INSERT INTO partner_shipments (account_id, id, tenant_id, reference, order_id, occurred_at, data) SELECT $2, 's' || n, $1, 'c' || n, "
        '\'o\' || n || \'-1\', now(), \'{"id": "s", "carrier": "DHL", "tracking_number": "1", "tracking_url": null, '
        '"state": "sent", "expected_at": null}\' FROM generate_series(1, $3::int) n'
    ),
    (
        "INSERT INTO partner_loyalty (account_id, tenant_id, reference, occurred_at, data) SELECT $2, $1, 'c' || n, now(), "
        '\'{"tier": "gold", "points": 1, "since": null}\' FROM generate_series(1, $3::int) n'
    ),
    (
        "INSERT INTO partner_promises (account_id, id, tenant_id, reference, closed, occurred_at, data) SELECT $2, 'p' || n, $1, 'c' || n, false, "
        'now(), \'{"id": "p", "text": "A call", "due_at": null, "state": "open"}\' FROM generate_series(1, $3::int) n'
    ),
    (
        "INSERT INTO partner_consents (account_id, reference, purpose, tenant_id, state, at, proof) SELECT $2, 'c' || n, 'news', $1, 'given', now(), "
        "'Form 3' FROM generate_series(1, $3::int) n"
    ),
)


async def fill(url: str, desk: Desk, contacts: int) -> None:
    for statement in _TABLES:
        await rows(url, statement, desk.tenant_id, desk.account_id, contacts)
    for table in ("contact_points", "conversations", "partner_customers", "partner_orders", "partner_shipments"):
        await rows(url, f"ANALYZE {table}")


async def timed(call: Callable[[int], Awaitable[object]], dice: Random, contacts: int) -> float:
    number = dice.randrange(1, contacts + 1)
    started = time.perf_counter()
    await call(number)
    return time.perf_counter() - started


async def measure(api: Api, desk: Desk, contacts: int, calls: int) -> bool:
    key, _ = await add_key(api.url, desk.tenant_id, "admin")
    dice, found = Random("context"), {"ours": [0.0], "one after the other": [0.0], "with a source that hangs": [0.0]}
    async with api.client(key) as client:

        async def ask(number: int) -> None:
            answer = await client.get(f"/v1/contacts/con_{number}/context")
            if answer.status_code != 200 or len(answer.json()["orders"]["items"]) != 2:
                raise AssertionError(answer.text)

        at_once = loading.AT_ONCE
        for turn in range(calls + 20):
            for name, places in (("ours", at_once), ("one after the other", 1)):
                loading.AT_ONCE = places
                took = await timed(ask, dice, contacts)
                if turn >= 20:
                    found[name].append(took)
        loading.AT_ONCE = at_once
        async with serving(lambda _request, _writer: asyncio.sleep(60)) as hanging:
            source = {"name": "Shop", "url": hanging.url + "{contact_id}", "fields": {"a": "/a"}}
            (await client.post("/v1/context-sources", json=source)).raise_for_status()
            for _ in range(5):
                found["with a source that hangs"].append(await timed(ask, dice, contacts))
    return report({name: sorted(took[1:]) for name, took in found.items()}, contacts)


def report(found: dict[str, list[float]], contacts: int) -> bool:
    shown = [
        (
            name,
            str(len(took)),
            *(f"{quantile(took, part) * 1000:.1f}" for part in (0.5, 0.95)),
            f"{took[-1] * 1000:.1f}",
        )
        for name, took in found.items()
    ]
    print(f"{contacts} contacts, {datetime.now(UTC):%Y-%m-%d}")
    print_table(("way", "calls", "p50 ms", "p95 ms", "longest ms"), shown)
    reference = quantile(found["one after the other"], 0.5)
    print(f"ours / one after the other, p50: {quantile(found['ours'], 0.5) / reference:.2f}")
    return quantile(found["ours"], 0.5) <= MOST_P50 and found["with a source that hangs"][-1] <= MOST_HANGING


async def main(contacts: int, calls: int) -> bool:
    with TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "data", free_ports(1)[0])
        server.start()
        try:
            await migrate(server.url())
            desk = await make_desk(server.url())
            await fill(server.url(), desk, contacts)
            async with running_api(server.url(), fetcher=Fetcher(Guard(HOST))) as api:
                return await measure(api, desk, contacts, calls)
        finally:
            server.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--calls", type=int, default=300)
    given = parser.parse_args()
    sys.exit(0 if asyncio.run(main(given.contacts, given.calls)) else 1)
