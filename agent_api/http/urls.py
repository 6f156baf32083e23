"""URLs of others that callers name, checked before they are stored."""

from agent_api.http.call import Call
from backbone.errors import InputInvalid, UrlRefused
from backbone.web.fetcher import checked_url


def check_url(call: Call, url: str, pointer: str = "/url") -> None:
    """Refuses what never could be called; where it leads is checked at each call. Raises `InputInvalid` at `pointer`."""
    try:
        parsed = checked_url(url)
    except UrlRefused as error:
        raise InputInvalid(error.detail, pointers={pointer: error.detail}) from error
    if parsed.scheme != "https" and call.parts.config.environment == "production":
        raise InputInvalid(pointers={pointer: "must be https"})
