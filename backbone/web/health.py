"""`/livez`, `/readyz` and `/startupz` for orchestrators, and the watchdog behind the first of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from backbone.clock import Clock
from backbone.errors import FrontdeskError
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import CONTENT_TYPE_LATEST, Metric, Metrics

log = get_logger(__name__)

CHECK_DEADLINE = timedelta(seconds=2)
CACHED_FOR = timedelta(seconds=1)
"""Probes of several kinds, balancers and people ask at once; a dependency is asked once a second at most."""

DRAINED = "drained"
"""The detail of the check `draining` of a process that has finished all it had, and waits to be ended."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """`detail` is shown to whoever can reach the probe: never an address, a name or an exception's text."""

    ok: bool
    detail: str = ""


Check = Callable[[], Awaitable[CheckResult]]
"""Asks one dependency. It may raise: that counts as not ok. `BusHealth` maps as `CheckResult(health.ok, health.detail)`."""


class Watchdog:
    """Tells a process that works from one that only runs.

    It is content while `progress` (a number that grows with work done or heartbeats seen) has grown within `span`, or
    while `lag` says that nothing waits. Otherwise it trips, once: it logs, and calls `on_stall`, which should end the
    process. It can't see a blocked event loop, since it runs in it: there the missing answer of `/livez` tells.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        *,
        span: timedelta,
        progress: Callable[[], int],
        lag: Callable[[], int] | None = None,
        on_stall: Callable[[str], None],
        metrics: Metrics | None = None,
    ) -> None:
        self.name = name
        self._clock = clock
        self._span = span
        self._progress = progress
        self._lag = lag
        self._on_stall = on_stall
        self._metrics = metrics
        self._last = progress()
        self._moved_at = clock.monotonic()
        self._tripped = False

    def alive(self) -> bool:
        """False once it has tripped; cheap, for `/livez`."""
        return not self._tripped

    def check(self) -> bool:
        """Looks once; trips if there was no progress for the span. `run` calls it, tests may."""
        now, count = self._clock.monotonic(), self._progress()
        if count != self._last or (self._lag is not None and self._lag() == 0):
            self._last, self._moved_at = count, now
        elif not self._tripped and now - self._moved_at >= self._span.total_seconds():
            self._tripped = True
            log.critical("no progress", watchdog=self.name, stalled_seconds=now - self._moved_at, progress=count)
            if self._metrics is not None:
                self._metrics.inc(Metric.PROCESS_STALLS, self.name)
            self._on_stall(self.name)
        return not self._tripped

    async def run(self) -> None:
        """Looks eight times in a span until cancelled: a task for the supervisor."""
        while True:
            await self._clock.sleep(self._span / 8)
            self.check()


class Health:
    """The state of one process, asked by the probes.

    Live: no watchdog has tripped; touches no dependency. Ready: started, not draining, and every named check is ok
    within its deadline. Started: `started()` was called. Draining makes `/readyz` fail at once, so that balancers stop
    sending before sockets close.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        checks: Mapping[str, Check] | None = None,
        watchdogs: Sequence[Watchdog] = (),
        metrics: Metrics | None = None,
        deadline: timedelta = CHECK_DEADLINE,
    ) -> None:
        self._clock = clock
        self._checks = dict(checks or {})
        self._watchdogs = list(watchdogs)
        self._metrics = metrics
        self._deadline = deadline
        self._started = False
        self._draining = ""
        self._cached: tuple[float, dict[str, CheckResult]] | None = None
        self._lock = asyncio.Lock()

    def add_check(self, name: str, check: Check) -> None:
        self._checks[name] = check

    def add_watchdog(self, watchdog: Watchdog) -> None:
        self._watchdogs.append(watchdog)

    def started(self) -> None:
        self._started = True

    def drain(self) -> None:
        """From now on not ready; can't be taken back."""
        self._draining = self._draining or "shutting down"

    def drained(self) -> None:
        """From now on not ready, with nothing left to do."""
        self._draining = DRAINED

    def live(self) -> dict[str, CheckResult]:
        return {dog.name: CheckResult(dog.alive(), "" if dog.alive() else "no progress") for dog in self._watchdogs}

    def startup(self) -> dict[str, CheckResult]:
        return {"startup": CheckResult(self._started, "" if self._started else "still starting")}

    async def ready(self) -> dict[str, CheckResult]:
        """Each check by name; checks run side by side and are remembered for a second."""
        own = {**self.startup(), "draining": CheckResult(not self._draining, self._draining)}
        serving = all(result.ok for result in own.values())
        found = own | await self._run_checks() if serving else own
        if self._metrics is not None:
            self._metrics.set(Metric.PROCESS_READY, float(all(result.ok for result in found.values())))
        return found

    async def _run_checks(self) -> dict[str, CheckResult]:
        async with self._lock:
            now = self._clock.monotonic()
            if self._cached is not None and now - self._cached[0] < CACHED_FOR.total_seconds():
                return self._cached[1]
            results = await asyncio.gather(*(self._ask(name, check) for name, check in self._checks.items()))
            found = dict(zip(self._checks, results, strict=True))
            self._cached = (self._clock.monotonic(), found)
            return found

    async def _ask(self, name: str, check: Check) -> CheckResult:
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                return await check()
        except TimeoutError:
            return CheckResult(ok=False, detail=f"no answer within {self._deadline.total_seconds():g} s")
        except FrontdeskError as error:
            log.warning("check failed", check=name, exc_info=error)
            return CheckResult(ok=False, detail=error.code)
        except Exception as error:
            # The prober gets the type only: an exception's text may name hosts and users.
            log.warning("check failed", check=name, exc_info=error)
            return CheckResult(ok=False, detail=type(error).__name__)


def _answer(found: Mapping[str, CheckResult]) -> Response:
    ok = all(result.ok for result in found.values())
    checks = {name: {"ok": result.ok, "detail": result.detail} for name, result in found.items()}
    headers = {"Cache-Control": "no-store"}
    if ok:
        return JSONResponse({"status": "ok", "checks": checks}, headers=headers)
    failed = sorted(name for name, result in found.items() if not result.ok)
    problem = {
        "type": "about:blank",
        "title": "This process is not in order.",
        "status": 503,
        "code": "unhealthy",
        "detail": f"Failed: {', '.join(failed)}.",
        "checks": checks,
    }
    return JSONResponse(problem, status_code=503, headers=headers, media_type="application/problem+json")


def health_routes(health: Health) -> list[Route]:
    """`/livez`, `/readyz`, `/startupz`: 200, or 503 as problem+json (RFC 9457) with each check. For GET and HEAD."""

    async def livez(_request: Request) -> Response:
        return _answer(health.live())

    async def readyz(_request: Request) -> Response:
        return _answer(await health.ready())

    async def startupz(_request: Request) -> Response:
        return _answer(health.startup())

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/startupz", startupz)]


def metrics_route(metrics: Metrics) -> Route:
    """`/metrics` in Prometheus' text format. Serve it on the metrics port, not to the world."""

    async def scrape(_request: Request) -> Response:
        return Response(metrics.render(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return Route("/metrics", scrape)
