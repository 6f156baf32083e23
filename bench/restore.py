"""A rehearsal: base backup and archived WAL, the database dies, it is restored to a moment, and the bus refills the rest.

`python -m bench.restore --messages 3000` prints the recovery point (what the restored database lacked) and the recovery
times; exit code 1 if anything that was acknowledged is lost, doubled or out of order.
"""

import argparse
import asyncio
import shutil
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from backbone.storage.account import Account, account_for
from backbone.storage.embedded import EmbeddedPostgres, binaries
from backbone.storage.migrate import migrate
from tests.support.apart import run_apart
from tests.support.desk import rows
from tests.support.kafka import KafkaCluster, warm_up
from tests.support.load import account_of
from tests.support.ports import free_ports
from tests.support.servers import POSTGRES_SETTINGS, session_folder
from tests.support.stack import Stack
from tests.support.traffic import Traffic
from tests.support.verdict import Verdict, judge, until_routed

CHANNEL = "whatsapp"
CUSTOMERS = 40
RATE = 300
PATIENCE = 60.0


@dataclass(frozen=True)
class Outcome:
    """Messages: acknowledged in all, by the moment restored to, and in the database right after the restore. Seconds each."""

    acked: int
    at_moment: int
    restored: int
    database_seconds: float
    whole_seconds: float
    epochs: tuple[str, str]
    verdict: Verdict

    @property
    def passed(self) -> bool:
        told_apart = self.epochs[0] != self.epochs[1]
        return self.verdict.clean and self.restored == self.at_moment < self.acked and told_apart

    def __str__(self) -> str:
        return (
            f"recovery point: {self.restored} of {self.acked} messages restored ({self.at_moment} were there at the moment), "
            f"{self.acked - self.restored} refilled by the bus\n"
            f"recovery time: database {self.database_seconds:.1f} s, whole {self.whole_seconds:.1f} s\n"
            f"stream epoch: {self.epochs[0]} -> {self.epochs[1]}\n{self.verdict}"
        )


class Archive:
    """A base backup and the WAL since, in a folder beside the database's."""

    def __init__(self, folder: Path) -> None:
        self._base, self._wal = folder / "base", folder / "wal"
        self._account: Account = account_for(folder, binaries() / "postgres")
        for path in (self._base, self._wal):
            path.mkdir(mode=0o700)
            self._account.own(path)

    def settings(self) -> dict[str, str]:
        return {"archive_mode": "on", "archive_command": f"test ! -f {self._wal}/%f && cp %p {self._wal}/%f"}

    def back_up(self, server: EmbeddedPostgres) -> None:
        command = [str(binaries() / "pg_basebackup"), f"--dbname={server.url()}", f"--pgdata={self._base}"]
        done = self._account.run(
            [*command, "--wal-method=none", "--checkpoint=fast", "--no-password"], timeout=PATIENCE
        )
        if done.returncode:
            raise RuntimeError(done.stderr)

    def close_segment(self, server: EmbeddedPostgres) -> None:
        """Everything written so far is in the archive on return: as after `archive_timeout` in production."""
        (now,) = run_apart(rows(server.url(), "SELECT pg_walfile_name(pg_switch_wal()) AS name"))
        deadline = time.monotonic() + PATIENCE
        while not (self._wal / now["name"]).exists():
            if time.monotonic() > deadline:
                raise RuntimeError("the segment is not archived")
            time.sleep(0.05)

    def restore(self, lost: EmbeddedPostgres, folder: Path, moment: datetime) -> EmbeddedPostgres:
        """Starts a server on a copy of the base backup, at the lost one's address, as of `moment`; returns when it takes writes."""
        folder.mkdir(mode=0o711)
        shutil.copy(lost.data_folder / "password", folder / "password")
        cluster = folder / "cluster"
        self._account.run(["cp", "-a", str(self._base), str(cluster)], timeout=PATIENCE)
        if not cluster.exists():
            shutil.copytree(self._base, cluster)
            for path in (cluster, *cluster.rglob("*")):
                self._account.own(path)
        signal_file = cluster / "recovery.signal"
        signal_file.touch()
        self._account.own(signal_file)
        recovery = {
            "restore_command": f"cp {self._wal}/%f %p",
            "recovery_target_time": moment.isoformat(sep=" "),
            "recovery_target_action": "promote",
        }
        server = EmbeddedPostgres(folder, lost.port, settings={**POSTGRES_SETTINGS, **recovery})
        server.start()
        deadline = time.monotonic() + PATIENCE
        # It answers readers while it still reads the archive.
        while run_apart(rows(server.url(), "SELECT pg_is_in_recovery() AS still"))[0]["still"]:
            if time.monotonic() > deadline:
                raise RuntimeError("the restored database does not get to the moment")
            time.sleep(0.05)
        return server


class Drill:
    """The product over a database with an archive; Kafka outlives the database."""

    def __init__(self, folder: Path, kafka: str) -> None:
        folder.chmod(0o711)
        (folder / "archive").mkdir(mode=0o711)
        self.folder = folder
        self.archive = Archive(folder / "archive")
        settings = {**POSTGRES_SETTINGS, **self.archive.settings()}
        self.server = EmbeddedPostgres(folder / "primary", free_ports(1)[0], settings=settings)
        self.server.start()
        self.url = self.server.url()
        run_apart(migrate(self.url))
        self.stack = Stack(folder, self.url, kafka=kafka)
        self.stack.seed()
        account = account_of(CHANNEL, self.stack.account(CHANNEL), self.stack.demo["tenant_id"])
        self.account_id = account.id
        self.traffic = Traffic(CHANNEL, account, conversations=CUSTOMERS, seed=1, lines=16)
        self.traffic.rate = RATE

    def start(self) -> None:
        for name in ("router", "http"):
            self.stack.start(name)

    def stop(self) -> None:
        self.stack.stop()
        self.server.stop()

    async def run(self, messages: int) -> Outcome:
        await self._write(messages // 3)
        await asyncio.to_thread(self.archive.back_up, self.server)
        await self._write(messages // 3)
        at_moment = self.traffic.acked
        (clock,) = await rows(self.url, "SELECT clock_timestamp() AS at")
        await self._write(messages // 3)
        await asyncio.to_thread(self.archive.close_segment, self.server)
        before = await self._epoch()
        await asyncio.to_thread(self.stack.stop)
        await asyncio.to_thread(self.server.kill)
        began = time.monotonic()
        self.server = await asyncio.to_thread(self.archive.restore, self.server, self.folder / "restored", clock["at"])
        database = time.monotonic() - began
        (known,) = await rows(self.url, "SELECT count(*) AS many FROM messages WHERE direction = 'in'")
        await asyncio.to_thread(self.start)
        await until_routed(self.url, self.traffic.acked)
        whole = time.monotonic() - began
        verdict = await judge(self.url, self.account_id, self.traffic.ledger)
        epochs = (before, await self._epoch())
        return Outcome(self.traffic.acked, at_moment, int(known["many"]), database, whole, epochs, verdict)

    async def _write(self, many: int) -> None:
        """Customers write so many messages, and all of them arrive."""
        until = self.traffic.acked + many
        await self.traffic.run(lambda: self.traffic.acked >= until)
        await until_routed(self.url, self.traffic.acked)

    async def _epoch(self) -> str:
        (row,) = await rows(self.url, "SELECT stream_epoch() AS epoch")
        return str(row["epoch"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=3000)
    chosen = parser.parse_args()
    folder = session_folder() / "restore"
    folder.mkdir()
    kafka = KafkaCluster(parent=folder)
    drill: Drill | None = None
    try:
        kafka.start()
        run_apart(warm_up(kafka.bootstrap))
        drill = Drill(folder, kafka.bootstrap)
        drill.start()
        outcome = asyncio.run(drill.run(chosen.messages))
    finally:
        if drill is not None:
            drill.stop()
        kafka.stop()
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(f"{outcome}\n")
    return 0 if outcome.passed else 1


if __name__ == "__main__":
    sys.exit(main())
