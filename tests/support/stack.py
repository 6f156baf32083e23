"""The product as an installation runs it: real processes over a real database and bus, on free ports, ended by their ids."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen
from uuid import uuid4

import psutil

from backbone.settings import PREFIX
from backbone.storage.crypto import MasterKey
from gateway.demo import seed
from router.leadership import NOT_RENEWED
from tests.support.apart import run_apart
from tests.support.ports import HOST, free_ports

MASTER = "5a" * 32
PATIENCE = 60.0


class Stack:
    """Processes by name (`http`, `router`, `router2`, …). `kill` is SIGKILL and returns once the process is gone."""

    def __init__(self, folder: Path, database_url: str, *, kafka: str = "", demo: bool = True, **settings: str) -> None:
        self.folder = folder
        self.port = free_ports(1)[0]
        self.base = f"http://{HOST}:{self.port}"
        self.database_url = database_url
        self.demo: dict[str, Any] = {}
        self.kafka_prefix = f"{uuid4().hex[:8]}." if kafka else ""
        self._ports: dict[str, int] = {}
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        ours = {
            "DATABASE_URL": database_url, "MASTER_KEY": MASTER, "PUBLIC_URL": self.base, "HOST": HOST,
            "BLOB_DIR": str(folder / "blobs"), "SPOOL_DIR": str(folder / "spool"), "DEMO": str(demo).lower(), "OUTBOUND_ALLOW": HOST,
            "BUS": "kafka" if kafka else "postgres", "KAFKA_BOOTSTRAP": kafka,
            "KAFKA_PREFIX": self.kafka_prefix, "KAFKA_REPLICATION": "1", "KAFKA_MIN_IN_SYNC": "1",
            "LOG_LEVEL": "WARNING",
        }  # fmt: skip
        self._environ = dict(os.environ) | {PREFIX + name: value for name, value in (ours | settings).items()}

    def seed(self, external_ids: Mapping[str, str] | None = None) -> None:
        """Makes the demo tenant, with other numbers or pages where given."""
        target = self.folder / "demo.json"
        self.demo = run_apart(seed(self.database_url, MasterKey(MASTER), self.base, target, external_ids))

    def start(self, name: str, *, wait: bool = True) -> None:
        """Starts a process anew; a name's digits tell replicas apart (`router2` is a second router)."""
        command = name.rstrip("0123456789")
        port = self.port if name in {"http", "gateway"} else self._ports.get(name) or free_ports(1)[0]
        self._ports[name] = port
        environ = self._environ | {PREFIX + "PORT": str(port), PREFIX + "MEMBER": name}
        log = (self.folder / f"{name}.log").open("ab")
        with log:
            self._children[name] = subprocess.Popen(
                [sys.executable, "-m", "backbone.cli", command],
                env=environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if wait:
            self.await_ready(name)

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Runs `frontdesk …` to its end beside the processes."""
        return subprocess.run(
            [sys.executable, "-m", "backbone.cli", *arguments],
            env=self._environ | {PREFIX + "MEMBER": "command"},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def await_ready(self, name: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.is_ready(name):
            code = self._children[name].poll()
            if code is not None or time.monotonic() > deadline:
                raise AssertionError(f"{name} is not ready (exit {code}):\n{self.log(name)[-3000:]}")
            time.sleep(0.02)

    def is_ready(self, name: str) -> bool:
        try:
            with urlopen(f"http://{HOST}:{self._ports[name]}/readyz", timeout=2) as response:
                return bool(response.status == 200)
        except (URLError, OSError):
            return False

    def alive(self, name: str) -> bool:
        return self._children[name].poll() is None

    def pid(self, name: str) -> int:
        return self._children[name].pid

    def port_of(self, name: str) -> int:
        return self._ports[name]

    def kill(self, name: str) -> None:
        """SIGKILL; on return the process is dead and its port is free."""
        child = self._children[name]
        if child.poll() is not None:
            raise AssertionError(f"{name} was dead already: this kill would prove nothing\n{self.log(name)[-3000:]}")
        child.kill()
        if child.wait(30) != -signal.SIGKILL:
            raise AssertionError(f"{name} ended by itself with {child.returncode}")

    def freeze(self, name: str) -> None:
        self._children[name].send_signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self._children[name].send_signal(signal.SIGCONT)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def refusals(self, name: str, heard: int = 0) -> int:
        """Transactions of a former leader or owner that were stopped by the database, in what it logged after `heard` characters.

        That it found out by itself, when it wanted to renew a lease, doesn't count: nothing was refused then.
        """
        refused = 0
        for line in self.log(name)[heard:].splitlines():
            with contextlib.suppress(ValueError):
                said = json.loads(line)
                event = said.get("event")
                refused += event == "batch_fenced" or (event == "fenced" and said["reason"] != NOT_RENEWED)
        return refused

    def stop(self, names: Sequence[str] | None = None) -> dict[str, int]:
        """SIGTERM and the exit codes; what doesn't stop within 30 s is killed."""
        chosen = [n for n in (names or list(self._children)) if self._children[n].poll() is None]
        for name in chosen:
            with contextlib.suppress(psutil.NoSuchProcess):
                self.thaw(name)
                self._children[name].terminate()
        codes = {}
        for name in chosen:
            try:
                codes[name] = self._children[name].wait(30)
            except subprocess.TimeoutExpired:
                self._children[name].kill()
                codes[name] = self._children[name].wait()
        return codes

    def token(self, number: int = 0) -> str:
        return str(self.demo["agents"][number]["token"])

    def account(self, channel: str) -> dict[str, Any]:
        found: dict[str, Any] = self.demo["accounts"][channel]
        return found

    def write_demo(self) -> None:
        (self.folder / "demo.json").write_text(json.dumps(self.demo))
