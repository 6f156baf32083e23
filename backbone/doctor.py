"""`frontdesk doctor`: asks every dependency and says what to do about what is wrong."""

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import asyncpg

from backbone.channel.registry import manifests
from backbone.clock import SystemClock
from backbone.errors import FrontdeskError
from backbone.process import make_bus
from backbone.settings import Settings, load_beside
from backbone.storage.migrate import current, head

_LOW_DISK = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `advice` says what to do where it isn't ok."""

    name: str
    ok: bool
    detail: str
    advice: str = ""

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


async def examine(data: Path) -> list[Finding]:
    """Looks at everything, one thing after another; what can't be reached is a finding, never an error."""
    settings = _settings(data)
    if isinstance(settings, Finding):
        return [settings]
    checks: list[tuple[str, Callable[[], Awaitable[Finding]]]] = [
        ("database", lambda: _database(settings)),
        ("schema", lambda: _schema(settings)),
        ("replication", lambda: _replication(settings)),
        ("bus", lambda: _bus(settings)),
        ("dead letters", lambda: _dead_letters(settings)),
    ]
    findings = [Finding("settings", ok=True, detail="valid")]
    for name, check in checks:
        try:
            findings.append(await check())
        except (FrontdeskError, asyncpg.PostgresError, OSError, TimeoutError) as error:
            findings.append(
                Finding(name, ok=False, detail=type(error).__name__, advice="is it running, and is its address right?")
            )
    findings += [_disk(settings), _process("http", settings.port), _process("router", settings.port + 1), *_channels()]
    return findings


def _settings(data: Path) -> Settings | Finding:
    """The environment's settings; beside a running `up`, those it gave its processes."""
    try:
        return load_beside(data)
    except FrontdeskError as error:
        return Finding("settings", ok=False, detail=error.detail, advice="set them, or start `frontdesk up` first")


async def _connect(settings: Settings) -> Any:
    return await asyncpg.connect(settings.database_url.get_secret_value(), timeout=5)


async def _database(settings: Settings) -> Finding:
    connection = await _connect(settings)
    try:
        version = await connection.fetchval("SHOW server_version")
        fsync = await connection.fetchval("SHOW fsync")
    finally:
        await connection.close()
    return Finding(
        "database",
        ok=fsync == "on",
        detail=f"PostgreSQL {version}",
        advice="" if fsync == "on" else "turn fsync on: what is acknowledged must survive",
    )


async def _schema(settings: Settings) -> Finding:
    found = await current(settings.database_url.get_secret_value())
    return Finding(
        "schema",
        ok=found == head(),
        detail=f"revision {found}",
        advice="" if found == head() else "run `frontdesk migrate`",
    )


async def _replication(settings: Settings) -> Finding:
    """A failover keeps every acknowledged message only with a synchronous standby; else the bus refills a week."""
    connection = await _connect(settings)
    try:
        standbys = await connection.fetch("SELECT sync_state FROM pg_stat_replication")
    finally:
        await connection.close()
    synchronous = sum(row["sync_state"] in {"sync", "quorum"} for row in standbys)
    if synchronous or settings.environment == "local":
        return Finding("replication", ok=True, detail=f"{synchronous} synchronous of {len(standbys)} standbys")
    return Finding(
        "replication",
        ok=False,
        detail="no synchronous standby",
        advice="after a failover the last week is read again from the bus; set synchronous_standby_names to lose nothing",
    )


async def _bus(settings: Settings) -> Finding:
    bus = make_bus(settings, SystemClock(), "doctor")
    await bus.start()
    try:
        found = await bus.health()
    finally:
        await bus.stop()
    return Finding("bus", ok=found.ok, detail=f"{settings.bus}: {found.detail or 'answers'}")


async def _dead_letters(settings: Settings) -> Finding:
    connection = await _connect(settings)
    try:
        row = await connection.fetchrow(
            "SELECT count(*) AS many, min(created_at) AS oldest FROM dead_letters WHERE state = 'open'"
        )
    finally:
        await connection.close()
    detail = f"{row['many']} open" + (f", the oldest of {row['oldest']:%Y-%m-%d %H:%M} UTC" if row["many"] else "")
    return Finding(
        "dead letters",
        ok=row["many"] == 0,
        detail=detail,
        advice="look with `frontdesk dlq list`" if row["many"] else "",
    )


def _disk(settings: Settings) -> Finding:
    folder = settings.blob_dir if settings.blob_dir.exists() else Path()
    free = shutil.disk_usage(folder).free
    return Finding(
        "disk",
        ok=free > _LOW_DISK,
        detail=f"{free // 1024**3} GiB free for blobs",
        advice="" if free > _LOW_DISK else "free some space",
    )


def _process(name: str, port: int) -> Finding:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=3) as response:
            return Finding(name, ok=response.status == 200, detail="ready")
    except (URLError, OSError):
        return Finding(
            name,
            ok=False,
            detail=f"does not answer on port {port}",
            advice="is it started? its log says why it is not ready",
        )


def _channels() -> list[Finding]:
    """Weak channels are shown, not refused: some providers sign nothing."""
    weak = [f"{name}: {manifest.weakness}" for name, manifest in manifests().items() if manifest.weakness]
    return [
        Finding(
            "channels", ok=True, detail=f"{len(manifests())} channels; weak signatures: {'; '.join(weak) or 'none'}"
        )
    ]


def render(findings: list[Finding]) -> str:
    lines = [
        f"{'ok  ' if f.ok else 'BAD '} {f.name:<14} {f.detail}" + (f"  → {f.advice}" if f.advice else "")
        for f in findings
    ]
    return "\n".join(lines)
