"""`frontdesk up`: PostgreSQL, the HTTP process and the router process on one machine, under one supervisor."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from backbone.errors import ConfigurationInvalid, Unavailable
from backbone.settings import PREFIX
from backbone.storage.crypto import MasterKey
from backbone.storage.embedded import EmbeddedPostgres
from backbone.storage.migrate import migrate

READY_WITHIN = 60.0
STOP_WITHIN = 30.0
_POLL = 0.05


@dataclass(frozen=True, slots=True)
class Choice:
    """What the command line says: where the data lives and which ports on loopback are ours."""

    data: Path
    host: str
    port: int
    postgres_port: int
    demo: bool


def run(choice: Choice, say: Callable[[str], None]) -> int:
    """Starts everything and stays until Ctrl-C or until a part dies (then 1). Raises `ConfigurationInvalid` with what to do."""
    began = time.monotonic()
    _check_port(choice.host, choice.port)
    choice.data.mkdir(parents=True, exist_ok=True)
    server, url = _database(choice)
    children: dict[str, subprocess.Popen[bytes]] = {}
    stopping = _Stopping()
    try:
        master = _master_key(choice.data)
        asyncio.run(migrate(url))
        environ = _environment(choice, url, master)
        demo = _seed(choice, url, master) if choice.demo else None
        for name, port in (("http", choice.port), ("router", router_port(choice.port))):
            command = [sys.executable, "-m", "backbone.cli", name]
            children[name] = subprocess.Popen(
                command, env=environ | {PREFIX + "PORT": str(port)}, start_new_session=True
            )
        _await_ready(choice, children, stopping)
        if not stopping.asked:
            say(f"Ready after {time.monotonic() - began:.1f} s at {_public_url(choice)}. Ctrl-C stops everything.")
            _write_pids(choice, children, server)
        if demo is not None and not stopping.asked:
            say(_hook("welcome")(demo))
        return _watch(children, server, stopping, say)
    finally:
        _stop(children, say)
        if server is not None:
            server.stop()
        (choice.data / "pids.json").unlink(missing_ok=True)


class _Stopping:
    """Remembers SIGINT and SIGTERM, so that start and stop are never cut in the middle."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: object) -> None:
        self.asked = True


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigurationInvalid(
                f"Port {port} on {host} can't be used ({error.strerror}): stop what uses it, or choose another with --port."
            ) from error


def _database(choice: Choice) -> tuple[EmbeddedPostgres | None, str]:
    """The database named by DATABASE_URL, else an embedded server in the data folder."""
    given = os.environ.get("DATABASE_URL")
    if given:
        return None, given
    server = EmbeddedPostgres(choice.data / "postgres", choice.postgres_port)
    server.start()
    return server, server.url()


def _master_key(data: Path) -> str:
    """The key that seals account secrets: made once, readable by its owner only."""
    path = data / "master.key"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    key = path.read_text().strip()
    MasterKey(key)
    return key


def _public_url(choice: Choice) -> str:
    return f"http://{choice.host}:{choice.port}"


def _environment(choice: Choice, url: str, master: str) -> dict[str, str]:
    ours = {
        "DATABASE_URL": url,
        "MASTER_KEY": master,
        "PUBLIC_URL": _public_url(choice),
        "HOST": choice.host,
        "BLOB_DIR": str(choice.data / "blobs"),
        "SPOOL_DIR": str(choice.data / "spool"),
        "DEMO": "true" if choice.demo else "false",
        "OUTBOUND_ALLOW": choice.host if choice.demo else "",
        "LOG_LEVEL": os.environ.get(PREFIX + "LOG_LEVEL", "WARNING"),
    }
    return dict(os.environ) | {PREFIX + name: value for name, value in ours.items()}


def _hook(name: str) -> Callable[..., Any]:
    """A function of a higher layer, by entry point: this one doesn't import upwards."""
    for found in entry_points(group="frontdesk.hooks", name=name):
        return found.load()  # type: ignore[no-any-return]
    raise ConfigurationInvalid(
        f"the installation is incomplete: no hook {name!r}; install it again with `make install`"
    )


def _seed(choice: Choice, url: str, master: str) -> dict[str, Any]:
    seeding = _hook("seed")(url, MasterKey(master), _public_url(choice), choice.data / "demo.json")
    found: dict[str, Any] = asyncio.run(seeding)
    return found


def _await_ready(choice: Choice, children: Mapping[str, subprocess.Popen[bytes]], stopping: _Stopping) -> None:
    """Both processes answer `/readyz`; the router has a port of its own, one above."""
    waiting = {"http": _public_url(choice), "router": f"http://{choice.host}:{router_port(choice.port)}"}
    deadline = time.monotonic() + READY_WITHIN
    while waiting and not stopping.asked:
        for name, base in list(waiting.items()):
            if children[name].poll() is not None:
                raise Unavailable(
                    f"the {name} process ended with {children[name].returncode} while it started: see its lines above"
                )
            if _answers(f"{base}/readyz"):
                del waiting[name]
        if time.monotonic() > deadline:
            raise Unavailable(
                f"not ready within {READY_WITHIN:.0f} s: {', '.join(waiting)}; `frontdesk doctor` tells more"
            )
        time.sleep(_POLL)


def router_port(port: int) -> int:
    """The router serves only probes and metrics, on the port above the API's."""
    return port + 1


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as response:  # noqa: S310  a fixed http URL on loopback
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def _write_pids(
    choice: Choice, children: Mapping[str, subprocess.Popen[bytes]], server: EmbeddedPostgres | None
) -> None:
    """For `doctor` and for tests that kill: which process is which."""
    pids = {name: child.pid for name, child in children.items()} | {"up": os.getpid()}
    if server is not None and server.pid is not None:
        pids["postgres"] = server.pid
    text = "{" + ", ".join(f'"{name}": {pid}' for name, pid in pids.items()) + "}\n"
    (choice.data / "pids.json").write_text(text)


def _watch(
    children: Mapping[str, subprocess.Popen[bytes]],
    server: EmbeddedPostgres | None,
    stopping: _Stopping,
    say: Callable[[str], None],
) -> int:
    while not stopping.asked:
        for name, child in children.items():
            if child.poll() is not None:
                say(
                    f"The {name} process died with {child.returncode}: stopping everything. Nothing that was accepted is lost."
                )
                return 1
        if server is not None and server.exit_code is not None:
            say("PostgreSQL died: stopping everything. Start again; it recovers by itself.")
            return 1
        time.sleep(_POLL * 4)
    return 0


def _stop(children: Mapping[str, subprocess.Popen[bytes]], say: Callable[[str], None]) -> None:
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + STOP_WITHIN
    for name, child in children.items():
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            say(f"The {name} process did not stop within {STOP_WITHIN:.0f} s and was ended.")
            child.kill()
            child.wait()
