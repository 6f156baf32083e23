"""Bare pipelines: what the transport alone costs, with the same hops as the product and neither checks nor a database.

`front` takes a POST, puts the body on the bus and answers; what comes back on a second topic goes to the sockets of its
key. `middle` carries each record from the first topic to the second. `direct` writes the body to the sockets at once,
without a bus. On Kafka this is plain aiokafka; the log in PostgreSQL has no other client than ours.
"""

import argparse
import asyncio
import gc
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from starlette.types import Receive, Scope, Send

from backbone.bus.port import Message, TopicSpec
from backbone.bus.postgres import PostgresBus
from backbone.clock import SystemClock
from backbone.web.serve import http_server

PARTITIONS = 12
IN, OUT = "bench.pipeline.in", "bench.pipeline.out"
Record = tuple[bytes, bytes]
Handle = Callable[[Sequence[Record]], Awaitable[None]]


class KafkaHops:
    """Records of (key, value), by the client library as its documentation says."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._producer: Any = None

    async def start(self) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap, acks="all", enable_idempotence=True, linger_ms=0
        )
        await self._producer.start()

    async def send(self, topic: str, key: bytes, value: bytes) -> None:
        await self._producer.send_and_wait(topic, value, key=key, partition=zlib.crc32(key) % PARTITIONS)

    async def consume(self, topic: str, handle: Handle) -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, fetch_min_bytes=1)
        await consumer.start()
        consumer.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])
        await consumer.seek_to_end()
        while True:
            found = await consumer.getmany(timeout_ms=500)
            records = [(record.key, record.value) for batch in found.values() for record in batch]
            if records:
                await handle(records)


class LogHops:
    """The same over the log in PostgreSQL."""

    def __init__(self, url: str, member: str) -> None:
        self._bus = PostgresBus(url, clock=SystemClock(), member=member)

    async def start(self) -> None:
        await self._bus.start()
        await self._bus.ensure_topics([TopicSpec(name, partitions=PARTITIONS) for name in (IN, OUT)])

    async def send(self, topic: str, key: bytes, value: bytes) -> None:
        await self._bus.publish(Message(topic, key, value))

    async def consume(self, topic: str, handle: Handle) -> None:
        records: AsyncIterator[Any] = self._bus.tail([topic])
        async for record in records:
            await handle([(record.key, record.value)])


Hops = KafkaHops | LogHops


class Front:
    """POST /<anything>/<key> and WebSocket /<key>."""

    def __init__(self, hops: Hops | None) -> None:
        self._hops = hops
        self._sockets: dict[bytes, set[Send]] = defaultdict(set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = scope["path"].rpartition("/")[2].encode()
        if scope["type"] == "websocket":
            await self._serve_socket(key, receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if self._hops is None:
            await self.push([(key, body)])
        else:
            await self._hops.send(IN, key, body)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def push(self, records: Sequence[Record]) -> None:
        for key, value in records:
            for send in self._sockets[key]:
                await send({"type": "websocket.send", "text": value.decode()})

    async def _serve_socket(self, key: bytes, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "frontdesk.v1+json"})
        await send({"type": "websocket.send", "text": "{}"})
        self._sockets[key].add(send)
        while (await receive())["type"] != "websocket.disconnect":
            pass
        self._sockets[key].discard(send)


async def serve(arguments: argparse.Namespace, hops: Hops | None) -> None:
    front = Front(hops)
    tasks = [] if hops is None else [asyncio.create_task(hops.consume(OUT, front.push))]
    server = http_server(
        front, host="127.0.0.1", port=arguments.port, loop="uvloop", http="httptools", ws="websockets-sansio",
        lifespan="off", access_log=False, ws_per_message_deflate=False,
    )  # fmt: skip
    await asyncio.gather(server.run_until_stopped(), *tasks)


async def carry(hops: Hops) -> None:
    async def on(records: Sequence[Record]) -> None:
        await asyncio.gather(*(hops.send(OUT, key, value) for key, value in records))

    await hops.consume(IN, on)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("front", "middle", "direct"))
    parser.add_argument("--bus", choices=("kafka", "postgres"), default="kafka")
    parser.add_argument("--address", default="")
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    hops: Hops | None = None
    if arguments.part != "direct":
        kafka = arguments.bus == "kafka"
        hops = KafkaHops(arguments.address) if kafka else LogHops(arguments.address, arguments.part)
        await hops.start()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    if arguments.part == "middle":
        assert hops is not None
        await carry(hops)
    else:
        await serve(arguments, hops)


if __name__ == "__main__":
    uvloop.run(main())
