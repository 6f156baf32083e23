"""Kafka's jars: fetched once by jgo into the project's `.cache`, each checked against the digest recorded beside this file."""

import fcntl
import functools
import hashlib
from pathlib import Path

from jgo.maven import MavenContext

KAFKA = "org.apache.kafka:kafka_2.13:4.1.0"
ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "jars"
DIGESTS = Path(__file__).with_name("kafka-jars.sha256")


@functools.cache
def kafka_class_path() -> str:
    """The class path of a Kafka broker; the first call on a machine downloads 43 MB."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        expected = {name: digest for digest, name in (line.split() for line in DIGESTS.read_text().splitlines())}
        if not (found := _verified(expected)):
            _download(expected)
            found = _verified(expected)
        if not found:
            raise RuntimeError(f"Kafka's jars in {CACHE} don't match {DIGESTS.name}: remove the folder and try again")
    return ":".join(str(path) for path in found)


def _verified(expected: dict[str, str]) -> list[Path]:
    paths = {path.name: path for path in CACHE.rglob("*.jar") if path.name in expected}
    for name, path in list(paths.items()):
        if _digest(path) != expected[name]:
            # A download that was cut off: jgo would take it for whole.
            path.unlink()
            del paths[name]
    return [paths[name] for name in sorted(expected)] if len(paths) == len(expected) else []


def _download(expected: dict[str, str]) -> None:
    context = MavenContext(repo_cache=CACHE, timeout=60)
    roots, rest = context.resolver.resolve([context.create_dependency(KAFKA)])
    for dependency in (*roots, *rest):
        if dependency.artifact.filename in expected:
            dependency.artifact.resolve()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
