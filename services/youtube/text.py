"""The words of a comment: as they were typed where YouTube tells them, else out of the HTML that it shows."""

import html
import re
from collections.abc import Mapping
from typing import Any

from backbone.channel import json

_BREAK = re.compile(r"<br\s{0,5}/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def text_of(snippet: Mapping[str, Any]) -> str | None:
    """`textOriginal` is told to the author alone; `textDisplay` is HTML. None where there are no words."""
    typed = json.optional_text(snippet.get("textOriginal"))
    if typed:
        return typed
    shown = json.optional_text(snippet.get("textDisplay"))
    return json.clean(plain(shown)).strip() or None if shown else None


def plain(shown: str) -> str:
    """HTML as plain text: breaks become lines, links their words, entities their characters; in time linear to its length."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", shown)))
