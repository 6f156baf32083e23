"""A real process as its orchestrator sees it: probes on one port, metrics on another, JSON lines, a clean end."""

import asyncio
import json
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from tests.support.ports import free_ports

pytestmark = pytest.mark.database


class Running:
    def __init__(self, process: asyncio.subprocess.Process, port: int, metrics_port: int, secret: str) -> None:
        self.process = process
        self.api = f"http://127.0.0.1:{port}"
        self.metrics = f"http://127.0.0.1:{metrics_port}"
        self.secret = secret

    async def ready(self, client: httpx2.AsyncClient) -> httpx2.Response:
        for _ in range(300):
            assert self.process.returncode is None, "the process ended while starting"
            try:
                response = await client.get(f"{self.api}/readyz")
            except httpx2.TransportError:
                response = None
            if response is not None and response.status_code == 200:
                return response
            await asyncio.sleep(0.1)
        raise AssertionError("not ready within 30 s")


@pytest.fixture
async def router(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    port, metrics_port = free_ports(2)
    secret = secrets.token_hex(32)
    environment = {
        "PATH": os.environ["PATH"],
        "FRONTDESK_DATABASE_URL": database_url,
        "FRONTDESK_MASTER_KEY": secret,
        "FRONTDESK_BLOB_DIR": str(tmp_path),
        "FRONTDESK_PORT": str(port),
        "FRONTDESK_METRICS_PORT": str(metrics_port),
        "FRONTDESK_MEMBER": "router-0",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "backbone.cli", "router"),
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        limit=1024 * 1024,
    )
    yield Running(process, port, metrics_port, secret)
    if process.returncode is None:
        process.kill()
        await process.wait()


async def test_a_process_answers_its_probes_is_scraped_apart_and_ends_cleanly(router: Running) -> None:
    async with httpx2.AsyncClient(timeout=5) as client:
        ready = await router.ready(client)
        assert {"startup", "draining", "bus", "database_router"} <= set(ready.json()["checks"])
        for path in ("/livez", "/startupz"):
            assert (await client.get(f"{router.api}{path}")).status_code == 200
        assert (await client.get(f"{router.api}/metrics")).status_code == 404
        assert (await client.get(f"{router.metrics}/livez")).status_code == 200
        text = (await client.get(f"{router.metrics}/metrics")).text
    assert 'frontdesk_process_build_info{process="router"' in text
    assert "frontdesk_process_ready_state 1.0" in text
    assert 'frontdesk_process_database_connections{state="in_use"}' in text
    assert 'frontdesk_consumer_progress_total{group="router"}' in text
    router.process.send_signal(signal.SIGTERM)
    _, errors = await asyncio.wait_for(router.process.communicate(), 30)
    assert router.process.returncode == 0
    lines = [json.loads(line) for line in errors.decode().splitlines()]
    assert {"starting", "stopping", "stopped"} <= {line["event"] for line in lines}
    assert router.secret not in errors.decode()
