"""Seals and opens messages as WeChat's safe mode does, and signs what it signs.

AES-256-CBC (FIPS 197) with the key's first half as the initial vector, PKCS#7 padding to 32 bytes (RFC 5652 §6.3), over 16
random bytes, the length, the message and the app's id. Source: WeChat's and WeCom's pages on message encryption.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from backbone.channel.signature import same

_SEALED = re.compile(rb"<Encrypt>\s{0,8}(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s{0,8}</Encrypt>")

BLOCK = 32
_RANDOM = 16
_LENGTH = 4


def sealed_in(body: bytes) -> str | None:
    """The sealed message that a body holds; None where it holds none.

    What is checked and what is read are found in this one way. The rest of the body is not signed, and so not read.
    """
    found = _SEALED.search(body)
    return found[1].decode("ascii") if found else None


def sha1_of(*parts: str) -> str:
    """SHA-1 in hex of the parts in order of their characters, joined: what WeChat calls a signature."""
    joined = "".join(sorted(parts)).encode("utf-8", "surrogatepass")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def seal(message: bytes, key: bytes, app_id: str, random: bytes) -> str:
    """A sealed message in base64; `random` is 16 bytes."""
    plain = random + len(message).to_bytes(_LENGTH, "big") + message + app_id.encode()
    padding = BLOCK - len(plain) % BLOCK
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()).decode("ascii")


def unseal(sealed: str, keys: Iterable[bytes], app_id: str) -> bytes | None:
    """The message, by whichever key opens it for this app; None where none does."""
    try:
        cipher = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError):
        return None
    if not cipher or len(cipher) % 16:
        return None
    return next((found for key in keys if key and (found := _opened(cipher, key, app_id)) is not None), None)


def _opened(cipher: bytes, key: bytes, app_id: str) -> bytes | None:
    decryptor = Cipher(AES(key), CBC(key[:16])).decryptor()
    plain = decryptor.update(cipher) + decryptor.finalize()
    padding = plain[-1]
    if not 1 <= padding <= BLOCK or len(plain) < _RANDOM + _LENGTH + padding:
        return None
    content = plain[_RANDOM:-padding]
    length = int.from_bytes(content[:_LENGTH], "big")
    message, owner = content[_LENGTH : _LENGTH + length], content[_LENGTH + length :]
    return message if len(message) == length and same(app_id, owner.decode("utf-8", "replace")) else None
