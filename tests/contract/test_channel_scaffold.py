"""A channel fresh from the template passes the contract suite and the style check as it is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backbone.channel.scaffold import scaffold
from tests.support.channels import REPOSITORY


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a `services` package that holds nothing but a new channel."""
    root = tmp_path_factory.mktemp("scaffold")
    services = root / "services"
    services.mkdir()
    (services / "__init__.py").write_text('"""One channel."""\n')
    scaffold("trial_line", services)
    return root


def run(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "CHANNEL"))}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_new_channel_passes_the_contract_suite(fresh: Path) -> None:
    suite = sorted(str(path) for path in (REPOSITORY / "tests" / "contract").glob("test_channels*.py"))
    result = run("pytest", "-q", "-p", "no:cacheprovider", "-o", f"pythonpath={fresh} .", *suite)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-1000:]
    assert " passed" in result.stdout


def test_a_new_channel_that_forgets_its_signature_fails_the_contract_suite(fresh: Path) -> None:
    codec = fresh / "services" / "trial_line" / "codec.py"
    text = codec.read_text("utf-8")
    suite = str(REPOSITORY / "tests" / "contract" / "test_channels_signatures.py")
    codec.write_text(text.replace("        check_hmac_header(", "        str("), "utf-8")
    try:
        result = run("pytest", "-q", "-p", "no:cacheprovider", "-o", f"pythonpath={fresh} .", suite)
    finally:
        codec.write_text(text, "utf-8")
    assert result.returncode == 1
    assert "test_an_unsigned_request_is_refused" in result.stdout


def test_a_new_channel_follows_the_house_style(fresh: Path) -> None:
    settings = str(REPOSITORY / "pyproject.toml")
    folder = str(fresh / "services" / "trial_line")
    result = run("ruff", "check", "--no-cache", "--config", settings, "--ignore", "ARG002,TID252,INP001", folder)
    assert result.returncode == 0, result.stdout
