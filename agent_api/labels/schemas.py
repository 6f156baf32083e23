"""Tags and custom fields as clients see and change them."""

from typing import Annotated

from pydantic import ConfigDict, Field, Strict, StringConstraints

from agent_api.http.inputs import Body, FieldName, Int, Shown, Tag

FieldText = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
FieldValue = FieldText | Annotated[Int, Field(ge=-(10**15), le=10**15)] | Annotated[bool, Strict()] | None


class Labels(Shown):
    """What is written on a conversation besides what was said in it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"tags": ["refund", "vip"], "fields": {"order_number": "4711"}}]}
    )

    tags: list[str] = Field(description="In alphabetical order.")
    fields: dict[str, FieldValue] = Field(description="Custom fields by name.")


class ChangeLabels(Body):
    """What is added and what is taken away; all else stays. So two people never undo each other's."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"add_tags": ["refund"], "remove_tags": ["new"], "fields": {"order_number": "4711"}}]
        }
    )

    add_tags: list[Tag] = Field(default_factory=list, max_length=20, description="Tags that it has then.")
    remove_tags: list[Tag] = Field(
        default_factory=list, max_length=20, description="Tags that it hasn't then, added or not."
    )
    fields: dict[FieldName, FieldValue] = Field(
        default_factory=dict,
        max_length=20,
        description="Fields to set; null removes one.",
        # The names' pattern alone would let any other name pass.
        json_schema_extra={"additionalProperties": False},
    )


class TagCount(Shown):
    """A tag and how often it is used."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tag": "refund", "count": 12}]})

    tag: str = Field(description="The tag.")
    count: int = Field(description="Conversations that have it; counting ends at 1,000.")


class TagList(Shown):
    """The tags in use."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [{"tag": "refund", "count": 12}]}]})

    items: list[TagCount] = Field(description="In alphabetical order, at most 200.")
