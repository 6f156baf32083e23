"""Addresses by which somebody opens a channel on their own device: a chat with a page, a call, a letter. Pure.

Built from an account's public address and a closed list of forms, never from a URL that somebody typed: nothing but the
schemes of `SCHEMES` can come out, and hosts are the provider's own.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

Way = Literal["tel", "sms", "mail", "whatsapp", "messenger", "instagram", "telegram", "line", "apple", "x"]
SCHEMES = ("https", "tel", "sms", "mailto")
ADDRESS_MOST = 200

_PHONE = r"\+[1-9][0-9]{6,14}"


@dataclass(frozen=True, slots=True)
class _Form:
    """What an address must look like, as a whole, and the URL of one that does."""

    address: str
    url: Callable[[str], str]


def _page(prefix: str) -> Callable[[str], str]:
    return lambda address: prefix + quote(address, safe="")


_FORMS: dict[Way, _Form] = {
    "tel": _Form(_PHONE, lambda address: f"tel:{address}"),
    "sms": _Form(_PHONE, lambda address: f"sms:{address}"),
    "mail": _Form(
        r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}",
        lambda address: f"mailto:{quote(address, safe='@')}",
    ),
    "whatsapp": _Form(_PHONE, lambda address: f"https://wa.me/{address[1:]}"),
    "messenger": _Form(r"[A-Za-z0-9.]{5,50}", _page("https://m.me/")),
    "instagram": _Form(r"[A-Za-z0-9._]{1,30}", _page("https://ig.me/m/")),
    "telegram": _Form(r"[A-Za-z][A-Za-z0-9_]{3,31}", _page("https://t.me/")),
    "line": _Form(r"@[a-z0-9._-]{3,20}", _page("https://line.me/R/ti/p/")),
    "apple": _Form(
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", _page("https://bcrw.apple.com/urn:biz:")
    ),
    "x": _Form(r"[0-9]{1,20}", _page("https://x.com/messages/compose?recipient_id=")),
}


def open_url(way: Way, address: str) -> str | None:
    """Where the address is opened; None for one that has not the way's form."""
    form = _FORMS[way]
    return form.url(address) if re.fullmatch(form.address, address, re.ASCII) else None
