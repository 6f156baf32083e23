"""Inputs that were hard once: kept as files in `tests/corpus/<channel>/`, so that they never are again."""

import base64
import hashlib
import json
from dataclasses import replace
from pathlib import Path

from tests.support import channels as support
from tests.support.fuzz import Case

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
KEPT_BYTES = 64 * 1024
"""Larger inputs are told and not kept: a repository is no place for bombs, which `fuzz.BOMBS` makes anyway."""
SMALL_BYTES = 8 * 1024
"""Of inputs that are kept without having broken anything."""


def files(name: str) -> list[Path]:
    return sorted((CORPUS / name).glob("*.json"))


def keep(name: str, case: Case, why: str) -> Path | None:
    """Writes one input with the reason for keeping it; None where it is too large. The same input is one file."""
    request = case.request
    if len(request.body) > KEPT_BYTES:
        return None
    held = {
        "why": why,
        "fixture": case.fixture.path.stem,
        "method": request.method,
        "query": request.query,
        "body": base64.b64encode(request.body).decode("ascii"),
    }
    digest = hashlib.sha256(f"{held['fixture']} {request.query} {held['body']}".encode()).hexdigest()[:16]
    path = CORPUS / name / f"{digest}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
    return path


def load(name: str, path: Path) -> Case:
    """The input as it was; a fixture that is gone meanwhile is replaced by the channel's first."""
    held = json.loads(path.read_text(encoding="utf-8"))
    fixtures = support.fixtures("inbound", name)
    fixture = next((one for one in fixtures if one.path.stem == held["fixture"]), fixtures[0])
    account = support.fixture_account(fixture)
    request = replace(
        support.request_of(fixture, account),
        method=held["method"],
        query=held["query"],
        url=account.webhook_url + (f"?{held['query']}" if held["query"] else ""),
        body=base64.b64decode(held["body"], validate=True),
    )
    return Case(fixture, request, support.context_of(fixture, account))
