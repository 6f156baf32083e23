"""Finds the channels by walking the `services` folder; there is no central list."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import cast

from backbone.channel.manifest import Manifest, load_manifest
from backbone.channel.port import Codec, Session, Simulator
from backbone.errors import ConfigurationInvalid

PACKAGE = "services"


def services_folder() -> Path:
    """Where the channels live, in a checkout and in the installed wheel alike."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationInvalid("the package `services` is not installed")
    return Path(next(iter(spec.submodule_search_locations)))


@cache
def manifests() -> Mapping[str, Manifest]:
    """Every channel's manifest by name, without importing any channel."""
    found = sorted(path.parent for path in services_folder().glob("*/manifest.toml"))
    return MappingProxyType({folder.name: load_manifest(folder) for folder in found})


@dataclass(frozen=True, slots=True)
class Channel:
    manifest: Manifest
    codec: Codec
    folder: Path

    @property
    def session(self) -> Session | None:
        """The poll or socket of this channel, where its folder has a `session.py`."""
        if find_spec(f"{PACKAGE}.{self.manifest.name}.session") is None:
            return None
        return cast("Session", import_module(f"{PACKAGE}.{self.manifest.name}.session").session)

    @property
    def simulator(self) -> Simulator:
        return cast("Simulator", import_module(f"{PACKAGE}.{self.manifest.name}.simulator").simulator)


@cache
def channel(name: str) -> Channel:
    """The channel of that name; raises `ConfigurationInvalid` if there is none or its codec can't be loaded.

    Reads no other channel's folder, so that one broken channel stops itself only.
    """
    folder = services_folder() / name
    if not (folder / "manifest.toml").is_file():
        there = ", ".join(sorted(path.parent.name for path in services_folder().glob("*/manifest.toml")))
        raise ConfigurationInvalid(f"no channel {name!r}; there are: {there}")
    manifest = load_manifest(folder)
    module = import_module(f"{PACKAGE}.{name}.codec")
    codec = getattr(module, "codec", None)
    if codec is None:
        raise ConfigurationInvalid(f"services/{name}/codec.py must define `codec`")
    return Channel(manifest, cast("Codec", codec), folder)


def channels() -> Mapping[str, Channel]:
    """All channels, loaded."""
    return MappingProxyType({name: channel(name) for name in manifests()})
