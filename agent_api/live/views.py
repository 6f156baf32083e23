"""What a kind of reader is shown of an event: frames are made once for each of these, not for each reader."""

from dataclasses import dataclass

from agent_api.permissions import Permission, allows
from backbone.web.auth import Principal


@dataclass(frozen=True, slots=True)
class View:
    """The permissions that change what a frame holds."""

    texts: bool
    notes: bool

    def shows_message(self, direction: str) -> bool:
        return self.notes if direction == "note" else self.texts


def view_of(principal: Principal) -> View:
    return View(
        texts=allows(principal, Permission.MESSAGES_READ),
        notes=allows(principal, Permission.NOTES_READ),
    )
