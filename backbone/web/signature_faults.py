"""Why a webhook's signature does not verify, in plain words: the mistakes that people make, tried one after another.

For those who integrate, never for the door itself: it says more than a stranger may learn.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from backbone.web.signatures import PREFIX, SECONDS, SIGNATURES_MOST, TOLERANCE, well_formed

FaultCode = Literal[
    "header_missing",
    "secret_malformed",
    "timestamp_malformed",
    "timestamp_in_milliseconds",
    "timestamp_stale",
    "version_missing",
    "version_unknown",
    "secret_not_decoded",
    "hex_instead_of_base64",
    "only_body_signed",
    "id_not_signed",
    "body_changed",
    "no_match",
]


@dataclass(frozen=True, slots=True)
class Signed:
    """A webhook as it was received, with the secret it should be signed by."""

    secret: str = field(repr=False)
    webhook_id: str | None
    timestamp: str | None
    signature: str | None
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and what to do."""

    code: FaultCode
    detail: str


def faults(signed: Signed, now: datetime) -> Sequence[Fault]:
    """Everything found wrong, the first to mend first; empty where the signature verifies at `now`."""
    found = [*_missing(signed), *_malformed(signed)]
    if found:
        return found
    stale = list(_stale(signed, now))
    if _is_signed(signed, _key(signed.secret), signed.body):
        return stale
    return [*_versions(signed), *(_mistakes(signed) or [_NO_MATCH]), *stale]


_NO_MATCH = Fault(
    "no_match",
    "None of the usual mistakes: it was made with another secret, or over other bytes than these. "
    "Compare the secret of this endpoint, and sign and check the raw body before anything parses it.",
)


def _missing(signed: Signed) -> Iterator[Fault]:
    given = {
        "webhook-id": signed.webhook_id,
        "webhook-timestamp": signed.timestamp,
        "webhook-signature": signed.signature,
    }
    for name, value in given.items():
        if not value:
            yield Fault("header_missing", f"The header {name} is missing or empty.")


def _malformed(signed: Signed) -> Iterator[Fault]:
    if not well_formed(signed.secret):
        yield Fault("secret_malformed", f"A secret is {PREFIX} and the base64 of 24 to 64 bytes; this one is not.")
    timestamp = signed.timestamp or ""
    if timestamp and SECONDS.fullmatch(timestamp) is None:
        if len(timestamp) == 13 and timestamp.isascii() and timestamp.isdigit():
            yield Fault("timestamp_in_milliseconds", "webhook-timestamp counts milliseconds; it must count seconds.")
        else:
            yield Fault("timestamp_malformed", "webhook-timestamp must be a whole number of seconds since 1970.")


def _stale(signed: Signed, now: datetime) -> Iterator[Fault]:
    off = now - datetime.fromtimestamp(int(signed.timestamp or "0"), UTC)
    if abs(off) > TOLERANCE:
        way = "old" if off.total_seconds() > 0 else "in the future"
        seconds = int(abs(off.total_seconds()))
        yield Fault(
            "timestamp_stale",
            f"webhook-timestamp is {seconds} s {way}; {int(TOLERANCE.total_seconds())} s are allowed. "
            "Sign each attempt anew, and set the clock by NTP.",
        )


def _given(signed: Signed) -> list[str]:
    return (signed.signature or "").split(" ")[:SIGNATURES_MOST]


def _versions(signed: Signed) -> Iterator[Fault]:
    given = _given(signed)
    if any(item.startswith("v1,") for item in given):
        return
    if any("," in item for item in given):
        yield Fault("version_unknown", "No signature of version v1 is there; v1a (Ed25519) and others are passed over.")
    else:
        yield Fault("version_missing", "A signature is written `v1,` and base64; the version is missing.")


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(errors="surrogatepass"), hashlib.sha256).digest()


def _is_mac(signed: Signed, wanted: bytes) -> bool:
    """Whether any of the signatures is this code in base64, whatever its version says."""
    text = base64.b64encode(wanted)
    return any(hmac.compare_digest(text, item.rpartition(",")[2].encode(errors="replace")) for item in _given(signed))


def _is_signed(signed: Signed, key: bytes, body: str) -> bool:
    text = base64.b64encode(_mac(key, f"{signed.webhook_id}.{signed.timestamp}.{body}"))
    return any(hmac.compare_digest(b"v1," + text, item.encode(errors="replace")) for item in _given(signed))


def _mistakes(signed: Signed) -> list[Fault]:
    key, content = _key(signed.secret), f"{signed.webhook_id}.{signed.timestamp}.{signed.body}"
    raw_keys = (signed.secret.encode(), signed.secret.removeprefix(PREFIX).encode())
    found: list[Fault] = []
    if any(_is_mac(signed, _mac(raw, content)) for raw in raw_keys):
        found.append(Fault("secret_not_decoded", "Take whsec_ off the secret and decode the rest as base64 first."))
    if _is_hex(signed, _mac(key, content)):
        found.append(Fault("hex_instead_of_base64", "The code is right, but written in hex: write it in base64."))
    if _is_mac(signed, _mac(key, signed.body)):
        found.append(Fault("only_body_signed", "Only the body was signed: sign `id.timestamp.body`."))
    if _is_mac(signed, _mac(key, f"{signed.timestamp}.{signed.body}")):
        found.append(Fault("id_not_signed", "`timestamp.body` was signed: sign `id.timestamp.body`."))
    if any(_is_signed(signed, key, other) for other in _rewritten(signed.body)):
        found.append(
            Fault("body_changed", "Another writing of the same body was signed: use the raw bytes, not parsed JSON.")
        )
    return found


def _is_hex(signed: Signed, wanted: bytes) -> bool:
    text = binascii.hexlify(wanted)
    return any(
        hmac.compare_digest(text, item.rpartition(",")[2].lower().encode(errors="replace")) for item in _given(signed)
    )


def _rewritten(body: str) -> Iterator[str]:
    """The body as other programs would write it again."""
    for other in (body.strip(), body + "\n", body.replace("\n", "\r\n")):
        if other != body:
            yield other
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return
    for separators in ((",", ":"), (", ", ": ")):
        for ascii_only in (True, False):
            for sort in (False, True):
                yield json.dumps(value, separators=separators, ensure_ascii=ascii_only, sort_keys=sort)
    yield json.dumps(value, indent=2, ensure_ascii=False)
