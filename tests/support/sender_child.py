"""A process with a sender that stops for ever right before its call, or between the provider's yes and its own note.

Run as `python -m tests.support.sender_child <database url> <provider url> <key|lookup|none> <before|after>`, to be killed.
"""

import asyncio
import sys
from datetime import timedelta
from typing import cast

from backbone.channel.port import Account, HttpCall, ProviderReply, SmtpCall
from backbone.clock import SystemClock
from backbone.storage.database import Database
from backbone.telemetry.metrics import Metrics
from backbone.web.addresses import Guard
from backbone.web.dialer import Dialer
from backbone.web.fetcher import Fetcher
from gateway.outbound.attempt import Attempt
from gateway.outbound.calls import ProviderCaller
from gateway.outbound.sender import Bounds, Sender
from tests.support.network import Names
from tests.support.outbound import CHANNEL, Book, Kind, served

LEASE = timedelta(milliseconds=1500)


class Stops(ProviderCaller):
    """`at` is before or after the call."""

    at = "after"

    async def call(self, call: HttpCall | SmtpCall, account: Account) -> ProviderReply:
        reply = await super().call(call, account) if self.at == "after" else ProviderReply(0)
        print(f"stopped {self.at}", flush=True)
        await asyncio.Event().wait()
        return reply


async def main(url: str, provider: str, kind: Kind, at: str) -> None:
    database = Database(url, role="frontdesk_gateway", name="child")
    await database.start()
    clock = SystemClock()
    guard = Guard("127.0.0.1")
    caller = Stops(Fetcher(guard), Dialer(guard, Names({})))
    caller.at = at
    sender = Sender(
        database,
        Book(served(kind=kind, base=provider)),
        Attempt(caller, clock),
        clock,
        Metrics(),
        channels=[CHANNEL],
        holder="child",
        bounds=Bounds(lease=LEASE),
    )
    await sender.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], cast("Kind", sys.argv[3]), sys.argv[4]))
