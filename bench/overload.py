"""T8 in small: ten times as many callers as usual, and one tenant at twenty times its share. Run by `python -m bench.overload`.

Callers are open loops (they send at their rate, answered or not) but for the flood, which sends again as soon as it is
answered. The bus is left out: what is looked at is the door.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import uvloop

from bench.calibration import calibrate
from bench.ingest import Server, describe_account, requests_for, start
from bench.load import drive, quantile
from bench.support import Report, median

TENANTS = 20
USUAL = 64


@dataclass(frozen=True)
class Accounts:
    described: Sequence[dict[str, Any]]
    requests: Sequence[Sequence[bytes]]


def make_accounts(count: int) -> Accounts:
    """One account for each tenant."""
    plain = describe_account()
    described = []
    for number in range(count):
        account_id = f"acc_bench{number}"
        url = plain["url"].replace("acc_bench", account_id)
        described.append({**plain, "id": account_id, "tenant_id": f"ten_{number}", "url": url})
    return Accounts(described, [requests_for(one)[:500] for one in described])


async def at_rate(port: int, requests: Sequence[bytes], rate: float, seconds: float) -> list[float]:
    """Latencies of answers in the 200s to requests sent at a rate, over few connections; a refusal counts as a second."""
    found: list[float] = []

    async def one(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        end, due = time.perf_counter() + seconds, time.perf_counter()
        while (now := time.perf_counter()) < end:
            await asyncio.sleep(max(0.0, due - now))
            writer.write(requests[number % len(requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            await reader.readexactly(length)
            found.append(time.perf_counter() - due if head[9:10] == b"2" else 1.0)
            due += 2 / rate

    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    await asyncio.gather(*(one(number, *pair) for number, pair in enumerate(streams)))
    for _, writer in streams:
        writer.close()
    return found


async def fairness(
    report: Report, server: Server, accounts: Accounts, share: float, rounds: int, seconds: float
) -> None:
    """The p99 of the others while one tenant floods, against the p99 when all are alike; the median of the rounds' ratios."""
    ratios = []
    for _ in range(rounds):
        alike, flooded = [await mixed(server, accounts, share, loud, seconds) for loud in (share, share * 20)]
        ratios.append(quantile(flooded, 0.99) / quantile(alike, 0.99))
        print(f"others' p99 {quantile(alike, 0.99) * 1000:6.2f} ms -> {quantile(flooded, 0.99) * 1000:6.2f} ms")
    report.add("hot", f"at the door: others' p99 beside a tenant at 20x of {share:.0f}/s", median(ratios), 1.5)


async def mixed(server: Server, accounts: Accounts, share: float, loud: float, seconds: float) -> list[float]:
    """Latencies of all tenants but the first, which sends at the rate `loud`."""
    works = [at_rate(server.port, requests, share, seconds) for requests in accounts.requests[1:]]
    noisy = [at_rate(server.port, accounts.requests[0], loud / 10, seconds) for _ in range(10)]
    found = await asyncio.gather(*works, *noisy)
    return [latency for one in found[: len(works)] for latency in one]


async def overload(report: Report, server: Server, accounts: Accounts, seconds: float) -> None:
    """Goodput, refusals and memory with ten times as many callers as usual, and how soon it is over."""
    mix = [requests[n % len(requests)] for n in range(200) for requests in accounts.requests]
    process = psutil.Process(server.process.pid)
    before = await drive(server.port, mix, USUAL, seconds)
    during = await drive(server.port, mix, USUAL * 10, seconds)
    memory = process.memory_info().rss / 1e6
    after = await drive(server.port, mix, USUAL, 2.0)
    refused = sum(during.statuses.values()) - during.accepted
    slow = quantile(during.refusals, 0.99) * 1000
    for name, found in (("usual", before), ("ten times", during), ("usual again", after)):
        print(f"{name:<12} {found.rate:>8,.0f}/s  p99 {found.quantile(0.99) * 1000:8.2f} ms  {found.statuses}")
    print(f"refused {refused:,}, their p99 {slow:.1f} ms; memory {memory:.0f} MB")
    report.add("T8", "goodput beside usual, with ten times the callers", during.rate / before.rate, 0.8, at_most=False)
    report.add("T8", "goodput beside usual, afterwards", after.rate / before.rate, 0.8, at_most=False)
    other = sum(count for status, count in during.statuses.items() if status not in {200, 503})
    report.add("T8", "answers that are neither 200 nor 503", other, 0.0, unit="")


async def run(report: Report, server: Server, accounts: Accounts, arguments: argparse.Namespace) -> None:
    await drive(server.port, accounts.requests[0], 8, 1.0)
    await fairness(report, server, accounts, arguments.share, arguments.rounds, arguments.seconds)
    await overload(report, server, accounts, arguments.seconds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--share", type=float, default=50.0, help="Requests a second of each tenant.")
    arguments = parser.parse_args()
    report, accounts = Report("overload", calibrate()), make_accounts(TENANTS)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "accounts.json"
        file.write_text(json.dumps(accounts.described))
        server = start("ours", "bench.ingest_server", "--bus", "none", "--quotas", "--accounts", str(file))
        try:
            uvloop.run(run(report, server, accounts, arguments))
        finally:
            server.process.terminate()
            server.process.wait(30)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
