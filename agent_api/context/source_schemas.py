"""Sources that are asked about a customer, as clients see and add them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, SecretStr, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import Body, FieldName, Int, Line, Shown

Pointer = Annotated[str, StringConstraints(pattern=r"^(/[^/\x00]{1,100}){1,10}$")]
"""An RFC 6901 pointer to something inside."""
CircuitState = Literal["closed", "half_open", "open"]
Template = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{1,1900}$")]

_ADDED: JsonDict = {
    "name": "Shop",
    "url": "https://shop.example/api/orders?customer={customer_id}",
    "header_name": "Authorization",
    "header_value": "Bearer 0190f3a87b3c",
    "items": "/orders",
    "fields": {"number": "/number", "state": "/status"},
    "ttl_seconds": 300,
}
_EXAMPLE: JsonDict = {
    **{name: value for name, value in _ADDED.items() if name != "header_value"},
    "id": "src_0190f3a87b3c7d5e8f9a0b1c2d3e4f70",
    "created_at": "2026-11-22T10:15:00Z",
    "circuit": "closed",
}


class ContextSource(Shown):
    """A URL that is asked about the customer whom an agent looks at. Its secret is never shown again."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    name: str = Field(description="What agents read above its answers.")
    url: str = Field(description="With {customer_id} or {contact_id} behind the host.")
    header_name: str | None = Field(description="The header that proves us.")
    items: str | None = Field(description="Where the list stands in an answer; null: the answer is one item.")
    fields: dict[str, str] = Field(description="Names, and where they stand in an item.")
    ttl_seconds: int = Field(description="How long an answer is fresh.")
    created_at: datetime = Field(description="Since when.")
    circuit: CircuitState = Field(
        default="closed",
        description="`open`: left alone after failures in a row; `half_open`: tried with one request at a time. Each process that answers you has its own.",
    )


class ContextSourceList(Shown):
    """All of the tenant's."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE]}]})

    items: list[ContextSource] = Field(description="By name, at most 5.")


class AddContextSource(Body):
    """What to ask, and what to read of the answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ADDED]})

    name: Line = Field(description="What agents read above its answers.")
    url: Template = Field(
        description="Asked with GET; {customer_id} is the company's id of them, {contact_id} ours, percent-encoded."
    )
    header_name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")] | None = Field(
        default=None, description="A header that proves us: it needs its value."
    )
    header_value: Annotated[SecretStr, Field(min_length=1, max_length=2000)] | None = Field(
        default=None, description="Printable ASCII; sealed, and never shown again."
    )
    items: Pointer | None = Field(default=None, description="Where the list stands in an answer (JSON Pointer).")
    fields: dict[FieldName, Pointer] = Field(
        min_length=1, max_length=20, description="Names, and where they stand in an item (JSON Pointer)."
    )
    ttl_seconds: Annotated[Int, Field(ge=10, le=86_400)] = Field(
        default=300, description="How long an answer is fresh."
    )


class TryContextSource(Body):
    """Whom to ask about."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"customer_id": "c-9"}]})

    customer_id: Line = Field(
        description="What stands in the URL for the customer: the company's id of them, or ours where the URL asks for that."
    )


class TriedContextSource(Shown):
    """What a source said just now, or why nothing could be read."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": 200,
                    "fault": None,
                    "took_ms": 41,
                    "in_time": True,
                    "items": [{"number": "17", "state": "packed"}],
                }
            ]
        }
    )

    status: int | None = Field(description="The status of its answer; null: none came.")
    fault: str | None = Field(
        description="Why nothing could be read: `status`, or the code of an error such as `payload_invalid`. Null: it was read."
    )
    took_ms: int = Field(description="How long it took, in milliseconds.")
    in_time: bool = Field(description="Whether that is fast enough for an agent who looks at a customer.")
    items: list[dict[str, str]] = Field(description="What agents would see of it; at most 20.")
