"""What was removed from where, signed: Ed25519 (RFC 8032) under a key that only the holder of the master key has."""

import base64
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backbone.storage.crypto import MasterKey

_PURPOSE = "certificates of removal"


class Signer:
    """Signs and checks certificates. Others check with the public key that a certificate names and you publish."""

    def __init__(self, master_key: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(MasterKey(master_key).derived(_PURPOSE))

    @property
    def public(self) -> str:
        return base64.b64encode(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    def sign(self, claim: dict[str, Any]) -> dict[str, Any]:
        signature = base64.b64encode(self._key.sign(_canonical(claim))).decode()
        return {"claim": claim, "algorithm": "Ed25519", "public_key": self.public, "signature": signature}

    def holds(self, certificate: dict[str, Any]) -> bool:
        """Whether this installation signed exactly this."""
        return certificate.get("public_key") == self.public and is_signed(certificate)


def is_signed(certificate: dict[str, Any]) -> bool:
    """Whether the named public key signed it; whose key that is must be known from elsewhere."""
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(certificate["public_key"]))
        public.verify(base64.b64decode(certificate["signature"]), _canonical(certificate["claim"]))
    except (InvalidSignature, ValueError, KeyError, TypeError):
        return False
    return True


def _canonical(claim: Any) -> bytes:
    return json.dumps(claim, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
