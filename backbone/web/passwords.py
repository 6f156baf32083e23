"""Passwords: hashed by Argon2id (RFC 9106), a few at a time and off the event loop, since each takes time and memory."""

import asyncio
import secrets
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from backbone.errors import InputInvalid, Overloaded

T = TypeVar("T")

LENGTH_LEAST = 12
LENGTH_MOST = 256
_AT_ONCE = 2
_WAITING_MOST = 64
# OWASP's first recommendation for Argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def make_password() -> str:
    """A fresh one of 96 random bits, for demos and resets."""
    return "-".join(secrets.token_hex(2) for _ in range(6))


def hash_password(password: str) -> str:
    """Takes tens of milliseconds and 19 MiB: `Passwords.hash` does it off the event loop."""
    return _HASHER.hash(password)


def check_password(password: str, *, pointer: str, names: tuple[str, ...] = ()) -> None:
    """Raises `InputInvalid` for one that anybody would try: too short, one letter over and over, or the owner's own name.

    Length and not mixture (NIST SP 800-63B §5.1.1.2).
    """
    low = password.lower()
    told = "must not be your name or address, or one character repeated"
    if len(password) < LENGTH_LEAST or len(password) > LENGTH_MOST:
        raise InputInvalid(pointers={pointer: f"must have {LENGTH_LEAST} to {LENGTH_MOST} characters"})
    if len(set(low)) < 4 or any(low == name.lower() for name in names):
        raise InputInvalid(pointers={pointer: told})


class Passwords:
    """Hashes and checks, two at a time in a process. More than 64 that wait raise `Overloaded`, so that a flood of wrong
    guesses takes neither all memory nor all processors.
    """

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._decoy = hash_password(secrets.token_hex(16))

    async def hash(self, password: str) -> str:
        return await self._off_loop(hash_password, password)

    async def matches(self, known: str | None, password: str) -> bool:
        """False also for an account that does not exist (`known` is None), after the same work: nobody learns which are."""
        right = await self._off_loop(_verify, known or self._decoy, password)
        return right and known is not None

    async def _off_loop(self, work: Callable[..., T], *given: str) -> T:
        if self._waiting >= _WAITING_MOST:
            raise Overloaded("Too many logins at once: try again.")
        self._waiting += 1
        try:
            async with self._room:
                return await asyncio.to_thread(work, *given)
        finally:
            self._waiting -= 1


def _verify(known: str, password: str) -> bool:
    try:
        return _HASHER.verify(known, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
