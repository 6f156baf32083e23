"""The demo tenant: three agents, a team, SLA policies and an account on each channel, talking to simulated providers."""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg

from backbone.channel.registry import channels
from backbone.ids import new_id
from backbone.storage.account_config import store_account, webhook_url
from backbone.storage.crypto import MasterKey
from backbone.web.auth import hash_secret, make_key
from backbone.web.passwords import hash_password, make_password

_AGENTS = (("Noor", "admin"), ("Lena", "agent"), ("Piotr", "agent"))
_POLICIES: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("Public posts", {"visibilities": ["public"]}, 900),
    ("Mail", {"channel_classes": ["mail"]}, 3600),
    ("Generation Z", {"channel_classes": ["live", "messaging", "voice"], "cohorts": ["gen_z"]}, 45),
    ("Generation Y", {"channel_classes": ["live", "messaging", "voice"], "cohorts": ["gen_y"]}, 600),
    ("Live chat, cohort unknown", {"channel_classes": ["live", "voice"], "cohorts": ["unknown"]}, 45),
)


def provider_base(public_url: str, channel: str, account_id: str) -> str:
    """Where the simulated provider of an account listens: beside the API, in demo mode only."""
    return f"{public_url}/sim/{channel}/{account_id}"


async def seed(
    url: str, master: MasterKey, public_url: str, target: Path, external_ids: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Makes the demo tenant unless `target` describes one that the database still holds; answers what `target` says.

    Settings of accounts are written anew each time, since the port may have changed. `target` holds plain secrets of
    simulated providers and is readable by its owner only. `external_ids` name other numbers or pages than the demo's own,
    by channel.
    """
    connection = await asyncpg.connect(url)
    try:
        await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
        known = _read(target)
        async with connection.transaction():
            exists = known and await connection.fetchval("SELECT 1 FROM tenants WHERE id = $1", known["tenant_id"])
            demo = known if known and exists else await _people(connection)
            await _passwords(connection, demo)
            demo |= {"base_url": public_url, "provider_url": f"{public_url}/sim"}
            demo["accounts"] = await _accounts(connection, master, demo, public_url, external_ids or {})
    finally:
        await connection.close()
    _write(target, demo)
    return demo


async def _people(connection: Any) -> dict[str, Any]:
    tenant_id, team_id = new_id("ten"), new_id("tea")
    await connection.execute("INSERT INTO tenants (id, name) VALUES ($1, 'Demo')", tenant_id)
    await connection.execute("INSERT INTO teams (id, tenant_id, name) VALUES ($1, $2, 'Help desk')", team_id, tenant_id)
    agents = [await _agent(connection, tenant_id, team_id, name, role) for name, role in _AGENTS]
    for position, (name, match, target) in enumerate(_POLICIES):
        document = {"match": match, "first_reply_seconds": target, "next_reply_seconds": target}
        await connection.execute(
            "INSERT INTO sla_policies (id, tenant_id, name, position, document) VALUES ($1, $2, $3, $4, $5)",
            new_id("pol"), tenant_id, name, position, document,
        )  # fmt: skip
    return {"tenant_id": tenant_id, "team_id": team_id, "agents": agents, "seed": secrets.token_hex(16)}


async def _agent(connection: Any, tenant_id: str, team_id: str, name: str, role: str) -> dict[str, str]:
    agent_id, token = new_id("agt"), make_key("local")
    await connection.execute(
        "INSERT INTO agents (id, tenant_id, name, email, role, presence) VALUES ($1, $2, $3, $4, $5, 'online')",
        agent_id, tenant_id, name, f"{name.lower()}@demo.example", role,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO team_members (tenant_id, team_id, agent_id) VALUES ($1, $2, $3)", tenant_id, team_id, agent_id
    )
    await connection.execute(
        "INSERT INTO api_keys (id, tenant_id, agent_id, name, role, prefix, hash) VALUES ($1, $2, $3, 'demo', $4, $5, $6)",
        new_id("key"), tenant_id, agent_id, role, token[:12], hash_secret(token),
    )  # fmt: skip
    return {"id": agent_id, "name": name, "role": role, "token": token}


async def _passwords(connection: Any, demo: dict[str, Any]) -> None:
    """A password for each agent that has none in the file: one of an older release had none."""
    for agent in demo["agents"]:
        if "password" in agent:
            continue
        agent |= {"email": f"{agent['name'].lower()}@demo.example", "password": make_password()}
        await connection.execute(
            "INSERT INTO agent_passwords (agent_id, tenant_id, hash, changed_at) VALUES ($1, $2, $3, now()) "
            "ON CONFLICT (agent_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at",
            agent["id"], demo["tenant_id"], hash_password(agent["password"]),
        )  # fmt: skip


async def _accounts(
    connection: Any, master: MasterKey, demo: dict[str, Any], public_url: str, external_ids: Mapping[str, str]
) -> dict[str, Any]:
    """One account for each channel; an existing one keeps its id, so that webhook URLs stay."""
    accounts = {}
    for name, channel in channels().items():
        before = demo.get("accounts", {}).get(name, {})
        account_id = before.get("account_id") or new_id("acc")
        external_id = external_ids.get(name, channel.simulator.demo_external_id)
        settings = channel.simulator.demo_settings(provider_base(public_url, name, account_id), demo["seed"])
        account_id = await store_account(
            connection, master, tenant_id=demo["tenant_id"], channel=name, name=f"Demo {channel.manifest.title}",
            external_id=external_id, config=settings, account_id=account_id, team_id=demo["team_id"],
        )  # fmt: skip
        accounts[name] = {
            "account_id": account_id,
            "external_id": external_id,
            "webhook_url": webhook_url(public_url, name, account_id),
            "settings": settings,
        }
    return accounts


def _read(target: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(target.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "tenant_id" in found else None


def _write(target: Path, demo: dict[str, Any]) -> None:
    temporary = target.with_suffix(".tmp")
    temporary.touch(mode=0o600)
    temporary.write_text(json.dumps(demo, indent=2) + "\n", encoding="utf-8")
    temporary.replace(target)
