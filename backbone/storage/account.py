"""The account that PostgreSQL runs under: our own, or an unprivileged one where we are root (PostgreSQL refuses root)."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from backbone.errors import ConfigurationInvalid

# The first that exists is taken; none is created.
UNPRIVILEGED = ("frontdesk", "postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """`entry` is None for our own account. `wrapper` is what goes in front of a command in place of a plain switch."""

    entry: pwd.struct_passwd | None
    wrapper: tuple[str, ...] = ()

    def own(self, path: Path) -> None:
        if self.entry is not None:
            os.chown(path, self.entry.pw_uid, self.entry.pw_gid)

    def run(self, command: list[str], *, timeout: float) -> subprocess.CompletedProcess[str]:
        """To its end, output captured. Raises `subprocess.TimeoutExpired`."""
        uid, gid, groups = self._switch()
        return subprocess.run(
            [*self.wrapper, *command],
            user=uid,
            group=gid,
            extra_groups=groups,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def start(self, command: list[str], output: IO[bytes]) -> subprocess.Popen[bytes]:
        """In a session of its own, so that Ctrl+C in our terminal reaches only us."""
        uid, gid, groups = self._switch()
        return subprocess.Popen(
            [*self.wrapper, *command],
            user=uid,
            group=gid,
            extra_groups=groups,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _switch(self) -> tuple[int | None, int | None, list[int] | None]:
        if self.entry is None or self.wrapper:
            return None, None, None
        return self.entry.pw_uid, self.entry.pw_gid, []


def account_for(folder: Path, program: Path) -> Account:
    """Who runs `program` with its data in `folder`. Raises `ConfigurationInvalid` where nobody can.

    A checkout in root's home can't be reached by another account. Instead of opening that home to everyone, the account
    then keeps one capability (reach any file), which still is less than root.
    """
    if os.geteuid() != 0:
        return Account(None)
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    name = next((name for name in UNPRIVILEGED if name in known), None)
    if name is None:
        raise ConfigurationInvalid("PostgreSQL does not run as root: start Frontdesk as another user.")
    entry = known[name]
    plain = Account(entry)
    if _open_to_all(folder) and _runs(plain, program):
        return plain
    setpriv = shutil.which("setpriv")
    if setpriv is not None:
        switch = (setpriv, f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups")
        keep = ("--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override", "--")
        keeping = Account(entry, (*switch, *keep))
        if _runs(keeping, program):
            return keeping
    raise ConfigurationInvalid(
        f"PostgreSQL does not run as root, and the user {name} can't reach {folder} and {program.parent}: "
        "start Frontdesk as another user, or move both out of root's home."
    )


def _open_to_all(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))


def _runs(account: Account, program: Path) -> bool:
    try:
        return account.run([str(program), "--version"], timeout=30).returncode == 0
    except PermissionError:
        return False
