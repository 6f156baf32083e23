"""What is searched for, and what is found."""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from agent_api.http.inputs import NEXT_CURSOR, PageQuery, Shown
from agent_api.messages.schemas import EXAMPLE, Message

Words = Annotated[str, StringConstraints(min_length=2, max_length=200, pattern=r"^[^\x00]*$")]


class SearchQuery(PageQuery):
    """What to look for."""

    q: Words = Field(description="Words that must all be there, in any order; accents and case don't matter.")


class FoundMessages(Shown):
    """A page of messages that were found, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [EXAMPLE], "next_cursor": None}]})

    items: list[Message] = Field(description="The page; it may be short while there is a next one.")
    next_cursor: str | None = NEXT_CURSOR
