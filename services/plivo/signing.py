"""Plivo's signatures, the second and the third version, as its Python library makes them."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import urlsplit

from pydantic import SecretStr

from backbone.channel import form
from backbone.channel.port import Request
from backbone.channel.signature import same
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing

HEADERS = {
    "v3": ("x-plivo-signature-v3", "x-plivo-signature-v3-nonce"),
    "v2": ("x-plivo-signature-v2", "x-plivo-signature-v2-nonce"),
}
_SIGNATURES_MAX = 10


def sign(secret: SecretStr, version: str, request: Request, nonce: str) -> str:
    """Base64 of HMAC-SHA256. Raises `PayloadInvalid` for a form with too many fields, `ValueError` for a URL that is none.

    v3: the URL with its query sorted, the fields sorted and joined without separators, and the nonce, with dots between;
    v2: the URL without its query, and the nonce behind it.
    """
    parts = urlsplit(request.url)
    bare = f"{parts.scheme}://{parts.netloc}{parts.path}".encode("utf-8", "surrogatepass")
    text = bare + _given(nonce) if version == "v2" else _text(bare, parts.query, request) + b"." + _given(nonce)
    digest = hmac.new(secret.get_secret_value().encode(), text, hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


def _text(bare: bytes, query: str, request: Request) -> bytes:
    asked = b"&".join(name + b"=" + value for name, value in sorted(form.pairs(_given(query))))
    fields = b"".join(name + value for name, value in sorted(form.pairs(request.body)))
    if request.method == "GET":
        return bare + (b"?" + asked if asked else b"")
    # The library puts a question mark behind a URL without a query too, where fields follow.
    return bare + (b"?" + asked if asked or fields else b"") + (b"." if asked and fields else b"") + fields


def _given(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def check(request: Request, secrets: Sequence[SecretStr], version: str) -> None:
    """One of the signatures in the header, which has one for each token, was made with one of the secrets.

    Raises `SignatureMissing` or `SignatureInvalid`.
    """
    header, nonce_header = HEADERS[version]
    given, nonce = request.header(header), request.header(nonce_header)
    if given is None or not nonce:
        raise SignatureMissing
    if request.method == "GET" and request.body:
        raise SignatureInvalid("a GET has no body that a signature could cover")
    try:
        expected = [sign(secret, version, request, nonce) for secret in secrets if secret.get_secret_value()]
    except (PayloadInvalid, ValueError) as error:
        raise SignatureInvalid from error
    candidates = given.split(",")[:_SIGNATURES_MAX]
    matches = [same(ours, theirs.strip(" ")) for ours in expected for theirs in candidates]
    if not any(matches):
        raise SignatureInvalid
