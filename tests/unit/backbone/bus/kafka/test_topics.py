"""Topics are looked at through whichever broker answers: one may know a new topic later than another."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import TopicAuthorizationFailedError

from backbone.bus.kafka.topics import MIN_IN_SYNC, _check
from backbone.bus.port import TopicSpec
from backbone.errors import ConfigurationInvalid

SPEC = TopicSpec("orders", partitions=1, replication=3, min_in_sync=2)


class Admin:
    """Answers what a cluster of three says of the topic; `codes` are those of the configuration, one a question."""

    def __init__(self, *codes: int, in_sync: int = 2) -> None:
        self._codes = list(codes)
        self._in_sync = in_sync

    async def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        return [{"topic": name, "error_code": 0, "partitions": [{"replicas": [1, 2, 3]}]} for name in names]

    async def describe_configs(self, asked: list[Any]) -> list[Any]:
        code = self._codes.pop(0)
        entries = [] if code else [(MIN_IN_SYNC, str(self._in_sync))]
        return [SimpleNamespace(resources=[(code, "told", 2, one.name, entries) for one in asked])]

    @property
    def left(self) -> int:
        return len(self._codes)


async def test_a_broker_that_does_not_know_the_topic_yet_is_asked_again() -> None:
    admin = Admin(3, 3, 0)
    await _check(admin, [SPEC])
    assert admin.left == 0


async def test_what_is_weaker_than_asked_is_refused() -> None:
    with pytest.raises(ConfigurationInvalid, match=r"min\.insync\.replicas=1"):
        await _check(Admin(0, in_sync=1), [SPEC])


async def test_another_error_is_not_waited_for() -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        await _check(Admin(29), [SPEC])
