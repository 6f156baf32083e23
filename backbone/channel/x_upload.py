"""Brings files to X before the message or post that shows them (docs.x.com, "Upload media": initialize, append, finalize).

Pure. Where films take time X says when to ask again, which is a step like the others.
"""

import json as stdlib_json
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal
from urllib.parse import urlencode

from backbone.channel import json, x_api
from backbone.channel.port import Account, Final, HttpCall, ProviderReply
from backbone.channel.replies import child, json_object
from backbone.channel.uploads import LoadedFile, Refused, UploadStep, multipart, refusal, unavailable
from backbone.channel.x_api import XSettings
from schemas.content import Media, MediaKind

SEGMENT_BYTES = 4 * 1024 * 1024
"""X takes up to 5 MB of a file at a time."""
IMAGE_BYTES, GIF_BYTES = 5 * 1024 * 1024, 15 * 1024 * 1024
IMAGES = frozenset({"image/jpeg", "image/png", "image/webp"})
GIF, FILM = "image/gif", "video/mp4"
KINDS = frozenset({MediaKind.IMAGE, MediaKind.VIDEO})

Use = Literal["dm", "tweet"]


def carried(media: Sequence[Media]) -> list[Media]:
    """The media that X may take: pictures and films with a link, unless their type is said to be another."""
    types = IMAGES | {GIF, FILM}
    return [item for item in media if item.kind in KINDS and item.url and (item.mime is None or item.mime in types)]


def upload_step(
    call: HttpCall,
    files: Sequence[LoadedFile | None],
    replies: Sequence[ProviderReply],
    account: Account,
    settings: XSettings,
    use: Use,
) -> UploadStep | Refused:
    """The next step to bring the files one after the other, and in the end the call with their ids."""
    missing = unavailable(files)
    if missing is not None:
        return missing
    waiting, ids = deque(replies), []
    for file in files:
        found = _brought(file, waiting, account, settings, use) if file else ""
        if not isinstance(found, str):
            return found
        ids.append(found)
    said = json.obj(json.loads(call.body), "the call")
    shown = {"attachments": [{"media_id": one} for one in ids]} if use == "dm" else {"media": {"media_ids": ids}}
    body = stdlib_json.dumps({**said, **shown}, separators=(",", ":")).encode()
    return UploadStep(replace(call, body=body, files=()), last=True)


def _brought(
    file: LoadedFile, waiting: deque[ProviderReply], account: Account, settings: XSettings, use: Use
) -> str | UploadStep | Refused:
    """The id of a file once X has it; else the next step for it, or the refusal that came of one."""
    refused = _category(file, use)
    if not isinstance(refused, str):
        return refused
    if not waiting:
        said = {"media_type": file.mime, "total_bytes": len(file.data), "media_category": refused}
        return UploadStep(x_api.call(account, settings, "POST", "media/upload/initialize", said))
    begun = waiting.popleft()
    identity = json.optional_text(child(json_object(begun), "data").get("id")) if begun.status < 300 else None
    if not identity or not identity.isdigit():
        return refusal(x_api.outcome_of(begun), "media_id")
    for number, start in enumerate(range(0, len(file.data), SEGMENT_BYTES)):
        if not waiting:
            return UploadStep(_append(account, settings, identity, number, file.data[start : start + SEGMENT_BYTES]))
        reply = waiting.popleft()
        if not 200 <= reply.status < 300:
            return refusal(x_api.outcome_of(reply), "append")
    if not waiting:
        return UploadStep(x_api.call(account, settings, "POST", f"media/upload/{identity}/finalize"))
    return _processed(identity, waiting, account, settings)


def _processed(
    identity: str, waiting: deque[ProviderReply], account: Account, settings: XSettings
) -> str | UploadStep | Refused:
    told = waiting.popleft()
    while True:
        if not 200 <= told.status < 300:
            return refusal(x_api.outcome_of(told), "finalize")
        info = child(child(json_object(told), "data"), "processing_info")
        state = json.optional_text(info.get("state"))
        if state in {None, "succeeded"}:
            return identity
        if state == "failed":
            return Final("media_failed", "X could not read the file")
        if not waiting:
            told_seconds = info.get("check_after_secs")
            seconds = told_seconds if isinstance(told_seconds, int) and 0 < told_seconds < 600 else 1
            query = urlencode({"command": "STATUS", "media_id": identity})
            asked = x_api.call(account, settings, "GET", f"media/upload?{query}")
            return UploadStep(asked, after=timedelta(seconds=seconds))
        told = waiting.popleft()


def _category(file: LoadedFile, use: Use) -> str | Final:
    """What X calls the file's use; `Final` for a type or size that it takes from nobody."""
    size = len(file.data)
    if file.mime in IMAGES and 0 < size <= IMAGE_BYTES:
        return f"{use}_image"
    if file.mime == GIF and 0 < size <= GIF_BYTES:
        return f"{use}_gif"
    if file.mime == FILM and size:
        return f"{use}_video"
    return Final("file_not_supported", f"X takes no {file.mime} of {size} bytes")


def _append(account: Account, settings: XSettings, identity: str, number: int, data: bytes) -> HttpCall:
    plain = x_api.call(account, settings, "POST", f"media/upload/{identity}/append")
    kind, body = multipart([("segment_index", str(number))], [("media", "segment", "application/octet-stream", data)])
    return replace(plain, headers=(*plain.headers, kind), body=body)


def simulated_upload(call: HttpCall, number: int) -> ProviderReply:
    """What X answers to a step, for its simulators: a film is ready when it is asked after."""
    headers = (("content-type", "application/json"),)
    path, _, query = call.url.partition("/2/media/upload")[2].partition("?")
    if path.endswith("/append"):
        return ProviderReply(204)
    if path.endswith("/finalize"):
        info = {"state": "pending", "check_after_secs": 1}
        return ProviderReply(
            200, headers, stdlib_json.dumps({"data": {"id": path.split("/")[1], "processing_info": info}}).encode()
        )
    identity = query.partition("media_id=")[2] or str(1_700_000_000_000_000_000 + number)
    info = {"state": "succeeded", "progress_percent": 100}
    told = {"id": identity, "processing_info": info} if query else {"id": identity, "expires_after_secs": 86_400}
    return ProviderReply(200, headers, stdlib_json.dumps({"data": told}).encode())
