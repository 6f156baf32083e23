"""Mails that a receipt rule put into S3: where they lie, and the notification as it would hold them itself."""

import json as stdlib_json
from base64 import b64encode
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from backbone.channel import json
from backbone.channel.mail.provider import text_bytes
from backbone.channel.mail.reports import short
from backbone.channel.port import Request
from backbone.channel.replies import child
from backbone.errors import PayloadInvalid
from services.email_ses import sns

_KEY_MAX = 1024


def place_of(body: bytes, buckets: Collection[str]) -> str | None:
    """Bucket and key as the path of a URL; None for what is no notification of a mail in one of `buckets`."""
    message = _received(body)
    action = child(child(message, "receipt"), "action")
    bucket, key = short(action.get("bucketName"), 63), action.get("objectKey")
    if message.get("content") or action.get("type") != "S3" or bucket not in buckets:
        return None
    if (
        not isinstance(key, str)
        or not 0 < len(key) <= _KEY_MAX
        or any(part in {"", ".", ".."} for part in key.split("/"))
    ):
        return None
    try:
        return f"{bucket}/{quote(key, safe='/-_.~')}"
    except UnicodeEncodeError:
        return None


def with_mail(request: Request, mail: bytes) -> Request:
    """The notification with the mail in it, as the action SNS would have sent it. Its signature was checked before."""
    message = _received(request.body)
    receipt = child(message, "receipt")
    whole = {
        **message,
        "receipt": {**receipt, "action": {**child(receipt, "action"), "encoding": "BASE64"}},
        "content": b64encode(mail).decode(),
    }
    envelope = {**sns.envelope(request.body), "Message": stdlib_json.dumps(whole)}
    return replace(request, body=stdlib_json.dumps(envelope).encode())


def _received(body: bytes) -> Mapping[str, Any]:
    """The message of a notification that a mail was received; empty for all else."""
    try:
        text = json.optional_text(sns.envelope(body).get("Message")) or ""
        found: Mapping[str, Any] = json.obj(json.loads(text_bytes(text)), "Message")
    except PayloadInvalid:
        return {}
    return found if found.get("notificationType") == "Received" else {}
