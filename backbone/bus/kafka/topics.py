"""Topics of the cluster: made as specified, refused where they are weaker than asked."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError, for_code

from backbone.bus.kafka.closing import close_admin
from backbone.bus.kafka.connection import KafkaConnection
from backbone.bus.port import TopicSpec
from backbone.errors import ConfigurationInvalid, Unavailable

PATIENCE = 20.0
MIN_IN_SYNC = "min.insync.replicas"
EXISTS = "TopicAlreadyExistsError"
# Errors that another try may cure; all others of a creation are the cluster's settings.
PASSING = ("RequestTimedOutError", "NotControllerError", "LeaderNotAvailableError")


async def ensure_topics(connection: KafkaConnection, client_id: str, topics: Sequence[TopicSpec]) -> None:
    """As `Bus.ensure_topics`. Records are stamped by the broker, so that retention and `at` follow one clock."""
    admin = AIOKafkaAdminClient(**connection.options(client_id))
    try:
        async with asyncio.timeout(PATIENCE):
            await admin.start()
            await _create(admin, topics)
            await _check(admin, topics)
    except (KafkaError, TimeoutError, OSError) as error:
        raise Unavailable("Kafka's topics can't be made or read now") from error
    finally:
        await close_admin(admin)


async def _create(admin: Any, topics: Sequence[TopicSpec]) -> None:
    known = {topic["topic"] for topic in await admin.describe_topics() if topic["error_code"] == 0}
    missing = [spec for spec in topics if spec.name not in known]
    if not missing:
        return
    answer = await admin.create_topics([_new(spec) for spec in missing])
    for name, code, *rest in answer.topic_errors:
        kind = for_code(code).__name__
        if code == 0 or kind == EXISTS:
            continue
        if kind in PASSING:
            raise Unavailable(f"Kafka could not make the topic {name} now: {kind}")
        told = rest[0] if rest and rest[0] else kind
        raise ConfigurationInvalid(f"Kafka refuses to make the topic {name}: {told}")


def _new(spec: TopicSpec) -> NewTopic:
    return NewTopic(
        spec.name,
        spec.partitions,
        spec.replication,
        topic_configs={
            MIN_IN_SYNC: str(spec.min_in_sync),
            "retention.ms": str(int(spec.retention.total_seconds() * 1000)),
            "segment.ms": str(int(spec.segment.total_seconds() * 1000)),
            "message.timestamp.type": "LogAppendTime",
            "unclean.leader.election.enable": "false",
        },
    )


async def _check(admin: Any, topics: Sequence[TopicSpec]) -> None:
    names = [spec.name for spec in topics]
    described = {topic["topic"]: topic for topic in await _described(admin, names)}
    in_sync = await _in_sync(admin, names)
    for spec in topics:
        replicas = min((len(part["replicas"]) for part in described[spec.name]["partitions"]), default=0)
        if replicas < spec.replication or in_sync[spec.name] < spec.min_in_sync:
            raise ConfigurationInvalid(
                f"The topic {spec.name} has {replicas} replicas and {MIN_IN_SYNC}={in_sync[spec.name]}; "
                f"{spec.replication} and {spec.min_in_sync} are asked for: what a provider was told is safe would not be. "
                "Change the topic, or ask for less."
            )


async def _described(admin: Any, names: Sequence[str]) -> list[dict[str, Any]]:
    """Waits until a topic just made is known everywhere; the caller's deadline ends it."""
    while True:
        topics: list[dict[str, Any]] = await admin.describe_topics(list(names))
        if all(topic["error_code"] == 0 and topic["partitions"] for topic in topics):
            return topics
        await asyncio.sleep(0.1)


async def _in_sync(admin: Any, names: Sequence[str]) -> dict[str, int]:
    """As `_described`, which another broker may have answered: one that was just started knows a topic a little later."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, {MIN_IN_SYNC: ""}) for name in names]
    while True:
        found: dict[str, int] = {}
        for answer in await admin.describe_configs(asked):
            for code, message, _kind, name, entries in answer.resources:
                if code not in {0, UnknownTopicOrPartitionError.errno}:
                    raise for_code(code)(message)
                for entry in entries:
                    found[name] = int(entry[1])
        if found.keys() >= set(names):
            return found
        await asyncio.sleep(0.1)
