"""What the data of all events has in common."""

from pydantic import ConfigDict

from schemas.model import Record


class EventData(Record):
    """The base of all: unknown fields are kept, since a reader of today meets a writer of tomorrow."""

    model_config = ConfigDict(frozen=True, extra="allow")
