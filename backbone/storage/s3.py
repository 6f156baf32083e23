"""The blob store on anything that speaks S3: requests signed by AWS Signature Version 4 over the guarded client.

Path-style addresses, which every implementation understands. Source: the Amazon S3 API reference, "Authenticating
requests (AWS Signature Version 4)".
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import quote, urlsplit

from pydantic import SecretStr

from backbone.clock import Clock
from backbone.errors import AnswerUnreadable, NotFound, Retriable, Unavailable
from backbone.storage.blobs import BLOB_KEY
from backbone.telemetry.logs import get_logger
from backbone.web.addresses import Guard
from backbone.web.fetcher import Answer, Fetcher

DEADLINE = timedelta(seconds=30)
MOST_BYTES = 128 * 1024 * 1024
"""Of one blob when it is read: more than anything that is stored."""
TRIES = 2
"""Reading and writing once are safe to repeat: a blob's key is used for these bytes only."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class S3Place:
    """Where blobs go: an endpoint without a path, a bucket, and a key pair that may read, write and delete there."""

    endpoint: str
    bucket: str
    region: str
    access_key: str
    secret_key: SecretStr = field(repr=False)

    def url(self, key: str) -> str:
        return f"{self.endpoint.rstrip('/')}/{quote(self.bucket, safe='')}/{quote(key, safe='/')}"


class Calling(Protocol):
    """Of the guarded client, what a blob store needs."""

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: tuple[tuple[str, str], ...],
        body: bytes,
        deadline: timedelta,
        most: int,
    ) -> Answer: ...


def signed_headers(
    place: S3Place, method: str, url: str, body: bytes, now: datetime, more: Mapping[str, str] | None = None
) -> tuple[tuple[str, str], ...]:
    """The headers to send, `authorization` among them; `host` is signed and left to the client. `url` has no query."""
    parts = urlsplit(url)
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    digest = hashlib.sha256(body).hexdigest()
    given = {key.lower(): value.strip() for key, value in (more or {}).items()}
    given |= {"x-amz-content-sha256": digest, "x-amz-date": stamp}
    signed = dict(sorted({**given, "host": _host(url)}.items()))
    names = ";".join(signed)
    lines = "".join(f"{key}:{value}\n" for key, value in signed.items())
    canonical = f"{method}\n{parts.path}\n\n{lines}\n{names}\n{digest}"
    scope = f"{day}/{place.region}/s3/aws4_request"
    told = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{place.secret_key.get_secret_value()}".encode()
    for step in (day, place.region, "s3", "aws4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    signature = hmac.digest(key, told.encode(), "sha256").hex()
    credential = f"AWS4-HMAC-SHA256 Credential={place.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return (*given.items(), ("authorization", credential))


def _host(url: str) -> str:
    """As the client writes it: without the port that its scheme has anyway."""
    parts = urlsplit(url)
    return parts.netloc.removesuffix(":443" if parts.scheme == "https" else ":80")


class S3Blobs:
    """Blobs as objects. A 2xx of a PUT means stored; what the wire changed is refused there, since the hash is signed."""

    def __init__(self, place: S3Place, calling: Calling, clock: Clock) -> None:
        self._place = place
        self._calling = calling
        self._clock = clock

    async def put(self, tenant_id: str, data: bytes) -> str:
        """Raises `Unavailable`."""
        name = secrets.token_hex(16)
        key = f"{tenant_id}/{name[:2]}/{name}"
        answer = await self._ask("PUT", key, data)
        if not 200 <= answer.status < 300:
            raise self._refused("PUT", answer)
        return key

    async def get(self, key: str) -> bytes:
        """Raises `NotFound`, or `Unavailable`."""
        answer = await self._ask("GET", key)
        if answer.status == 404:
            raise NotFound("no such blob")
        if answer.status != 200:
            raise self._refused("GET", answer)
        return answer.body

    async def delete(self, key: str) -> None:
        """What is not there is deleted already. Raises `Unavailable`."""
        answer = await self._ask("DELETE", key)
        if answer.status not in {200, 202, 204, 404}:
            raise self._refused("DELETE", answer)

    async def _ask(self, method: str, key: str, body: bytes = b"") -> Answer:
        """Tries again once where the store was away. Raises `NotFound` for what can be no key, and `Unavailable`."""
        if not BLOB_KEY.match(key):
            raise NotFound("no such blob")
        url = self._place.url(key)
        for last in (*(False,) * (TRIES - 1), True):
            headers = signed_headers(self._place, method, url, body, self._clock.now())
            try:
                answer = await self._calling.call(
                    method, url, headers=headers, body=body, deadline=DEADLINE, most=MOST_BYTES
                )
            except AnswerUnreadable as error:
                raise Unavailable("the blob store's answer can't be read") from error
            except Retriable as error:
                if last:
                    raise Unavailable("the blob store is away") from error
                continue
            if answer.status < 500 or last:
                return answer
        raise AssertionError("unreachable")

    def _refused(self, method: str, answer: Answer) -> Unavailable:
        log.error("blob store refused", method=method, status=answer.status)
        return Unavailable(f"the blob store answered {answer.status}")


def s3_fetcher(place: S3Place) -> Fetcher:
    """A client that may reach the endpoint, wherever it is: an operator has named it. Stop it at the end."""
    parts = urlsplit(place.endpoint)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return Fetcher(Guard(f"{host}:{port}", ports=frozenset({port})))
