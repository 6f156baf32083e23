"""Draining: a process takes nothing new, finishes what it has, and says when that is done.

SIGUSR1 begins it. It is the stop of SIGTERM to its last step; then the process stays, with its probes only, until it is
ended: so whoever drained it sees that it is done, and no orchestrator starts it again meanwhile.
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from starlette.applications import Starlette

from backbone.errors import Conflict, NotFound
from backbone.settings import PREFIX, Settings
from backbone.supervise import Supervisor
from backbone.telemetry.metrics import Metrics
from backbone.web.health import DRAINED, Health, health_routes, metrics_route
from backbone.web.serve import http_server

ASKED = signal.SIGUSR1
PARTS = ("http", "gateway", "router", "agent-api")
_LOOK = 0.1


class Hold:
    """The process's side. `listen` while it works; `stay` after everything has been closed."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self.asked = False

    def listen(self) -> None:
        asyncio.get_running_loop().add_signal_handler(ASKED, self._ask)

    def _ask(self) -> None:
        if not self.asked:
            self.asked = True
            self._supervisor.stop("asked to drain")

    async def stay(self, health: Health, metrics: Metrics, settings: Settings) -> None:
        """Answers the probes (alive, not ready, drained) until SIGTERM or SIGINT; at once if one has come meanwhile."""
        if self._supervisor.hurried:
            return
        health.drained()
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        app = Starlette(routes=[*health_routes(health), metrics_route(metrics)])
        ports = {settings.port, settings.metrics_port} - {0}
        servers = [
            http_server(
                app, host=settings.host, port=port, drain=timedelta(seconds=1), lifespan="off", access_log=False
            )
            for port in ports
        ]
        tasks = [asyncio.ensure_future(server.run_until_stopped()) for server in servers]
        await ended.wait()
        for server in servers:
            await server.stop()
        await asyncio.gather(*tasks)


@dataclass(frozen=True, slots=True)
class Target:
    """A process of ours on this machine or in this pod, and where its probes answer."""

    name: str
    pid: int
    port: int


def find(data: Path, name: str | None = None, pid: int | None = None) -> list[Target]:
    """The process `pid`; else the pod's own, where it is one of ours; else those of `frontdesk up`, or the one called `name`.

    Raises `NotFound` where there is none, and `Conflict` where one would die of being asked.
    """
    if pid is None and name is None and _is_ours(1):
        pid = 1
    if pid is not None:
        return [_target("pid", pid)]
    try:
        noted: Mapping[str, int] = json.loads((data / "pids.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise NotFound(
            f"nothing runs with {data}, and the first process here is none of ours: name one with --pid"
        ) from None
    wanted = [part for part in PARTS if part in noted and name in {None, part}]
    if not wanted:
        raise NotFound(f"no process {name} runs here")
    return [_target(part, noted[part]) for part in wanted]


def _target(name: str, pid: int) -> Target:
    if not _is_ours(pid):
        raise NotFound(f"{pid} is no running process of Frontdesk, or another user's")
    # Whoever does not expect the signal dies of it.
    caught = int(_field(pid, "SigCgt"), 16)
    if not caught >> (ASKED - 1) & 1:
        raise Conflict(f"{pid} can't be drained: it is still starting, or `frontdesk up` itself")
    port = _environment(pid).get(PREFIX + "PORT") or str(Settings.model_fields["port"].default)
    return Target(name, pid, int(port))


def _is_ours(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        os.kill(pid, 0)
    except OSError:
        return False
    return any(word in words for word in (b"backbone.cli",)) or any(word.endswith(b"/frontdesk") for word in words)


def _field(pid: int, name: str) -> str:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}:"):
            return line.partition(":")[2].strip()
    return "0"


def _environment(pid: int) -> dict[str, str]:
    raw = Path(f"/proc/{pid}/environ").read_bytes().decode("utf-8", "replace")
    return {name: value for name, _, value in (pair.partition("=") for pair in raw.split("\0"))}


def drain(targets: Sequence[Target], within: timedelta) -> list[dict[str, Any]]:
    """Asks all of them, then waits for each; `drained` says whether it was done in time. Blocks; ends no process."""
    began = time.monotonic()
    for target in targets:
        with suppress(ProcessLookupError):
            os.kill(target.pid, ASKED)
    return [_await(target, began, within) for target in targets]


def _await(target: Target, began: float, within: timedelta) -> dict[str, Any]:
    while True:
        state = _state(target)
        spent = time.monotonic() - began
        if state in {DRAINED, "ended"} or spent >= within.total_seconds():
            break
        time.sleep(_LOOK)
    return {
        "name": target.name, "pid": target.pid, "drained": state in {DRAINED, "ended"}, "state": state,
        "seconds": round(spent, 1),
    }  # fmt: skip


def _state(target: Target) -> str:
    """What its readiness says of draining; `ended` where it is gone, `busy` where it doesn't answer."""
    try:
        with urlopen(f"http://127.0.0.1:{target.port}/readyz", timeout=3):
            return "serving"
    except HTTPError as error:
        try:
            return str(json.loads(error.read())["checks"]["draining"]["detail"]) or "serving"
        except (ValueError, KeyError, TypeError):
            return "busy"
    except (URLError, OSError):
        return "busy" if _is_ours(target.pid) else "ended"
