"""What the use cases take and answer."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts: an agent, a bot, or the system itself (without an id)."""

    kind: Literal["agent", "bot", "system"]
    id: str | None


SYSTEM = Author("system", None)


@dataclass(frozen=True, slots=True)
class Stored:
    """A message that was stored, and the conversation's version after it."""

    message_id: str
    conversation_version: int
