"""Every operation of the OpenAPI document against the running API: what it says is what happens, whatever is sent."""

import asyncio
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CheckFunction
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.support.api import CONFIG, add_key, serving_api
from tests.support.database import drop_database
from tests.support.desk import make_desk
from tests.support.fills import fill
from tests.support.migrated import migrated_database

pytestmark = [pytest.mark.database, pytest.mark.timeout(300)]
# A release runs thousands, each time others.
EXAMPLES = int(os.environ.get("API_EXAMPLES", "20"))
DERANDOMIZE = "API_EXAMPLES" not in os.environ
DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"

# Ours besides the usual ones: 428 for If-Match; and 412, since no version that is made up is the right one.
config = SchemathesisConfig()
config.projects.default.checks.missing_required_header.expected_statuses = ["400", "401", "406", "422", "428"]
config.projects.default.checks.positive_data_acceptance.expected_statuses = [
    "2xx",
    "3xx",
    "401",
    "403",
    "404",
    "409",
    "410",
    "412",
    "429",
]
config.projects.default.checks.negative_data_rejection.expected_statuses += ["410", "412"]
# What a schema can't say: whether a cursor was made here, a zone exists, or an id names something.
BEYOND_SCHEMA = re.compile(
    r"query/(cursor|until|zone)|/(quiet_hours|hours)/(zone|spans/\d+)|/(agent|role|account|team)_id|/from|/to|/staffing/\d+/team_id|/team_ids|/channel|/content/template|/expires_at|/until|/rule"
    r"|(/source)?/url|/header_name|/header_value|/source(/subdivision|/country)?|/snoozed_until|/cohort_source|/password|/document(/sla_policies/\d+/document)?(/steps/\d+)?|/offline_at|/issuer|/address|/message_id|/routing/overflow/\d+"
)
schema = schemathesis.openapi.from_path(str(DOCUMENT), config=config)


@dataclass(frozen=True)
class Target:
    base: str
    key: str
    ids: dict[str, str]


@pytest.fixture(scope="module")
def target(postgres_url: str) -> Iterator[Target]:
    """The API in a thread of its own: these tests are synchronous."""
    url = migrated_database(postgres_url)
    ready, found, stop = threading.Event(), [], []

    async def serve() -> None:
        desk = await make_desk(url)
        key, _ = await add_key(url, desk.tenant_id)
        ids = await fill(url, desk)
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        async with serving_api(url, config=replace(CONFIG, wrong_keys=1_000_000)) as api:
            found.append(Target(api.base, key, ids))
            stop.append(lambda: loop.call_soon_threadsafe(ended.set))
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(30)
    yield found[0]
    stop[0]()
    thread.join(30)
    drop_database(url)


def judge(case: schemathesis.Case[Any], target: Target) -> None:
    for name, value in (case.path_parameters or {}).items():
        # Made-up ids would be answered with 404 only: what is well formed becomes the id of something that is there.
        if name in target.ids and re.fullmatch(r"[a-z]{3}_[A-Za-z0-9_]{1,56}", str(value)):
            case.path_parameters[name] = target.ids[name]
    # Longer than the longest that any operation may take by its own deadline: trying a policy has a minute.
    response = case.call(base_url=target.base, headers={"Authorization": f"Bearer {target.key}"}, timeout=90)
    excluded: list[CheckFunction] = []
    if response.status_code == 422:
        problem = response.json()
        pointers = {fault["pointer"] for fault in problem["errors"]}
        # Examples share one Idempotency-Key, with other bodies.
        known = bool(pointers) and all(BEYOND_SCHEMA.fullmatch(pointer) for pointer in pointers)
        if known or problem["code"] == "idempotency_mismatch":
            excluded = [positive_data_acceptance]
    if (case.query or {}).keys() - parse_qs(urlsplit(str(response.request.url)).query, keep_blank_values=True).keys():
        # A made-up parameter whose value is an empty list never leaves: what was sent is valid.
        excluded.append(negative_data_rejection)
    case.validate_response(response, excluded_checks=excluded)
    assert response.status_code < 500


def keeps_its_word(operation_id: str) -> Callable[..., None]:
    """A test of one operation. Schemathesis gives all that it makes of one schema the same name, and xdist runs one of a name."""

    @schema.include(operation_id=operation_id).parametrize()
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=DERANDOMIZE, suppress_health_check=list(HealthCheck))
    def test(case: schemathesis.Case[Any], target: Target) -> None:
        judge(case, target)

    made: Callable[..., None] = test
    return made


for path in json.loads(DOCUMENT.read_text())["paths"].values():
    for described in path.values():
        if described["operationId"] != "streamEvents":
            globals()[f"test_{described['operationId']}_keeps_its_word"] = keeps_its_word(described["operationId"])
