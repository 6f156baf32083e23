"""A provider under test conditions: signed webhooks from many customers at once, each sent again until it gets a 2xx."""

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2

from backbone.channel.port import Account, Request, SimulatedMessage
from backbone.channel.registry import channel


def account_of(name: str, demo_account: dict[str, Any], tenant_id: str) -> Account:
    """An account as the gateway has it, from what the demo file says."""
    return Account(
        id=demo_account["account_id"],
        tenant_id=tenant_id,
        channel=name,
        external_id=demo_account["external_id"],
        settings=channel(name).codec.settings_type.model_validate(demo_account["settings"]),
        webhook_url=demo_account["webhook_url"],
    )


@dataclass
class Ledger:
    """What the provider knows: ids that got a 2xx, in the order each customer wrote them."""

    acked: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    tries: int = 0
    refused: int = 0
    unreachable: int = 0

    @property
    def total(self) -> int:
        return sum(len(ids) for ids in self.acked.values())


class Provider:
    """Sends messages of `customers` in turn, one at a time for each customer, so that its order is known."""

    def __init__(self, name: str, account: Account, *, seed: int = 1, duplicates: float = 0.05) -> None:
        self._simulator = channel(name).simulator
        self._account = account
        self._random = random.Random(seed)
        self._duplicates = duplicates
        self.ledger = Ledger()
        self._client = httpx2.AsyncClient(
            timeout=10, limits=httpx2.Limits(max_connections=64, max_keepalive_connections=64), trust_env=False
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def write(self, customer: str, message_id: str, text: str) -> None:
        """One message, until it is acknowledged; now and then once more, as providers do."""
        message = SimulatedMessage(sender=customer, text=text, message_id=message_id, name=customer)
        request = self._simulator.inbound(message, self._account, datetime.now(UTC))
        await self._until_acked(request)
        self.ledger.acked[customer].append(message_id)
        if self._random.random() < self._duplicates:
            await self._until_acked(request)

    async def run(self, customers: int, each: int, *, prefix: str = "m", first: int = 0, pause: float = 0) -> None:
        """`customers` x `each` messages, all customers at once; each thinks for `pause` seconds between two of them."""

        async def one(number: int) -> None:
            for count in range(each):
                await self.write(f"49151{number:08d}", f"{prefix}-{number}-{count}", f"message {count}")
                if pause:
                    await asyncio.sleep(pause)

        await asyncio.gather(*(one(first + number) for number in range(customers)))

    async def _until_acked(self, request: Request) -> None:
        pause = 0.02
        while True:
            self.ledger.tries += 1
            try:
                answer = await self._client.post(request.url, content=request.body, headers=list(request.headers))
            except httpx2.TransportError:
                self.ledger.unreachable += 1
            else:
                if 200 <= answer.status_code < 300:
                    return
                if answer.status_code != 503:
                    raise AssertionError(f"the gateway answered {answer.status_code}: {answer.text[:300]}")
                self.ledger.refused += 1
            await asyncio.sleep(pause * (0.5 + self._random.random()))
            pause = min(pause * 2, 0.5)
