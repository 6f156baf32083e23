"""Gets the bytes of one file: by the codec's call or a plain link, in one or two steps, through the guarded client."""

import hashlib
import re
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from backbone.channel.port import AttemptSigner, HttpCall, ProviderReply, SealedMedia
from backbone.channel.sniff import settled_type
from backbone.errors import AnswerUnreadable, FrontdeskError, UrlRefused
from backbone.web.fetcher import Answer, Fetcher
from gateway.accounts import Served
from schemas.content import Media

DEADLINE = timedelta(seconds=60)
MOST_BYTES = 64 * 1024 * 1024
"""Of one file whatever its channel allows: it is held in memory until it is stored."""
DEFAULT_BYTES = 25 * 1024 * 1024
_HOPS = 3


@dataclass(frozen=True, slots=True)
class File:
    """What was fetched; `sha256` is hex."""

    data: bytes = field(repr=False)
    mime: str
    sha256: str


class NotFetched(Exception):
    """Why not. `final`: no later attempt will do better. `reason` is one of a few words, for people and metrics."""

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


async def fetch(
    media: Media, served: Served, fetcher: Fetcher, now: datetime, *, deadline: timedelta = DEADLINE
) -> File:
    """The file, checked against what was said of it: size, hash and kind. Raises `NotFetched` and nothing else.

    `now` is the moment that calls are signed with, on channels that sign each.
    """
    return await _checked(media, _answer(media, served, fetcher, now, most_bytes(served), deadline))


async def fetch_link(media: Media, fetcher: Fetcher, most: int, *, deadline: timedelta = DEADLINE) -> File:
    """The file behind the link of a message that goes out. No provider's credentials are shown, wherever it leads.

    Raises `NotFetched` and nothing else.
    """
    return await _checked(media, _get(HttpCall("GET", media.url or ""), fetcher, most, deadline))


def most_bytes(served: Served) -> int:
    """The largest file that is taken for a channel."""
    return min(served.channel.manifest.capabilities.media_max_bytes or DEFAULT_BYTES, MOST_BYTES)


async def _checked(media: Media, asked: Coroutine[Any, Any, Answer]) -> File:
    try:
        answer = await asked
    except NotFetched:
        raise
    except UrlRefused as error:
        raise NotFetched("url_refused", final=True) from error
    except AnswerUnreadable as error:
        raise NotFetched(error.reason, final=error.reason == "too_large") from error
    except FrontdeskError as error:
        raise NotFetched("unreachable", final=False) from error
    except Exception as error:
        raise NotFetched("codec_error", final=True) from error
    mime = settled_type(answer.body, media, answer.header("content-type"))
    if mime is None:
        raise NotFetched("wrong_type", final=True)
    digest = hashlib.sha256(answer.body).hexdigest()
    wanted = (media.sha256 or "").lower()
    if re.fullmatch(r"[0-9a-f]{64}", wanted) and wanted != digest:
        raise NotFetched("wrong_hash", final=False)
    return File(answer.body, mime, digest)


async def _answer(
    media: Media, served: Served, fetcher: Fetcher, now: datetime, most: int, deadline: timedelta
) -> Answer:
    codec: Any = served.channel.codec
    answer = await _sealed(media, served, fetcher, now, most, deadline)
    if not isinstance(codec, SealedMedia) or media.provider_ref is None:
        return answer
    data = codec.media_opened(media.provider_ref, answer.body)
    if data is None:
        raise NotFetched("sealed", final=True)
    return replace(answer, headers=(), body=data)


async def _sealed(
    media: Media, served: Served, fetcher: Fetcher, now: datetime, most: int, deadline: timedelta
) -> Answer:
    """The bytes as the provider has them."""
    ref = media.provider_ref or media.url
    if ref is None:
        raise NotFetched("no_source", final=True)
    codec: Any = served.channel.codec
    call = codec.media_call(ref, served.account)
    if call is None:
        if media.url is None:
            raise NotFetched("no_source", final=True)
        return await _get(HttpCall("GET", media.url), fetcher, most, deadline)
    if isinstance(codec, AttemptSigner):
        call = codec.sign_attempt(call, served.account, now)
    answer = await _get(call, fetcher, most, deadline)
    found = getattr(codec, "media_found", None)
    if found is None:
        return answer
    second = found(ref, ProviderReply(answer.status, answer.headers, answer.body), served.account)
    if second is not None:
        return await _get(second, fetcher, most, deadline)
    if "://" not in ref:
        # An id is answered by a place; without one the file is gone or not ours to read.
        raise NotFetched("not_found", final=True)
    return answer


async def _get(call: HttpCall, fetcher: Fetcher, most: int, deadline: timedelta) -> Answer:
    """Follows a few redirects, each checked as if it were asked for: files often lie on another host.

    Credentials stay with the first host, and a redirect never leads from https to http.
    """
    url, headers = call.url, call.headers
    for _ in range(_HOPS + 1):
        answer = await fetcher.call(call.method, url, headers=headers, body=call.body, deadline=deadline, most=most)
        place = answer.header("location")
        if answer.status not in {301, 302, 303, 307, 308} or place is None or call.method != "GET":
            return _judged(answer)
        target = urljoin(url, place)
        if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
            raise NotFetched("url_refused", final=True)
        if _origin(target) != _origin(url):
            # Any of them may be a credential.
            headers = ()
        url = target
    raise NotFetched("too_many_redirects", final=True)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _judged(answer: Answer) -> Answer:
    if 200 <= answer.status < 300:
        return answer
    if answer.status in {404, 410}:
        raise NotFetched("not_found", final=True)
    # A 401 or 403 may be a token on its way to be renewed.
    raise NotFetched(f"http_{answer.status}", final=False)
