"""Where an account is named: the webhook holds ids alone, so the thread's key keeps them and the picture takes two calls."""

import re
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from backbone.channel import json
from backbone.channel.port import Account, HttpCall, ProviderReply
from backbone.channel.replies import child, json_object
from services.instagram_comments.settings import InstagramCommentsSettings

_KEY = re.compile(r"mention:([0-9A-Za-z_-]{1,100})(?::([0-9A-Za-z_-]{1,100}))?")
MEDIA_HOSTS = (".cdninstagram.com", ".fbcdn.net")
"""Where Meta keeps the files of Instagram (seen in recorded answers; known, not documented)."""


class Mention(NamedTuple):
    """The picture or film, and the comment under it that names the account; None where its caption does."""

    media_id: str
    comment_id: str | None

    @property
    def thread_key(self) -> str:
        return f"mention:{self.media_id}" + (f":{self.comment_id}" if self.comment_id else "")


def of_key(thread_key: str) -> Mention | None:
    """The mention that a thread's key or a media reference stands for; None for the key of a comment."""
    found = _KEY.fullmatch(thread_key)
    return Mention(found[1], found[2]) if found else None


def media_call(ref: str, account: Account) -> HttpCall | None:
    """`GET /{account}?fields=mentioned_media.media_id(…){media_url}`: only the account that is named may ask."""
    mention = of_key(ref)
    if mention is None:
        return None
    settings: InstagramCommentsSettings = account.settings
    fields = quote(f"mentioned_media.media_id({mention.media_id}){{media_url,media_type}}", safe="")
    url = f"{settings.api_base}/{settings.api_version}/{quote(account.external_id, safe='')}?fields={fields}"
    return HttpCall("GET", url, (("authorization", f"Bearer {settings.access_token.get_secret_value()}"),))


def media_found(reply: ProviderReply) -> HttpCall | None:
    """The call that fetches the file, without the token; None where the answer names no place at Meta (an album has none)."""
    url = json.optional_text(child(json_object(reply), "mentioned_media").get("media_url")) or ""
    try:
        place = urlsplit(url)
    except ValueError:
        return None
    if place.scheme != "https" or place.netloc != place.hostname or not place.netloc.endswith(MEDIA_HOSTS):
        return None
    return HttpCall("GET", url)
