"""Macros and bulk actions as clients see and ask for them."""

from datetime import datetime

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import VERSION, Body, ConversationId, Line, Shown
from agent_api.macros.steps import Step, Steps

_IN: JsonDict = {
    "name": "Refund promised",
    "steps": [
        {"type": "reply", "text": "Dear {{contact.name}}, you get your money back within a week."},
        {"type": "tags", "add": ["refund"], "remove": []},
        {"type": "status", "status": "resolved"},
    ],
}
_EXAMPLE: JsonDict = _IN | {
    "id": "mac_0190f3a87b3c7d5e8f9a0b1c2d3e4f63",
    "created_at": "2026-11-01T09:00:00Z",
    "version": 1,
}


class MacroIn(Body):
    """Steps under a name."""

    model_config = ConfigDict(json_schema_extra={"examples": [_IN]})

    name: Line = Field(description="What it does, in a line.")
    steps: Steps = Field(description="Done in this order, all or none.")


class Macro(Shown):
    """Steps that are done together."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    name: str = Field(description="What it does, in a line.")
    steps: list[Step] = Field(description="Done in this order, all or none.")
    created_at: datetime = Field(description="When it was made.")
    version: int = VERSION


class MacroList(Shown):
    """All of the tenant's macros."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE]}]})

    items: list[Macro] = Field(description="By name; at most 200.")


class BulkAction(Body):
    """Steps to take on many conversations."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "conversation_ids": ["cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50"],
                    "steps": [{"type": "status", "status": "resolved"}],
                }
            ]
        }
    )

    conversation_ids: list[ConversationId] = Field(min_length=1, max_length=100, description="Which ones.")
    steps: Steps = Field(description="Done in this order on each, all or none on each.")


class BulkResult(Shown):
    """How it went with one conversation."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"conversation_id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50", "done": True, "code": None, "detail": None}
            ]
        }
    )

    conversation_id: str = Field(description="The conversation.")
    done: bool = Field(description="All steps were taken; false: none.")
    code: str | None = Field(description="The error's code.")
    detail: str | None = Field(description="What was wrong.")


class BulkResults(Shown):
    """How it went with each."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "conversation_id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
                            "done": False,
                            "code": "not_found",
                            "detail": "There is no such conversation, or not for you.",
                        }
                    ]
                }
            ]
        }
    )

    items: list[BulkResult] = Field(description="In the order they were named.")
