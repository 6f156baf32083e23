"""`frontdesk up` as a newcomer runs it: ready, the printed commands work, Ctrl-C is clean, a second start keeps the data."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from tests.support.ports import HOST, answers, free_ports, free_row

pytestmark = [pytest.mark.timeout(180), pytest.mark.xdist_group("up")]
CODE_OF_A_PROBLEM = 1


class Up:
    """One run of the command; what it says is kept, line by line."""

    def __init__(self, data: Path, port: int, postgres_port: int) -> None:
        self.data = data
        self.port = port
        self.lines: list[str] = []
        self._ready = threading.Event()
        environ = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "KAFKA_BOOTSTRAP"}}
        command = [sys.executable, "-m", "backbone.cli", "up", "--data", str(data), "--port", str(port)]
        self.process = subprocess.Popen(
            [*command, "--postgres-port", str(postgres_port)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ, start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("More:"):
                self._ready.set()
        self._ready.set()

    def await_ready(self) -> None:
        assert self._ready.wait(90)
        assert any(line.startswith("Ready after") for line in self.lines), "\n".join(self.lines)

    def finish(self) -> str:
        """What it said, once it ended by itself with exit code 1."""
        assert self.process.wait(60) == CODE_OF_A_PROBLEM
        self._close()
        return "\n".join(self.lines)

    def _close(self) -> None:
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def stop(self) -> int:
        """Ctrl-C; the exit code. Nothing of ours may live on."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(60)
        self._close()
        gone, alive = psutil.wait_procs(children, timeout=10)
        assert not alive, alive
        assert gone
        return code

    def section(self, start: str, end: str) -> str:
        """The shell lines printed between two headings."""
        text = "\n".join(self.lines)
        return text[text.index("\n", text.index(start)) : text.index(end)]


@pytest.fixture
def ports() -> tuple[int, int]:
    """The API's port with the next two free as well, and PostgreSQL's."""
    return free_row(3), free_ports(1)[0]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    tmp_path.chmod(0o711)
    return tmp_path / "data"


def shell(script: str) -> str:
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_the_printed_commands_work_unchanged_and_a_second_start_keeps_the_data(
    data: Path, ports: tuple[int, int]
) -> None:
    up = Up(data, *ports)
    up.await_ready()
    assert "200 OK" in shell(up.section("2. Send", "3. Answer"))
    assert "201 Created" in _answered(up)
    sent = _until_sent(up)
    assert [item["text"] for item in sent] == ["It arrives tomorrow."]
    demo = json.loads((data / "demo.json").read_text())
    assert (data / "demo.json").stat().st_mode & 0o077 == 0
    assert up.stop() == 0
    assert not answers(ports[0])

    again = Up(data, *ports)
    again.await_ready()
    kept = json.loads((data / "demo.json").read_text())
    assert kept["tenant_id"] == demo["tenant_id"]
    request = f'curl -s -H "Authorization: Bearer {demo["agents"][0]["token"]}" {kept["base_url"]}/v1/conversations'
    assert "It arrives tomorrow." in shell(request)
    assert again.stop() == 0


def _answered(up: Up) -> str:
    """The answer's command, once the conversation is there: it is routed within milliseconds, not before curl returns."""
    listed = up.section("3. Answer", "4. See")
    wait = re.sub(r"\n\s*curl -i.*", "", listed, flags=re.DOTALL)
    for _ in range(100):
        if "cnv_" in shell(wait + '\necho "$CONVERSATION"'):
            break
    return shell(listed)


def _until_sent(up: Up) -> list[dict[str, str]]:
    for _ in range(200):
        found = json.loads(shell(up.section("4. See", "More:")))
        if found["sent"]:
            return list(found["sent"])
    raise AssertionError("the provider never saw the answer")


def test_a_port_in_use_is_said_with_what_to_do(data: Path, ports: tuple[int, int]) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, ports[0]))
        taken.listen()
        up = Up(data, *ports)
        said = up.finish()
    assert f"Port {ports[0]} on {HOST} can't be used" in said
    assert "--port" in said


def test_a_broken_data_folder_is_said_with_what_to_do(data: Path, ports: tuple[int, int]) -> None:
    (data / "postgres" / "cluster").mkdir(parents=True)
    up = Up(data, *ports)
    said = up.finish()
    assert "is no whole PostgreSQL folder" in said
    assert "restore it from a backup" in said


def test_a_second_up_on_the_same_folder_is_refused_and_the_first_goes_on(data: Path, ports: tuple[int, int]) -> None:
    first = Up(data, *ports)
    first.await_ready()
    second = Up(data, free_row(3), free_ports(1)[0])
    assert "Another Frontdesk runs on the data folder" in second.finish()
    with urlopen(f"http://{HOST}:{ports[0]}/readyz", timeout=5) as response:
        assert response.status == 200
    assert first.stop() == 0


def test_the_death_of_a_process_stops_everything_loudly(data: Path, ports: tuple[int, int]) -> None:
    up = Up(data, *ports)
    up.await_ready()
    pids = json.loads((data / "pids.json").read_text())
    psutil.Process(pids["router"]).kill()
    assert "The router process died with -9" in up.finish()
    assert not psutil.pid_exists(pids["http"])
