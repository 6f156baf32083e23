"""Saved views as clients see and change them."""

from datetime import datetime

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.conversations.schemas import ConversationFilters
from agent_api.http.inputs import VERSION, Body, Bool, Line, Shown

_IN: JsonDict = {
    "name": "Refunds that wait",
    "filters": {"status": ["open"], "waiting": True, "tag": "refund", "mine": False},
    "shared": False,
}
_EXAMPLE: JsonDict = _IN | {
    "id": "viw_0190f3a87b3c7d5e8f9a0b1c2d3e4f64",
    "yours": True,
    "count": 12,
    "created_at": "2026-11-01T09:00:00Z",
    "version": 1,
}


class ViewFilters(ConversationFilters):
    """Filters of conversations; all given ones must hold, for whoever looks."""

    model_config = ConfigDict(json_schema_extra={"examples": [_IN["filters"]]})

    mine: Bool = Field(default=False, description="Assigned to whoever looks.")


class SavedViewIn(Body):
    """A view."""

    model_config = ConfigDict(json_schema_extra={"examples": [_IN]})

    name: Line = Field(description="What it shows.")
    filters: ViewFilters = Field(description="Which conversations.")
    shared: Bool = Field(default=False, description="Everybody sees it; needs `views:share`.")


class SavedView(Shown):
    """Conversations under a name."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    name: str = Field(description="What it shows.")
    filters: ViewFilters = Field(description="Which conversations.")
    shared: bool = Field(description="Everybody sees it.")
    yours: bool = Field(description="The caller made it.")
    count: int = Field(description="How many conversations the caller would see; counting ends at 1,000.")
    created_at: datetime = Field(description="When it was made.")
    version: int = VERSION


class SavedViewList(Shown):
    """The caller's views and those that are shared."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE]}]})

    items: list[SavedView] = Field(description="By name; at most 50.")
