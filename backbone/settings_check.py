"""`frontdesk config check`: everything that is wrong with the settings at once, each with what to do. Connects to nothing."""

import difflib
import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from pydantic import ValidationError

from backbone.channel.registry import manifests
from backbone.errors import ConfigurationInvalid, FrontdeskError
from backbone.printed import Problem
from backbone.settings import PREFIX, Settings
from backbone.storage.crypto import MasterKey
from backbone.web.addresses import Guard

_WRITE = "set it to "
_LEAST_REPLICAS, _LEAST_IN_SYNC = 3, 2


def problems() -> list[Problem]:
    """Of the environment as it is. Values are never repeated: they may be secrets in the wrong place."""
    unknown = list(_unknown())
    try:
        # Unknown variables are told apart above; they don't hinder the others from being read.
        settings = Settings()
    except ValidationError as error:
        return unknown + [_invalid(fault["loc"], fault["msg"], fault["type"]) for fault in error.errors()]
    checks = (_master_key, _database, _bus, _production, _blobs, _browsers, _calls, _spool, _channels, _outbound)
    return unknown + [problem for check in checks for problem in check(settings)]


def _unknown() -> Iterator[Problem]:
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    for name in sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known):
        near = difflib.get_close_matches(name, known, 1)
        advice = f"did you mean {near[0]}?" if near else "remove it; `frontdesk config show` lists those there are"
        yield Problem(name, "there is no such setting", advice)


def _invalid(place: tuple[int | str, ...], message: str, kind: str) -> Problem:
    field = str(place[0])
    described = Settings.model_fields[field].description or ""
    detail = "is needed" if kind == "missing" else message
    return Problem(PREFIX + field.upper(), detail, described)


def _name(field: str) -> str:
    return PREFIX + field.upper()


def _master_key(settings: Settings) -> Iterator[Problem]:
    try:
        MasterKey(settings.master_key.get_secret_value())
    except ConfigurationInvalid as error:
        yield Problem(
            _name("master_key"),
            error.detail,
            "make one with `openssl rand -hex 32`, and keep it: it opens what it sealed",
        )


def _database(settings: Settings) -> Iterator[Problem]:
    parts = urlsplit(settings.database_url.get_secret_value())
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        yield Problem(
            _name("database_url"), "names no PostgreSQL database", _WRITE + "postgresql://USER:PASSWORD@HOST:5432/NAME"
        )


def _bus(settings: Settings) -> Iterator[Problem]:
    if settings.bus == "kafka" and not settings.kafka_bootstrap:
        yield Problem(
            _name("kafka_bootstrap"), "the bus is kafka, and no broker is named", _WRITE + "HOST:9092,HOST:9092"
        )
    if settings.bus != "kafka" and settings.kafka_bootstrap:
        yield Problem(_name("bus"), "brokers are named, and the bus is not kafka", _WRITE + "kafka, or name no brokers")


def _production(settings: Settings) -> Iterator[Problem]:
    if settings.environment != "production":
        return
    if not settings.public_url.startswith("https://"):
        yield Problem(
            _name("public_url"), "providers call no plain HTTP in production", "give the https address of the gateway"
        )
    if settings.demo:
        yield Problem(_name("demo"), "a demo believes simulated providers", "set it to false in production")
    few = settings.kafka_replication < _LEAST_REPLICAS or settings.kafka_min_in_sync < _LEAST_IN_SYNC
    if settings.bus == "kafka" and few:
        yield Problem(
            _name("kafka_replication"),
            "an acknowledged message would die with a broker",
            "at least 3 replicas and 2 in sync",
        )


def _blobs(settings: Settings) -> Iterator[Problem]:
    needed = ("s3_endpoint", "s3_bucket", "s3_access_key", "s3_secret_key")
    given = [name for name in needed if _filled(settings, name)]
    if settings.blob_store == "s3":
        for name in needed:
            if name not in given:
                yield Problem(
                    _name(name), "is needed, since FRONTDESK_BLOB_STORE is s3", "see the object store's page for it"
                )
    elif given:
        yield Problem(_name("blob_store"), "an object store is named, and folders are used", _WRITE + "s3")


def _filled(settings: Settings, field: str) -> bool:
    value = getattr(settings, field)
    return bool(value.get_secret_value() if hasattr(value, "get_secret_value") else value)


def _browsers(settings: Settings) -> Iterator[Problem]:
    for origin in _listed(settings.allowed_origins):
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/") or "*" in origin:
            yield Problem(
                _name("allowed_origins"),
                "an entry is no exact origin",
                "write https://shop.example, without a path or *",
            )
            return


def _calls(settings: Settings) -> Iterator[Problem]:
    if settings.turn_urls and not _filled(settings, "turn_secret"):
        yield Problem(
            _name("turn_secret"), "a TURN server is named without its secret", "coturn calls it static-auth-secret"
        )
    needed = ("livekit_url", "livekit_api_key", "livekit_api_secret")
    given = [name for name in needed if _filled(settings, name)]
    if given and len(given) < len(needed):
        for name in needed:
            if name not in given:
                yield Problem(_name(name), "LiveKit needs its URL, key and secret together", "give all three or none")


def _spool(settings: Settings) -> Iterator[Problem]:
    folder = settings.spool_dir
    if folder is None:
        return
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        yield Problem(
            _name("spool_dir"), "can't be written by this user", "mount a durable volume there, owned by this user"
        )


def _channels(settings: Settings) -> Iterator[Problem]:
    for name in _listed(settings.channels):
        if name not in manifests():
            near = difflib.get_close_matches(name, manifests(), 1)
            yield Problem(
                _name("channels"), "names a channel that there isn't", f"did you mean {near[0]}?" if near else ""
            )


def _outbound(settings: Settings) -> Iterator[Problem]:
    try:
        Guard(settings.outbound_allow)
    except (FrontdeskError, ValueError):
        yield Problem(
            _name("outbound_allow"), "an entry is no host, address or network", "write 10.0.0.0/8, or host:port"
        )


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
