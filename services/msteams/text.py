"""Teams' text as people read it: without the bot's own mention, tags and entities."""

import html
import re
from typing import Any

_MENTION = re.compile(r"<at(?: [^<>]{0,200})?>([^<>]{0,300})</at>", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br ?/?|/p|/div|/li)>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,1000}>")
_ENTITIES_MAX = 50


def plain(text: str, entities: Any, bot: str | None) -> str:
    """What was said to the bot: its own mention is left out, those of others become `@name`."""
    if "<" not in text and "&" not in text:
        return text.strip()
    for entity in entities[:_ENTITIES_MAX] if isinstance(entities, list) else []:
        mentioned = entity.get("mentioned") if isinstance(entity, dict) else None
        said = entity.get("text") if isinstance(entity, dict) else None
        if (
            bot is not None
            and isinstance(mentioned, dict)
            and mentioned.get("id") == bot
            and isinstance(said, str)
            and said
        ):
            text = text.replace(said, "", 1)
    text = _MENTION.sub(lambda match: f"@{match[1]}", text)
    text = _TAG.sub("", _BREAK.sub("\n", text))
    return html.unescape(text).replace("\xa0", " ").strip()
