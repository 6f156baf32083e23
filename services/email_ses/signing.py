"""Signature Version 4 of AWS for a call with a body (docs.aws.amazon.com, IAM user guide, "Create a signed request")."""

import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import urlsplit

from backbone.channel.port import HttpCall

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "ses"
EMPTY = hashlib.sha256(b"").hexdigest()
"""What S3 wants to hear of a call without a body."""
_OWN = {"authorization", "x-amz-date"}


def signed(
    call: HttpCall, *, access_key_id: str, secret: str, region: str, now: datetime, service: str = SERVICE
) -> HttpCall:
    """The call with the date and signature of `now` in place of older ones. Paths are escaped already and there is no query."""
    at = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    place = urlsplit(call.url)
    kept = [(name.lower(), value) for name, value in call.headers if name.lower() not in _OWN]
    fields = sorted([*kept, ("host", place.netloc), ("x-amz-date", at)])
    names = ";".join(name for name, _ in fields)
    lines = "".join(f"{name}:{value.strip()}\n" for name, value in fields)
    body = hashlib.sha256(call.body).hexdigest()
    request = f"{call.method}\n{place.path}\n{place.query}\n{lines}\n{names}\n{body}"
    scope = f"{at[:8]}/{region}/{service}/aws4_request"
    text = f"{ALGORITHM}\n{at}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for piece in (at[:8], region, service, "aws4_request"):
        key = hmac.new(key, piece.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    value = f"{ALGORITHM} Credential={access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return HttpCall(call.method, call.url, (*kept, ("x-amz-date", at), ("authorization", value)), call.body)
