"""The HMAC-SHA1 signature over a URL and its sorted form fields that Twilio's webhooks carry."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import SplitResult, urlsplit

from backbone.channel import form
from backbone.errors import PayloadInvalid

_DEFAULT_PORTS = {"https": 443, "http": 80}


def sign(secret: str, url: str, fields: Iterable[tuple[bytes, bytes]]) -> str:
    """Base64 of HMAC-SHA1 over the URL followed by name and value of each field, sorted by name, without separators.

    A name with several values contributes its distinct values in order, as Twilio's Python and Node helpers do.
    Source: twilio.com/docs/usage/security, request_validator.py.
    """
    text = url.encode("utf-8", "surrogatepass") + b"".join(name + value for name, value in sorted(set(fields)))
    return _hmac(secret, text)


def _hmac(secret: str, text: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha1).digest()).decode("ascii")


def matches(
    secrets: Sequence[str], signature: str, url: str, body: bytes, *, is_form: bool, override: str = ""
) -> bool:
    """Whether one of the secrets made `signature` for this URL and body. Raises nothing, whatever the bytes.

    The URL is tried as it is, with and without its port, and with the fragment of a connection override, because the
    sender's helpers do the same. A body that is not a form is covered by `bodySHA256` in the URL; without it, only an
    empty one passes.
    """
    fields: tuple[tuple[bytes, bytes], ...] = ()
    if is_form:
        try:
            fields = form.pairs(body)
        except PayloadInvalid:
            return False
    elif body and not _body_hash_matches(url, body):
        return False
    given = signature.encode("utf-8", "surrogatepass")
    found = False
    for candidate in _spellings(url, override):
        for secret in secrets:
            for expected in _signatures(secret, candidate, fields):
                found |= hmac.compare_digest(expected.encode("ascii"), given)
    return found


def _signatures(secret: str, url: str, fields: tuple[tuple[bytes, bytes], ...]) -> Iterator[str]:
    yield sign(secret, url, fields)
    if len({name for name, _ in fields}) < len(fields):
        # Helpers differ on doubled names: the other reading keeps every value in the order it came.
        ordered = b"".join(name + value for name, value in sorted(fields, key=lambda pair: pair[0]))
        yield _hmac(secret, url.encode("utf-8", "surrogatepass") + ordered)


def _body_hash_matches(url: str, body: bytes) -> bool:
    try:
        claimed = form.loads(_split(url).query.encode("utf-8", "surrogatepass")).get("bodySHA256") or ""
    except (PayloadInvalid, ValueError):
        return False
    return hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), claimed.lower().encode("utf-8"))


def _spellings(url: str, override: str) -> Iterator[str]:
    yield url
    try:
        parts = _split(url)
        port = parts.port
    except ValueError:
        return
    host = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc
    other = host if port is not None else f"{host}:{_DEFAULT_PORTS.get(parts.scheme, 80)}"
    swapped = url.replace(parts.netloc, other, 1)
    yield swapped
    if override:
        yield f"{url}#{override}"
        yield f"{swapped}#{override}"


def _split(url: str) -> SplitResult:
    return urlsplit(url, allow_fragments=False)
