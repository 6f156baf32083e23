"""Pictures, films and places in X's messages and posts, and the links in a text that stand for them."""

from typing import Any
from urllib.parse import urlsplit

from backbone.channel import json
from backbone.channel.batch import Element
from backbone.channel.port import Account, HttpCall
from backbone.channel.replies import child
from backbone.channel.x_api import XSettings
from backbone.errors import PayloadInvalid
from schemas.content import Location, Media, MediaKind

MEDIA_MAX = 20
GUARDED_HOSTS = frozenset({"ton.twitter.com", "ton.x.com"})
"""Where files of direct messages stand, which only their readers may fetch."""
_KINDS = {"photo": MediaKind.IMAGE, "video": MediaKind.VIDEO, "animated_gif": MediaKind.VIDEO}


def media_of(entries: Any) -> tuple[Media, ...]:
    """The media of an `extended_entities.media` list or of an attachment; entries without a link are passed over."""
    found = (
        [_one(entry) for entry in entries[:MEDIA_MAX] if isinstance(entry, dict)] if isinstance(entries, list) else []
    )
    return tuple(media for media in found if media is not None)


def _one(entry: Element) -> Media | None:
    kind = _KINDS.get(json.optional_text(entry.get("type")) or "photo", MediaKind.FILE)
    url, mime = (_film(entry) if kind is MediaKind.VIDEO else None) or (_link(entry.get("media_url_https")), None)
    if url is None:
        return None
    if host_of(url) in GUARDED_HOSTS:
        return Media(kind=kind, mime=mime, provider_ref=url)
    return Media(kind=kind, mime=mime, url=url)


def _film(entry: Element) -> tuple[str, str | None] | None:
    """The MP4 with the highest bit rate."""
    variants = child(entry, "video_info").get("variants")
    best: tuple[float, str] | None = None
    for variant in variants[:MEDIA_MAX] if isinstance(variants, list) else []:
        url = _link(variant.get("url")) if isinstance(variant, dict) else None
        if url and variant.get("content_type") == "video/mp4":
            rate = variant.get("bitrate")
            best = max(best or (-1.0, url), (float(rate) if isinstance(rate, int) else 0.0, url))
    return (best[1], "video/mp4") if best else None


def _link(value: Any) -> str | None:
    url = json.optional_text(value)
    return url if url and url.startswith("https://") else None


def host_of(url: str) -> str | None:
    """The host of a link without port and user; None for any other link."""
    try:
        place = urlsplit(url)
    except ValueError:
        return None
    return place.netloc.lower() if place.scheme == "https" and place.netloc.lower() == place.hostname else None


def without_own_links(text: str | None, entries: Any) -> str | None:
    """The text without the short links at its end that only stand for its media."""
    links = (
        [json.optional_text(entry.get("url")) for entry in entries if isinstance(entry, dict)]
        if isinstance(entries, list)
        else []
    )
    for link in dict.fromkeys(reversed(links[:MEDIA_MAX])):
        if text and link and text.rstrip().endswith(link):
            text = text.rstrip().removesuffix(link).rstrip()
    return text or None


def location_of(point: Any) -> Location | None:
    """A GeoJSON point (RFC 7946 §3.1.2: longitude first); None for what is none."""
    pair = point.get("coordinates") if isinstance(point, dict) else None
    if not isinstance(pair, list) or len(pair) < 2:
        return None
    try:
        return Location(latitude=json.number(pair[1]), longitude=json.number(pair[0]))
    except PayloadInvalid:
        return None


def guarded_call(ref: str, account: Account, settings: XSettings) -> HttpCall | None:
    """The call that fetches a file of a direct message with the user's token, which goes to X's file hosts only."""
    token = account.token or settings.access_token
    if host_of(ref) not in GUARDED_HOSTS or token is None or not ref.isascii():
        return None
    return HttpCall("GET", ref, (("authorization", f"Bearer {token.get_secret_value()}"),))
