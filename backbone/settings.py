"""Settings of every process: `FRONTDESK_*` from the environment, read once at start and passed in pieces."""

import json
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from backbone.errors import ConfigurationInvalid

PREFIX = "FRONTDESK_"
_SIGNED_IN = re.compile(r"(\w+://)[^/@\s]+@")
"""A user and password inside a URL."""


class Settings(BaseSettings):
    """One flat list. Unknown `FRONTDESK_*` variables are refused by `load`, so that a typing error is not silent."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid")

    database_url: SecretStr = Field(description="postgresql:// URL; each process takes its own role by SET ROLE.")
    master_key: SecretStr = Field(description="32 bytes as hex: seals account secrets and the keys of the day.")
    public_url: str = Field(default="http://127.0.0.1:8080", description="What providers and browsers call us.")
    bus: Literal["postgres", "kafka"] = "postgres"
    kafka_bootstrap: str = ""
    kafka_prefix: str = Field(
        default="", description="Before every topic and group: for installations that share a cluster."
    )
    kafka_replication: int = 3
    kafka_min_in_sync: int = 2
    partitions: int = Field(default=12, ge=1, le=256)
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    metrics_port: int = Field(default=0, description="0 serves /metrics beside the API.")
    member: str = Field(default="local", description="A static name: the pod's.")
    channels: str = Field(default="", description="Comma list of the channels this gateway serves; empty is all.")
    blob_store: Literal["folder", "s3"] = "folder"
    blob_dir: Path = Path(".data/blobs")
    s3_endpoint: str = Field(default="", pattern=r"^(https?://[^/?#\s@]+/?)?$", description="Of the object store.")
    s3_bucket: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$")
    s3_region: str = Field(default="us-east-1", pattern=r"^[a-z0-9-]{1,40}$")
    s3_access_key: str = ""
    s3_secret_key: SecretStr = SecretStr("")
    spool_dir: Path | None = Field(default=None, description="A durable volume; None: no spool, 503 with the bus away.")
    spool_max_bytes: int = 1024 * 1024 * 1024
    log_level: str = "INFO"
    log_json: bool = True
    otlp_endpoint: str = ""
    demo: bool = False
    environment: Literal["local", "production"] = "local"
    event_retention: timedelta = timedelta(days=30)
    reopen_within: timedelta = timedelta(hours=72)
    away_after: timedelta = Field(
        default=timedelta(seconds=20),
        description="How long after an agent's last live connection closed they are away.",
    )
    stun_urls: str = Field(
        default="", description="Comma list of stun: URLs (RFC 7064) for calls between browsers; empty: none is needed."
    )
    turn_urls: str = Field(default="", description="Comma list of turn: and turns: URLs (RFC 7065) for such calls.")
    turn_secret: SecretStr = Field(
        default=SecretStr(""), description="What the TURN server shares with us, to make credentials of short life."
    )
    turn_lifetime: timedelta = Field(default=timedelta(hours=1), gt=timedelta(0), le=timedelta(days=1))
    livekit_url: str = Field(
        default="",
        pattern=r"^(wss?://[^/?#\s@]+/?)?$",
        description="Where browsers find a LiveKit server; empty: none.",
    )
    livekit_api_key: str = ""
    livekit_api_secret: SecretStr = SecretStr("")
    call_rings: timedelta = Field(
        default=timedelta(seconds=45),
        ge=timedelta(seconds=5),
        le=timedelta(minutes=5),
        description="How long a call between browsers rings before it counts as missed.",
    )
    allowed_origins: str = Field(
        default="", description="Comma list of exact origins for browsers; empty: same origin."
    )
    outbound_allow: str = Field(
        default="",
        description="Comma list of private hosts, addresses or networks that outgoing calls may reach, each on one :port or on all.",
    )


def load() -> Settings:
    """Reads the environment; raises `ConfigurationInvalid` that names every variable that is wrong or unknown."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise ConfigurationInvalid(f"unknown settings: {', '.join(unknown)}; known ones are {', '.join(sorted(known))}")
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(f"{PREFIX}{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        raise ConfigurationInvalid(problems) from None


def load_beside(data: Path = Path(".data")) -> Settings:
    """What `load` gives; where the environment names no database and `frontdesk up` runs with `data`, what it gave its processes.

    For commands that a person types beside a running installation. Raises as `load` does.
    """
    take_beside(data)
    return load()


def take_beside(data: Path) -> None:
    """Puts into the environment what `load_beside` reads."""
    if PREFIX + "DATABASE_URL" not in os.environ:
        os.environ.update(_given_by_up(data))


def _given_by_up(data: Path) -> dict[str, str]:
    """Nothing where it does not run, was another's, or where the system shows no environments of processes (not Linux)."""
    try:
        pid = int(json.loads((data / "pids.json").read_text(encoding="utf-8"))["http"])
        raw = Path(f"/proc/{pid}/environ").read_bytes()
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    pairs = (pair.partition("=") for pair in raw.decode("utf-8", "replace").split("\0"))
    return {name: value for name, _, value in pairs if name.startswith(PREFIX)}


def describe(settings: Settings) -> list[dict[str, str]]:
    """Every setting as text: name, value (secrets hidden) and source."""
    rows = []
    for name in Settings.model_fields:
        variable = PREFIX + name.upper()
        value = _SIGNED_IN.sub(r"\1**********@", str(getattr(settings, name)))
        rows.append(
            {"name": variable, "value": value, "source": "environment" if variable in os.environ else "default"}
        )
    return rows
