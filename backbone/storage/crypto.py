"""Sealing at rest: account secrets under the master key, raw bodies under a key for each day that is destroyed later."""

import os
from collections import OrderedDict
from datetime import date

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backbone.errors import ConfigurationInvalid
from backbone.storage.database import Connection

_NONCE = 12


class MasterKey:
    """AES-256-GCM (NIST SP 800-38D) with a random nonce; `context` is authenticated, so that rows can't be swapped."""

    def __init__(self, hex_key: str) -> None:
        try:
            key = bytes.fromhex(hex_key)
        except ValueError:
            key = b""
        if len(key) != 32:
            raise ConfigurationInvalid("the master key must be 32 bytes written as 64 hex digits")
        self._key = key
        self._aead = AESGCM(key)

    def derive(self, purpose: str) -> AESGCM:
        """A key of its own for one purpose (HKDF-SHA256, RFC 5869): what it seals opens with this purpose only."""
        return AESGCM(self.derived(purpose))

    def derived(self, purpose: str) -> bytes:
        """The 32 bytes of that key, for what is no sealing."""
        return HKDF(hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(self._key)

    def seal(self, plain: bytes, context: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._aead.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Raises `ConfigurationInvalid` when the key is another one, or the bytes or their context were changed."""
        try:
            return self._aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())
        except InvalidTag as error:
            raise ConfigurationInvalid(f"{context}: sealed under another master key, or damaged") from error


class DayKeys:
    """The key of a day: made on first use, wrapped by the master key in `data_keys`, cached for a few days."""

    def __init__(self, master: MasterKey, most: int = 8) -> None:
        self._master = master
        self._most = most
        self._cache: OrderedDict[date, AESGCM] = OrderedDict()

    async def seal(self, connection: Connection, day: date, plain: bytes, context: str) -> bytes:
        aead = await self._key(connection, day)
        nonce = os.urandom(_NONCE)
        return nonce + aead.encrypt(nonce, plain, context.encode())

    async def open(self, connection: Connection, day: date, sealed: bytes, context: str) -> bytes:
        """Raises `ConfigurationInvalid` if the day's key was destroyed or the bytes were changed."""
        aead = await self._key(connection, day, make=False)
        try:
            return aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())
        except InvalidTag as error:
            raise ConfigurationInvalid(f"{context}: damaged") from error

    async def _key(self, connection: Connection, day: date, *, make: bool = True) -> AESGCM:
        if day in self._cache:
            return self._cache[day]
        context = f"day {day.isoformat()}"
        if make:
            fresh = self._master.seal(AESGCM.generate_key(256), context)
            await connection.execute(
                "INSERT INTO data_keys (day, wrapped) VALUES ($1, $2) ON CONFLICT DO NOTHING", day, fresh
            )
        wrapped = await connection.fetchval("SELECT wrapped FROM data_keys WHERE day = $1", day)
        if wrapped is None:
            raise ConfigurationInvalid(f"the key of {day} was destroyed: what it sealed can't be read any more")
        aead = AESGCM(self._master.open(wrapped, context))
        # A key made in this transaction is cached only once it is certain to be stored: on the next use.
        if not make:
            self._remember(day, aead)
        return aead

    def _remember(self, day: date, aead: AESGCM) -> None:
        self._cache[day] = aead
        while len(self._cache) > self._most:
            self._cache.popitem(last=False)
