"""Lets processes of limited time and memory work out what large mails say: what kills one of them kills nobody else."""

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from backbone.channel.port import Context, Parsed, Request
from backbone.errors import Overloaded, PayloadInvalid, Unavailable
from backbone.telemetry.logs import get_logger
from gateway.inbound import isolated
from gateway.inbound.isolated import Answer, Extract, Limits, Order, Parse

log = get_logger(__name__)

KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""All that a worker gets of our environment, which holds the keys to everything."""


WORKER = "gateway.inbound.worker"


class BeyondLimits(Exception):
    """A body took more time or memory than one may take."""


class CodecFailed(Exception):
    """A bug of the codec; the text is the name of what it raised."""


@dataclass(frozen=True, slots=True)
class Pace:
    """`within` bounds one body by the clock on the wall, `start` a worker's way to readiness; a worker without work for
    `idle` ends, and one that has done `most` bodies too. More than `waiting` bodies in line are refused for now.
    """

    workers: int = 2
    waiting: int = 32
    within: timedelta = timedelta(seconds=30)
    start: timedelta = timedelta(seconds=30)
    idle: timedelta = timedelta(minutes=5)
    most: int = 500


class Isolation:
    """A pool of workers, started when there is work: an installation without large mails has none.

    A body that kills its worker, or needs longer than it may, is beyond the limits; the next body gets a new worker.
    `program` is the module that a worker runs.
    """

    def __init__(self, *, pace: Pace | None = None, limits: Limits | None = None, program: str = WORKER) -> None:
        self._program = program
        self._pace = pace or Pace()
        self._limits = limits or Limits()
        self._places = asyncio.Semaphore(self._pace.workers)
        self._idle: list[_Worker] = []
        self._waiting = 0
        self._freed = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled: ends workers without work, and at last all that rest."""
        try:
            while True:
                await self._freed.wait()
                self._freed.clear()
                await asyncio.sleep(self._pace.idle.total_seconds())
                if not self._freed.is_set():
                    await self._end_idle()
        finally:
            await self._end_idle()

    @property
    def resting(self) -> Sequence[int]:
        """The process ids of the workers without work."""
        return [worker.pid for worker in self._idle]

    async def parse(self, channel: str, request: Request, context: Context) -> Parsed:
        """What `Codec.parse` gives, worked out by a worker.

        Raises `PayloadInvalid`, `BeyondLimits` or `CodecFailed` for good; `Unavailable` where no worker can be had now.
        """
        answer = await self._ask(Parse(channel, request, context))
        return isolated.parsed_of(answer)

    async def extract(
        self, channel: str, body: bytes, refs: Sequence[str]
    ) -> Mapping[str, tuple[str, str | None, bytes]]:
        """What `MediaExtractor.extract_media` gives, worked out by a worker. Raises what `parse` raises."""
        answer = await self._ask(Extract(channel, body, tuple(refs)))
        return {ref: (mime, filename, data) for ref, mime, filename, data in answer.files}

    async def _ask(self, order: Order) -> Answer:
        asked = pickle.dumps(order)
        async with self._place():
            # A worker may have died while it rested: that is not this body's doing, so it gets another one.
            answer = await self._try(asked, last=False)
            if answer is None:
                answer = await self._try(asked, last=True)
        if answer is None or answer.failure == isolated.MEMORY:
            raise BeyondLimits("it takes more memory than a mail may take")
        if answer.failure == isolated.INVALID:
            raise PayloadInvalid(answer.detail)
        if answer.failure is not None:
            raise CodecFailed(answer.detail)
        return answer

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        if self._waiting >= self._pace.waiting:
            raise Overloaded("too many large mails at once")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._pace.within.total_seconds()):
                await self._places.acquire()
        except TimeoutError as error:
            raise Unavailable("no worker came free in time") from error
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()

    async def _try(self, asked: bytes, *, last: bool) -> Answer | None:
        """The answer; None where the worker died of something else than its limits. Raises `BeyondLimits`."""
        worker = await self._worker(fresh=last)
        try:
            async with asyncio.timeout(self._pace.within.total_seconds()):
                answer = await worker.ask(asked)
        except TimeoutError as error:
            await worker.end()
            log.warning("worker killed", reason="deadline")
            raise BeyondLimits("it takes longer than a mail may take") from error
        except (EOFError, OSError) as error:
            code = await worker.ended()
            log.warning("worker died", code=code)
            if code == -signal.SIGXCPU:
                raise BeyondLimits("it takes more processor time than a mail may take") from error
            return None
        except BaseException:
            await worker.end()
            raise
        if answer.failure == isolated.MEMORY or worker.asked >= self._pace.most:
            await worker.end()
        else:
            self._idle.append(worker)
            self._freed.set()
        return answer

    async def _worker(self, *, fresh: bool) -> "_Worker":
        while self._idle and not fresh:
            worker = self._idle.pop()
            if worker.alive:
                return worker
        try:
            async with asyncio.timeout(self._pace.start.total_seconds()):
                return await _Worker.start(self._program, self._limits)
        except (TimeoutError, EOFError, OSError) as error:
            raise Unavailable("no worker for large mails can be started") from error

    async def _end_idle(self) -> None:
        while self._idle:
            await self._idle.pop().end()


class _Worker:
    """One process, which answers one order at a time over its standard input and output."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.asked = 0

    @classmethod
    async def start(cls, program: str, limits: Limits) -> "_Worker":
        """A worker that is ready. Raises `EOFError` or `OSError` where it can't be."""
        kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            program,
            limits.as_argument(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**kept, "PYTHONPATH": os.pathsep.join(item for item in sys.path if item)},
            start_new_session=True,
        )
        worker = cls(process)
        try:
            await worker._read()
        except BaseException:
            await worker.end()
            raise
        return worker

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, order: bytes) -> Answer:
        """Raises `EOFError` or `OSError` where the worker is gone before it answered."""
        assert self._process.stdin is not None
        self.asked += 1
        self._process.stdin.write(isolated.framed(order))
        await self._process.stdin.drain()
        return isolated.read_answer(await self._read())

    async def _read(self) -> bytes:
        assert self._process.stdout is not None
        size = isolated.size_of(await self._process.stdout.readexactly(isolated.SIZE_BYTES))
        return await self._process.stdout.readexactly(size)

    async def ended(self) -> int:
        """How the process ended; one that only closed its output is killed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                return await self._process.wait()
        return await self.end()

    async def end(self) -> int:
        """Kills the process where it still lives, and waits until it is gone."""
        with suppress(ProcessLookupError):
            self._process.kill()
        return await self._process.wait()
