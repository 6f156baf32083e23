"""The policy as one document: faults with pointers, differences, a dry run, versions, rollback, and the command over files."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from agent_api.policy.document import EXAMPLE, from_text, schema
from backbone.errors import InputInvalid
from router.domain.differences import differences
from tests.support.api import Api, add_conversation, add_key, running_api
from tests.support.desk import Desk, make_desk, rows

pytestmark = pytest.mark.database


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


@pytest.fixture
async def admin(api: Api, desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(key) as client:
        yield client


def policy(seconds: int, *names: str) -> dict[str, Any]:
    document = {"first_reply_seconds": seconds, "next_reply_seconds": seconds}
    return {"sla_policies": [{"name": name, "document": document} for name in names or ("All",)]}


async def test_a_policy_is_tried_applied_and_taken_back_and_every_version_is_kept(
    api: Api, desk: Desk, admin: httpx2.AsyncClient
) -> None:
    empty = await admin.get("/v1/policy")
    assert (empty.json()["version"], empty.json()["document"]["sla_policies"]) == (0, [])
    case = await add_conversation(api.url, desk)
    await rows(
        api.url,
        "UPDATE conversations SET waiting_since = now() - interval '20 seconds', due_at = now() + interval '25 seconds', sla_state = 'ok', "
        "policy_id = 'default:live, cohort unknown' WHERE id = $1",
        case,
    )
    tried = (await admin.post("/v1/policy/check", json={"document": policy(10)})).json()
    assert next((d["op"], d["pointer"]) for d in tried["differences"]) == ("add", "/sla_policies/All")
    assert (tried["effects"]["looked_at"], tried["effects"]["sooner"], tried["effects"]["breached_at_once"]) == (
        1,
        0,
        0,
    )
    first = await admin.put(
        "/v1/policy", json={"document": policy(60, "A", "B"), "note": "Begin"}, headers={"If-Match": '"0"'}
    )
    assert first.json()["version"] == 2, first.text
    stale = await admin.put("/v1/policy", json={"document": policy(30)}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    before = {p["name"]: p["id"] for p in (await admin.get("/v1/sla-policies")).json()["items"]}
    second = await admin.put(
        "/v1/policy", json={"document": policy(30, "B", "A")}, headers={"If-Match": first.headers["etag"]}
    )
    after = (await admin.get("/v1/sla-policies")).json()["items"]
    assert {p["name"]: p["id"] for p in after} == before
    assert [(p["name"], p["version"]) for p in after] == [("B", 2), ("A", 2)]
    same = await admin.put("/v1/policy", json={"document": policy(30, "B", "A")}, headers={"If-Match": "*"})
    assert same.json()["version"] == second.json()["version"] == 3
    back = await admin.post("/v1/policy/rollback", json={"version": 1}, headers={"If-Match": "*"})
    assert (back.json()["version"], (await admin.get("/v1/sla-policies")).json()["items"]) == (4, [])
    edited = await admin.post(
        "/v1/sla-policies", json={"name": "C", "position": 0, "document": policy(5)["sla_policies"][0]["document"]}
    )
    assert edited.status_code == 201
    listed = (await admin.get("/v1/policy/versions")).json()["items"]
    assert [(v["version"], v["cause"]) for v in listed] == [
        (5, "sla_policy_edited"),
        (4, "rollback to 1"),
        (3, "applied"),
        (2, "applied"),
        (1, "first"),
    ]
    third = (await admin.get("/v1/policy/versions/3")).json()
    assert [p["name"] for p in third["document"]["sla_policies"]] == ["B", "A"]
    assert (await admin.get("/v1/policy/versions/99")).status_code == 404
    assert await rows(api.url, "SELECT cause FROM recompute_requests") != []


async def test_a_faulty_policy_is_refused_with_a_pointer_to_each_fault(admin: httpx2.AsyncClient) -> None:
    document = policy(10, "A", "A")
    document["sla_policies"][0]["document"] = {"first_reply_seconds": 0, "next_reply_seconds": "x", "colour": "red"}
    refused = await admin.post("/v1/policy/check", json={"document": document})
    assert refused.status_code == 422
    at = "/document/sla_policies/0/document"
    assert {error["pointer"] for error in refused.json()["errors"]} >= {
        f"{at}/first_reply_seconds",
        f"{at}/next_reply_seconds",
        f"{at}/colour",
    }


async def test_roles_that_may_not_write_policies_may_read_them(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    async with api.client(key) as agent:
        assert (await agent.get("/v1/policy")).status_code == 200
        found = (await agent.get("/v1/policy/schema")).json()
        assert found["properties"].keys() == {"sla_policies", "routing"}
        assert (
            await agent.put("/v1/policy", json={"document": policy(9)}, headers={"If-Match": "*"})
        ).status_code == 403


def test_files_are_read_with_all_faults_at_once() -> None:
    assert from_text(yaml.safe_dump(EXAMPLE)).plain() == from_text(json.dumps(EXAMPLE)).plain()
    with pytest.raises(InputInvalid) as fault:
        from_text(
            "sla_policies:\n  - name: A\n    document: {first_reply_seconds: 5, steps: [{after_seconds: 1, action: bot}]}\n"
        )
    assert dict(fault.value.pointers) == {
        "/sla_policies/0/document/next_reply_seconds": "Field required",
        "/sla_policies/0/document/steps/0": "bot needs agent_id",
    }
    with pytest.raises(InputInvalid) as broken:
        from_text("sla_policies: [")
    assert dict(broken.value.pointers) == {"": "line 1, column 16"}
    assert schema()["$schema"].endswith("2020-12/schema")


def test_differences_are_by_name_with_moves() -> None:
    one = {"list": [{"name": "a", "x": 1}, {"name": "b", "x": 1}], "n": [1, 2], "k/1": 0}
    two = {"list": [{"name": "b", "x": 1}, {"name": "a", "x": 2}, {"name": "c"}], "n": [1, 3]}
    found = [(d.op, d.pointer, d.before, d.after) for d in differences(one, two)]
    assert found == [
        ("replace", "/list/a/x", 1, 2),
        ("add", "/list/c", None, {"name": "c"}),
        ("move", "/list/a", 0, 1),
        ("move", "/list/b", 1, 0),
        ("replace", "/n", [1, 2], [1, 3]),
        ("remove", "/k~11", 0, None),
    ]
    assert differences(one, one) == []


async def test_the_command_checks_compares_applies_and_goes_back(database_url: str, desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"

    def command(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "agent_api.policy.cli", *words, "--tenant", desk.tenant_id],
            env={"FRONTDESK_DATABASE_URL": database_url, "FRONTDESK_MASTER_KEY": "22" * 32},
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    file.write_text("sla_policies: [{name: A, document: {first_reply_seconds: 0}}]", encoding="utf-8")
    code, told = command("check", str(file))
    assert (code, "/sla_policies/0/document/first_reply_seconds" in told, "Traceback" in told) == (1, True, False)
    file.write_text(yaml.safe_dump(policy(60)), encoding="utf-8")
    assert command("diff", str(file))[0] == 1
    assert command("apply", str(file), "--note", "First")[1] == "Version 2 holds.\n"
    assert command("diff", str(file)) == (0, "")
    assert command("rollback", "1")[1] == "Version 3 holds: that of version 1.\n"
    assert await rows(database_url, "SELECT 1 FROM sla_policies") == []
