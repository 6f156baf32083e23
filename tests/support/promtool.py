"""Debian's `promtool`, which evaluates alerts and queries as Prometheus would.

`python -m tests.support.promtool` fetches it into `.cache/` where there is none; `make test` does that first. Nothing is installed, so
that no right is needed but to read Debian's lists. Where it can't be had, tests that ask for it are skipped, and say so.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CACHE = Path(__file__).resolve().parents[2] / ".cache/prometheus"
FETCHED = CACHE / "usr/bin/promtool"
FETCH_WITHIN = 300.0
NO_PROMTOOL = "there is no promtool: `make promtool` fetches Debian's, PROMTOOL names another"


def find_promtool() -> str | None:
    """The path of one; `PROMTOOL` names another."""
    fetched = str(FETCHED) if FETCHED.exists() else None
    return os.environ.get("PROMTOOL") or shutil.which("promtool") or fetched


def fetch_promtool() -> str | None:
    """Unpacks Debian's package into the cache. One at a time: others wait and find it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (found := find_promtool()) is not None or shutil.which("apt-get") is None:
            return found
        with contextlib.suppress(subprocess.SubprocessError):
            if os.geteuid() == 0:
                _run("apt-get", "-qq", "update")
            _run("apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", "prometheus")
            for package in CACHE.glob("prometheus_*.deb"):
                _run("dpkg", "-x", str(package), ".")
                package.unlink()
        return find_promtool()


def _run(*words: str) -> None:
    subprocess.run(words, cwd=CACHE, check=True, timeout=FETCH_WITHIN, capture_output=True)


def promtool(*words: str) -> subprocess.CompletedProcess[str]:
    """Runs it. Skips the test where there is none."""
    path = find_promtool()
    if path is None:
        pytest.skip(NO_PROMTOOL)
    return subprocess.run([path, *words], capture_output=True, text=True, timeout=120, check=False)


if __name__ == "__main__":
    sys.stdout.write(f"{fetch_promtool() or 'NO PROMTOOL: alerts and queries are read, but not evaluated'}\n")
