"""Fetches WhatsApp media: a media id gives a link that lives five minutes, and both calls need the access token."""

import re
from urllib.parse import quote

from backbone.channel.json import optional_text
from backbone.channel.port import Account, HttpCall, ProviderReply
from backbone.channel.replies import json_object
from services.whatsapp.settings import WhatsAppSettings

_PLAIN = re.compile(r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+)(?P<port>:\d{1,5})?[/?][!-\[\]-~]*")


def call_for(ref: str, account: Account) -> HttpCall | None:
    """The Graph call for a media id, or the download of a link on one of Meta's hosts; None for any other link."""
    settings: WhatsAppSettings = account.settings
    if "://" not in ref:
        return _get(f"{settings.api_base}/{settings.api_version}/{quote(ref, safe='')}", settings)
    return _get(ref, settings) if _is_metas(ref, settings) else None


def named_by(reply: ProviderReply, account: Account) -> HttpCall | None:
    """The download that a Graph answer `{"url": ...}` asks for, where its host may see the token."""
    url = optional_text(json_object(reply).get("url"))
    return call_for(url, account) if url is not None and "://" in url else None


def _is_metas(url: str, settings: WhatsAppSettings) -> bool:
    """Whether the token may go there: somewhere below the API's own base, or HTTPS to one of the media hosts or below it.

    Only plain URLs pass, because parsers differ on where the host of an odd one ends.
    """
    plain = _PLAIN.fullmatch(url)
    if plain is None:
        return False
    if url.startswith(f"{settings.api_base}/"):
        return True
    host = plain["host"].lower()
    known = any(host == allowed or host.endswith(f".{allowed}") for allowed in settings.media_hosts)
    return known and plain["scheme"] == "https" and plain["port"] in {None, ":443"}


def _get(url: str, settings: WhatsAppSettings) -> HttpCall:
    return HttpCall("GET", url, (("authorization", f"Bearer {settings.access_token.get_secret_value()}"),))
