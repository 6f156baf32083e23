"""A small S3 on loopback: path-style objects in memory, whose requests must be signed right."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.loopback import answer, serving

ACCESS, SECRET, REGION, BUCKET = "AKIDEXAMPLE", "a secret key of the test store", "eu-central-1", "frontdesk-test"


@dataclass
class FakeS3:
    """`fail` answers that status so many times before anything else happens."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    fail: list[int] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def handle(self, request: bytes) -> bytes:
        head, _, body = request.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self.requests.append(f"{method} {path}")
        if self.fail:
            return answer(b"<Error/>", self.fail.pop(0))
        if not _signed(method, path, headers, body):
            return answer(b"<Error><Code>SignatureDoesNotMatch</Code></Error>", 403)
        if method == "PUT":
            self.objects[path] = body
            return answer()
        if method == "DELETE":
            self.objects.pop(path, None)
            return answer(b"", 204)
        return answer(self.objects[path]) if path in self.objects else answer(b"<Error/>", 404)


def _signed(method: str, path: str, headers: dict[str, str], body: bytes) -> bool:
    """Recomputes the signature from the request alone, as a server does."""
    fields = dict(part.strip().split("=", 1) for part in headers["authorization"].partition(" ")[2].split(","))
    access, day, region, service, end = fields["Credential"].split("/")
    digest = hashlib.sha256(body).hexdigest()
    names = fields["SignedHeaders"]
    lines = "".join(f"{name}:{headers[name]}\n" for name in names.split(";"))
    canonical = f"{method}\n{path}\n\n{lines}\n{names}\n{digest}"
    stamp, scope = headers["x-amz-date"], f"{day}/{region}/{service}/{end}"
    told = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"AWS4" + SECRET.encode()
    for step in (day, region, service, end):
        key = hmac.digest(key, step.encode(), "sha256")
    wanted = hmac.digest(key, told.encode(), "sha256").hex()
    return (
        access == ACCESS
        and (region, service, end) == (REGION, "s3", "aws4_request")
        and headers["x-amz-content-sha256"] == digest
        and {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names.split(";"))
        and hmac.compare_digest(fields["Signature"], wanted)
    )


@asynccontextmanager
async def fake_s3() -> AsyncIterator[FakeS3]:
    store = FakeS3()

    async def script(request: bytes, writer: Any) -> None:
        writer.write(store.handle(request))

    async with serving(script) as server:
        store.url = server.url.rstrip("/")
        yield store
