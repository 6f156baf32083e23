import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from backbone.settings import PREFIX, describe, load
from backbone.settings_check import problems

_WELL = {"DATABASE_URL": "postgresql://u:canary-password@db.example/frontdesk", "MASTER_KEY": "ab" * 32}


@pytest.fixture(autouse=True)
def well() -> Iterator[None]:
    """The least that is valid, put back after the test."""
    with patch.dict(os.environ):
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            del os.environ[name]
        os.environ.update({PREFIX + name: value for name, value in _WELL.items()})
        yield


def test_the_least_that_is_needed_is_valid() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"DATABASE_URL": "mysql://canary-password@x/y"}, "DATABASE_URL"),
        ({"MASTER_KEY": "canary-key"}, "MASTER_KEY"),
        ({"BUS": "kafka"}, "KAFKA_BOOTSTRAP"),
        ({"KAFKA_BOOTSTRAP": "a:9092"}, "BUS"),
        ({"ENVIRONMENT": "production"}, "PUBLIC_URL"),
        ({"ENVIRONMENT": "production", "PUBLIC_URL": "https://desk.example", "DEMO": "true"}, "DEMO"),
        ({"S3_BUCKET": "some"}, "BLOB_STORE"),
        ({"ALLOWED_ORIGINS": "https://a.example,https://*.example"}, "ALLOWED_ORIGINS"),
        ({"TURN_URLS": "turn:turn.example"}, "TURN_SECRET"),
        ({"CHANNELS": "telegram,whatsap"}, "CHANNELS"),
        ({"SPOOL_DIR": "/dev/null/spool"}, "SPOOL_DIR"),
        ({"OUTBOUND_ALLOW": "10.0.0.0/99"}, "OUTBOUND_ALLOW"),
        ({"PORT": "0"}, "PORT"),
        ({"DATABASE_ULR": "canary-password"}, "DATABASE_ULR"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do_and_without_its_value(given: dict[str, str], wrong: str) -> None:
    os.environ.update({PREFIX + name: value for name, value in given.items()})
    found = problems()
    assert [problem.name for problem in found] == [PREFIX + wrong]
    assert all("canary" not in problem.line() for problem in found)


def test_a_typing_error_and_what_it_left_out_are_told_together() -> None:
    del os.environ[PREFIX + "DATABASE_URL"]
    os.environ[PREFIX + "DATABASE_ULR"] = "postgresql://x/y"
    assert [(problem.name, problem.advice[:12]) for problem in problems()] == [
        (PREFIX + "DATABASE_ULR", "did you mean"),
        (PREFIX + "DATABASE_URL", "postgresql:/"),
    ]


def test_shown_settings_hold_no_secret(tmp_path: Path) -> None:
    os.environ[PREFIX + "OTLP_ENDPOINT"] = "https://canary:canary@traces.example/v1"
    os.environ[PREFIX + "TURN_SECRET"] = "canary-secret"
    os.environ[PREFIX + "BLOB_DIR"] = str(tmp_path)
    shown = {row["name"]: row["value"] for row in describe(load())}
    assert "canary" not in str(shown)
    assert shown[PREFIX + "OTLP_ENDPOINT"] == "https://**********@traces.example/v1"
