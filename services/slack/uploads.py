"""Brings files to a channel: a place for each, its bytes to that place, then all of them shown (docs.slack.dev, files)."""

import json as stdlib_json
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from backbone.channel import form, json
from backbone.channel.hosts import is_below
from backbone.channel.port import Account, Final, HttpCall, ProviderReply
from backbone.channel.replies import json_object
from backbone.channel.uploads import LoadedFile, Refused, UploadStep, refusal, unavailable
from services.slack import replies
from services.slack.place import authorization
from services.slack.settings import SlackSettings

SHOW = "files.completeUploadExternal"
_TITLE_MAX = 250


def upload_step(
    call: HttpCall, files: Sequence[LoadedFile | None], answers: Sequence[ProviderReply], account: Account
) -> UploadStep | Refused:
    """Two steps a file; the last step shows all of them in one message."""
    missing = unavailable(files)
    if missing is not None:
        return missing
    waiting = deque(answers)
    shown = []
    for file in files:
        found = _brought(file, waiting, account) if file else ""
        if not isinstance(found, str):
            return found
        shown.append({"id": found, "title": (file.media.caption or file.name if file else "")[:_TITLE_MAX]})
    body = {**json.obj(json.loads(call.body), "the call"), "files": shown}
    payload = stdlib_json.dumps(body, separators=(",", ":")).encode()
    return UploadStep(replace(call, body=payload, files=()), last=True)


def _brought(file: LoadedFile, waiting: deque[ProviderReply], account: Account) -> str | UploadStep | Refused:
    """The id of a file once Slack has it; else the next step for it, or the refusal that came of one."""
    settings: SlackSettings = account.settings
    if not waiting:
        asked = form.dumps([("filename", file.name), ("length", str(len(file.data)))])
        url = f"{settings.api_base.rstrip('/')}/files.getUploadURLExternal"
        return UploadStep(HttpCall("POST", url, (authorization(account), ("content-type", form.MEDIA_TYPE)), asked))
    place = waiting.popleft()
    told = json_object(place)
    identity, target = json.optional_text(told.get("file_id")), json.optional_text(told.get("upload_url"))
    if told.get("ok") is not True or not identity or not target:
        return refusal(replies.outcome_of(place), "upload_url")
    if not _is_slacks(target, settings):
        return Final("upload_url_refused", "the place for the file is on no host of Slack's")
    if not waiting:
        return UploadStep(HttpCall("POST", target, (("content-type", "application/octet-stream"),), file.data))
    taken = waiting.popleft()
    return identity if taken.status == 200 else refusal(replies.outcome_of(taken), "upload")


def _is_slacks(url: str, settings: SlackSettings) -> bool:
    """The place is a file host, or where the Web API itself stands. The file goes there, and no token."""
    try:
        place, api = urlsplit(url), urlsplit(settings.api_base)
    except ValueError:
        return False
    return is_below(url, settings.file_hosts) or (place.scheme, place.netloc) == (api.scheme, api.netloc)


def show(place: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Method and body of the call that shows files where a message would be posted; a person is named in another field."""
    channel = str(place["channel"])
    body = {"channels" if channel.startswith(("U", "W")) else "channel_id": channel, "files": []}
    return SHOW, body | ({"thread_ts": place["thread_ts"]} if "thread_ts" in place else {})
