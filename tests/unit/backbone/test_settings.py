import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from backbone.errors import ConfigurationInvalid
from backbone.settings import PREFIX, load_beside

_GIVEN = {PREFIX + "DATABASE_URL": "postgresql://up@127.0.0.1:1/given", PREFIX + "MASTER_KEY": "a" * 43 + "="}


@pytest.fixture(autouse=True)
def nothing_set() -> Iterator[None]:
    """An environment without our settings, put back after the test."""
    with patch.dict(os.environ):
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            del os.environ[name]
        yield


@pytest.fixture
def up() -> Iterator[int]:
    """The id of a process that was given settings, as those of `frontdesk up` are."""
    waits = "import sys; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", waits], env={**os.environ, **_GIVEN}, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid


def _noted(folder: Path, text: str) -> Path:
    (folder / "pids.json").write_text(text, encoding="utf-8")
    return folder


def test_a_command_beside_a_running_installation_finds_its_settings(up: int, tmp_path: Path) -> None:
    found = load_beside(_noted(tmp_path, json.dumps({"http": up})))
    assert found.database_url.get_secret_value() == _GIVEN[PREFIX + "DATABASE_URL"]


def test_what_the_environment_says_goes_first(up: int, tmp_path: Path) -> None:
    own = "postgresql://own@127.0.0.1:1/own"
    os.environ.update(_GIVEN | {PREFIX + "DATABASE_URL": own})
    assert load_beside(_noted(tmp_path, json.dumps({"http": up}))).database_url.get_secret_value() == own


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"http": "x"}', '{"http": null}', '{"http": 0}'])
def test_what_is_not_running_is_a_clear_refusal(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="DATABASE_URL"):
        load_beside(_noted(tmp_path, text))
