"""Which links may be followed with trust: those on hosts that are known, written so that every parser agrees on the host."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_HOST = re.compile(r"[a-z0-9.-]{1,253}", re.ASCII)


def is_below(url: str, hosts: Iterable[str]) -> bool:
    """Whether `url` is plain HTTPS, without user and port, to one of `hosts` or a host below it. Raises nothing."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = parts.netloc.lower()
    plain = parts.scheme == "https" and _HOST.fullmatch(host) is not None and "\\" not in url and url.isascii()
    return plain and any(host == known or host.endswith(f".{known}") for known in hosts)
