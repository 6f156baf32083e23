"""An asynchronous streaming standby of an embedded PostgreSQL: copied, left behind, and promoted in its primary's place."""

import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from backbone.storage.account import account_for
from backbone.storage.embedded import EmbeddedPostgres, binaries
from tests.support.apart import run_apart
from tests.support.desk import rows
from tests.support.ports import free_ports

PATIENCE = 60.0


class Standby(EmbeddedPostgres):
    """A server on a copy of the primary's data. `start` follows it, `take_over` goes on without it, at its address."""

    def __init__(self, primary: EmbeddedPostgres, data_folder: Path, *, settings: Mapping[str, str]) -> None:
        super().__init__(data_folder, free_ports(1)[0], settings=settings)
        self._primary = primary

    def copy(self) -> None:
        """A base backup of the running primary, set up to stream from it."""
        self._make_folder()
        account = account_for(self.data_folder, binaries() / "postgres")
        shutil.copy(self._primary.data_folder / "password", self.data_folder / "password")
        self._cluster.mkdir(mode=0o700)
        account.own(self._cluster)
        command = [str(binaries() / "pg_basebackup"), f"--dbname={self._primary.url()}", f"--pgdata={self._cluster}"]
        command += ["--wal-method=stream", "--checkpoint=fast", "--write-recovery-conf", "--no-password"]
        done = account.run(command, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr

    def catch_up(self) -> None:
        """Returns once everything the primary has written is replayed here."""
        (head,) = run_apart(rows(self._primary.url(), "SELECT pg_current_wal_flush_lsn()::text AS lsn"))
        query = "SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn AS done"
        deadline = time.monotonic() + PATIENCE
        while not run_apart(rows(self.url(), query, head["lsn"]))[0]["done"]:
            assert time.monotonic() < deadline, "the standby does not catch up"
            time.sleep(0.05)

    def take_its_place(self) -> None:
        """Starts at the dead primary's address, still as a standby: it answers, and refuses to write."""
        self.port = self._primary.port
        self._settings = {**self._settings, "primary_conninfo": ""}
        self.start()

    def promote(self) -> None:
        (answer,) = run_apart(rows(self.url(), "SELECT pg_promote(true, 60) AS done"))
        assert answer["done"], "the standby was not promoted"

    def _ready(self) -> bool:
        try:
            lines = (self._cluster / "postmaster.pid").read_text().split("\n")
        except OSError:
            return False
        return len(lines) > 7 and lines[0].strip() == str(self.pid) and lines[7].strip() in {"ready", "standby"}


def replicates_to(primary: EmbeddedPostgres) -> int:
    """How many standbys stream from it, none of which a commit waits for."""
    found = run_apart(rows(primary.url(), "SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'"))
    assert all(row["sync_state"] == "async" for row in found)
    return len(found)
