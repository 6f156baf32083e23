"""Attachments: where they lie, and how they are opened.

Apple keeps each one encrypted by AES-256 in counter mode with a key of its own (NIST SP 800-38A §6.5), the counter from
zero. The message holds the key, the place and a signature; `preDownload` changes these for a link. Source: Apple's pages on
Messages for Business, "Receiving attachments", by general knowledge.
"""

import base64
import binascii
import re
from urllib.parse import parse_qs, urlencode

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from backbone.channel import json
from backbone.channel.batch import Element

_SCHEME = "sealed:"
_KEY = re.compile(r"00([0-9A-Fa-f]{64})")
_FIELD_MAX = 2000
_FIELDS = ("url", "owner", "signature", "key")


def reference(attachment: Element) -> str | None:
    """What `preDownload` must be told, and the key, as one text; None where something of it is missing or odd."""
    found = {name: json.optional_text(attachment.get(name)) or "" for name in ("url", "owner", "key")}
    found["signature"] = _hex_of(json.optional_text(attachment.get("signature-base64")) or "")
    if not all(
        value and value.isascii() and value.isprintable() and len(value) <= _FIELD_MAX for value in found.values()
    ):
        return None
    return f"{_SCHEME}{urlencode(found)}" if _KEY.fullmatch(found["key"]) else None


def asked(ref: str) -> tuple[tuple[str, str], ...] | None:
    """The headers that name the attachment to `preDownload`; None for what is no such reference."""
    fields = _read(ref)
    return tuple((name, fields[name]) for name in _FIELDS if name != "key") if fields else None


def opened(ref: str, data: bytes) -> bytes | None:
    """The file; None where the reference holds no key. Nothing proves that the key fits: a wrong one gives noise."""
    fields = _read(ref)
    key = _KEY.fullmatch(fields["key"]) if fields else None
    if key is None:
        return None
    decryptor = Cipher(AES(bytes.fromhex(key[1])), CTR(bytes(16))).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _read(ref: str) -> dict[str, str] | None:
    if not ref.startswith(_SCHEME) or len(ref) > 4 * _FIELD_MAX:
        return None
    try:
        found = parse_qs(ref.removeprefix(_SCHEME), max_num_fields=len(_FIELDS))
    except ValueError:
        return None
    fields = {name: found[name][0] for name in _FIELDS if len(found.get(name, ())) == 1}
    plain = all(value.isascii() and value.isprintable() for value in fields.values())
    return fields if len(fields) == len(_FIELDS) and plain else None


def _hex_of(signature: str) -> str:
    try:
        return base64.b64decode(signature, validate=True).hex().upper()
    except (binascii.Error, ValueError):
        return ""
