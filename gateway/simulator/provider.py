"""A provider of any channel, without its network: takes our calls, answers by a plan of faults, and owes receipts."""

import asyncio
import hashlib
import random
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backbone.channel.port import HttpCall, ProviderReply, Request, SimulatedFault, SimulatedSend
from backbone.clock import Clock
from backbone.errors import FrontdeskError
from backbone.telemetry.logs import get_logger
from gateway.accounts import Served
from gateway.simulator.driver import Driver

ACCOUNTS_MOST = 1000
SENDS_MOST = 1000
INBOX_MOST = 1000
RECEIPTS_MOST = 1000
_CHANGING = ("signature", "timestamp", "date", "authorization")
"""Headers that differ between two attempts of the same call."""

Lookup = Callable[[str], Served | None]


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of calls that are throttled, fail for now, and fail for good; the same seed gives the same faults."""

    throttle: float = 0.0
    transient: float = 0.0
    final: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Receipts:
    """How receipts are sent. `early` is the share that comes before our call is answered, `duplicates` that comes
    twice, `shuffled` that comes in another order; each waits up to `delay`.
    """

    on: bool = True
    early: float = 0.0
    duplicates: float = 0.0
    shuffled: float = 0.0
    delay: timedelta = timedelta(0)
    seed: int = 0


@dataclass(slots=True)
class Sent:
    """What the provider understood of one of our calls; `repeats` counts further calls with the same key."""

    send: SimulatedSend
    at: datetime
    repeats: int = 0
    receipts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Till:
    """The state of one account."""

    sent: deque[Sent] = field(default_factory=lambda: deque(maxlen=SENDS_MOST))
    script: deque[SimulatedFault] = field(default_factory=lambda: deque(maxlen=SENDS_MOST))
    answers: OrderedDict[bytes, tuple[ProviderReply, Sent]] = field(default_factory=OrderedDict)
    inbox: deque[bytes] = field(default_factory=lambda: deque(maxlen=INBOX_MOST))
    calls: int = 0


class FakeProvider:
    """All providers of an installation. Memory is bounded: it keeps the last 1,000 sends of 1,000 accounts.

    A call that a provider with idempotency keys has taken before is answered as before and not counted as a new send.
    """

    def __init__(
        self,
        account: Lookup,
        clock: Clock,
        *,
        driver: Driver | None = None,
        faults: Faults | None = None,
        receipts: Receipts | None = None,
    ) -> None:
        """`driver` posts receipts; without one there are none."""
        self._account = account
        self._clock = clock
        self._driver = driver
        self._faults = faults or Faults()
        self._receipts = receipts or Receipts()
        self._dice = random.Random(self._faults.seed)  # noqa: S311  faults, not secrets
        self._receipt_dice = random.Random(self._receipts.seed)  # noqa: S311
        self._tills: OrderedDict[str, _Till] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        # From the time of the start, so that a demo's ids don't come again after a restart.
        self._last_number = int(clock.now().timestamp() * 1000)
        self._log = get_logger("simulator")

    def sent(self, account_id: str) -> Sequence[Sent]:
        """What was taken for an account, in order."""
        return tuple(self._till(account_id).sent)

    def calls(self, account_id: str) -> int:
        """How many calls came, those that failed too."""
        return self._till(account_id).calls

    def script(self, account_id: str, *faults: SimulatedFault) -> None:
        """The next calls of an account get these, in order, before the shares hold again."""
        self._till(account_id).script.extend(faults)

    def write(self, account_id: str, body: bytes) -> None:
        """What customers wrote, for a channel that is polled: each of our polls is answered by one, in order."""
        self._till(account_id).inbox.append(body)

    async def take(self, account_id: str, call: HttpCall) -> ProviderReply:
        """One of our calls; the provider's answer. An unknown account gets 404."""
        served = self._account(account_id)
        if served is None:
            return ProviderReply(404, (("content-type", "text/plain"),), b"no such account")
        till = self._till(account_id)
        till.calls += 1
        key = _key(call) if served.channel.manifest.idempotency == "key" else None
        if key is not None and key in till.answers:
            reply, known = till.answers[key]
            known.repeats += 1
            return reply
        fault = self._fault(till)
        if call.method == "GET" and fault == "none" and till.inbox:
            return ProviderReply(200, (("content-type", "application/json"),), till.inbox.popleft())
        reply, send = served.channel.simulator.answer(call, fault, self._number())
        if send is None:
            return reply
        sent = Sent(send, self._clock.now())
        till.sent.append(sent)
        if key is not None:
            till.answers[key] = (reply, sent)
            while len(till.answers) > SENDS_MOST:
                till.answers.popitem(last=False)
        await self._owe(served, sent)
        return reply

    async def settled(self) -> None:
        """Returns when every receipt that is owed was acknowledged or given up."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _number(self) -> int:
        self._last_number += 1
        return self._last_number

    def _till(self, account_id: str) -> _Till:
        till = self._tills.setdefault(account_id, _Till())
        self._tills.move_to_end(account_id)
        while len(self._tills) > ACCOUNTS_MOST:
            self._tills.popitem(last=False)
        return till

    def _fault(self, till: _Till) -> SimulatedFault:
        if till.script:
            return till.script.popleft()
        dice = self._dice.random()
        for fault, share in (("throttle", self._faults.throttle), ("transient", self._faults.transient)):
            if dice < share:
                return fault  # type: ignore[return-value]
            dice -= share
        return "final" if dice < self._faults.final else "none"

    async def _owe(self, served: Served, sent: Sent) -> None:
        """Receipts in the background; an early one is on its way before our call is answered."""
        if self._driver is None or not self._receipts.on or len(self._tasks) >= RECEIPTS_MOST:
            return
        requests = self._requests(served, sent)
        if not requests:
            return
        if self._receipt_dice.random() < self._receipts.early:
            await self._post(requests[:1])
            requests = requests[1:]
        task = asyncio.create_task(self._post(requests), name="receipts")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _requests(self, served: Served, sent: Sent) -> list[Request]:
        found: list[Request] = []
        for status in served.channel.manifest.capabilities.receipts:
            request = served.channel.simulator.receipt(sent.send, status, served.account, self._clock.now())
            if request is None:
                continue
            sent.receipts.append(status)
            copies = 2 if self._receipt_dice.random() < self._receipts.duplicates else 1
            found += [request] * copies
        if self._receipt_dice.random() < self._receipts.shuffled:
            self._receipt_dice.shuffle(found)
        return found

    async def _post(self, requests: Sequence[Request]) -> None:
        assert self._driver is not None
        for request in requests:
            await self._clock.sleep(self._receipts.delay * self._receipt_dice.random())
            try:
                await self._driver.deliver(request)
            except FrontdeskError as error:
                self._log.warning("receipt given up", code=error.code)


def _key(call: HttpCall) -> bytes:
    """The same for two attempts of one call, different for two calls."""
    digest = hashlib.sha256(f"{call.method} {call.url}\n".encode())
    for name, value in sorted(call.headers):
        if not any(word in name.lower() for word in _CHANGING):
            digest.update(f"{name.lower()}:{value}\n".encode())
    digest.update(call.body)
    return digest.digest()
