"""What only Kafka has: replicas, settings of topics, records the cluster refuses, brokers that fail over."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.structs import TopicPartition as KafkaPartition

from backbone.bus.accumulator import Limits
from backbone.bus.kafka import KafkaBus
from backbone.bus.port import Message, TopicPartition, TopicSpec
from backbone.clock import SystemClock
from backbone.errors import ConfigurationInvalid, Unavailable
from tests.support.buses import Rig, by_key, messages, number
from tests.support.kafka import KafkaCluster, warm_up
from tests.support.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("bus-kafka")]


@pytest.fixture
async def rig(kafka_bootstrap: str) -> AsyncIterator[Rig]:
    rig = Rig("kafka", kafka_bootstrap)
    yield rig
    await rig.close()


@pytest.fixture
async def admin(kafka_bootstrap: str) -> AsyncIterator[Any]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    yield admin
    await admin.close()


async def test_topics_are_made_with_their_settings(rig: Rig, admin: Any) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus, partitions=3)
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic, None)]
    (answer,) = await admin.describe_configs(asked)
    found = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    assert found["retention.ms"] == str(6 * 24 * 3600 * 1000)
    assert found["segment.ms"] == str(12 * 3600 * 1000)
    assert found["message.timestamp.type"] == "LogAppendTime"
    assert found["unclean.leader.election.enable"] == "false"
    (described,) = await admin.describe_topics([topic])
    assert len(described["partitions"]) == 3


async def test_more_replicas_than_brokers_are_refused(rig: Rig) -> None:
    bus = await rig.bus()
    with pytest.raises(ConfigurationInvalid, match="refuses to make"):
        await bus.ensure_topics([TopicSpec("test.three-replicas", replication=3)])


@pytest.mark.parametrize(("replication", "min_in_sync"), [(2, 1), (1, 2)])
async def test_an_existing_topic_weaker_than_asked_is_refused(rig: Rig, replication: int, min_in_sync: int) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus)
    with pytest.raises(ConfigurationInvalid, match="1 replicas"):
        await bus.ensure_topics([TopicSpec(topic, replication=replication, min_in_sync=min_in_sync)])


async def test_after_a_record_the_cluster_refuses_the_line_goes_on(rig: Rig, admin: Any) -> None:
    bus = await rig.bus()
    await admin.create_topics([NewTopic("test.small", 2, 1, topic_configs={"max.message.bytes": "2000"})])
    await bus.publish_many(messages("test.small", 10))
    with pytest.raises(Unavailable):
        await bus.publish(Message("test.small", b"key-0", b"." * 10_000))
    await bus.publish_many(messages("test.small", 20)[10:])
    member = await rig.member(bus, "test.small", "one")
    assert sorted(number(record) for record in await member.read(20)) == list(range(20))


async def test_a_position_older_than_what_is_kept_goes_on_with_the_oldest(rig: Rig, admin: Any) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus, partitions=1)
    await bus.publish_many(messages(topic, 10))
    await admin.delete_records({KafkaPartition(topic, 0): RecordsToDelete(before_offset=6)})
    member = await rig.member(bus, topic, "one", positions={TopicPartition(topic, 0): 2})
    assert [number(record) for record in await member.read(4)] == [6, 7, 8, 9]


async def test_records_deleted_under_a_reader_are_jumped_over(rig: Rig, admin: Any) -> None:
    bus = await rig.bus()
    topic = await rig.topic(bus, partitions=1)
    await bus.publish_many(messages(topic, 10))
    member = await rig.member(bus, topic, "one")
    await member.read(10)
    await bus.publish_many(messages(topic, 20)[10:])
    await admin.delete_records({KafkaPartition(topic, 0): RecordsToDelete(before_offset=15)})
    await member.consumer.seek(TopicPartition(topic, 0), 3)
    await until(lambda: _last_is(member, 19))
    assert [number(record) for record in member.records[10:]][-5:] == [15, 16, 17, 18, 19]


async def _last_is(member: Any, wanted: int) -> bool:
    await member.poll()
    return number(member.records[-1]) == wanted


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    folder: Path = tmp_path_factory.mktemp("cluster")
    cluster = KafkaCluster(3, parent=folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.mark.chaos
@pytest.mark.timeout(180)
async def test_with_three_brokers_one_killed_after_another_nothing_acknowledged_is_lost(cluster: KafkaCluster) -> None:
    await warm_up(cluster.bootstrap)
    limits = Limits(deadline=timedelta(seconds=20))
    bus = KafkaBus(cluster.bootstrap, clock=SystemClock(), client_id="one", limits=limits)
    await bus.start()
    topic = "test.failover"
    await bus.ensure_topics([TopicSpec(topic, partitions=4, replication=3, min_in_sync=2)])
    acknowledged: dict[bytes, list[int]] = {b"caller-%d" % n: [] for n in range(8)}
    stop = asyncio.Event()

    async def caller(key: bytes) -> None:
        while not stop.is_set():
            n = len(acknowledged[key])
            try:
                await bus.publish(Message(topic, key, b"%d" % n))
            except Unavailable:
                continue
            acknowledged[key].append(n)

    def total() -> int:
        return sum(map(len, acknowledged.values()))

    callers = [asyncio.create_task(caller(key)) for key in acknowledged]
    for broker in cluster.brokers:
        before = total()
        await until(lambda before=before: total() > before + 200)  # type: ignore[misc]
        await asyncio.to_thread(broker.kill)
        before = total()
        await until(lambda before=before: total() > before + 200, within=60)  # type: ignore[misc]
        await asyncio.to_thread(broker.start)
        await asyncio.to_thread(broker.wait)
    stop.set()
    await asyncio.gather(*callers)
    rig = Rig("kafka", cluster.bootstrap)
    member = await rig.member(bus, topic, "reader")
    await until(lambda: _holds(member, acknowledged), within=60)
    for key, numbers in by_key(member.records).items():
        assert list(dict.fromkeys(numbers)) == sorted(set(numbers)), key
    await rig.close()
    await bus.stop()


async def _holds(member: Any, acknowledged: dict[bytes, list[int]]) -> bool:
    await member.poll()
    found = by_key(member.records)
    return all(set(numbers) <= set(found.get(key, ())) for key, numbers in acknowledged.items())
