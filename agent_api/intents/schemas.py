"""Intents and their model as clients see and change them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import VERSION, Body, FieldName, Shown, SkillName, id_pattern
from agent_api.knowledge.schemas import Slug
from agent_api.settings.schemas import LanguageCode

EXAMPLES_MOST = 500
IntentId = Annotated[str, StringConstraints(pattern=id_pattern("int"))]
IntentName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$")]
Phrase = Annotated[str, StringConstraints(min_length=2, max_length=100, pattern=r"^[^\x00]*$")]
Example = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
Said = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]

_IN: JsonDict = {
    "name": "parcel_late",
    "phrases": ["where is my parcel", "wo ist mein paket"],
    "examples": ["It should have been here on Monday", "Nothing has come yet, what is going on?"],
    "action": {
        "kind": "form",
        "fields": [{"name": "order", "kind": "number", "ask": {"en": "Which order is it?", "default": "Order?"}}],
        "skill": "parcels",
    },
}
_EXAMPLE: JsonDict = _IN | {
    "id": "int_0190f3a87b3c7d5e8f9a0b1c2d3e4f62",
    "updated_at": "2026-11-01T09:00:00Z",
    "version": 1,
}
_LISTED: JsonDict = {
    "id": "int_0190f3a87b3c7d5e8f9a0b1c2d3e4f62",
    "name": "parcel_late",
    "phrases": 2,
    "examples": 2,
    "updated_at": "2026-11-01T09:00:00Z",
    "version": 1,
}
_MODEL: JsonDict = {
    "version": 3,
    "trained_at": "2026-11-01T09:01:00Z",
    "intents": 77,
    "examples": 10003,
    "features": 81033,
    "seconds": 15.8,
    "due_at": None,
    "failed": None,
}


class SearchAction(Body):
    """The assistant looks in the knowledge base."""

    kind: Literal["search"] = Field(description="`search`.")


class ArticleAction(Body):
    """The assistant quotes one article."""

    kind: Literal["article"] = Field(description="`article`.")
    slug: Slug = Field(description="Its name; where no language of the customer's has it, the knowledge base is asked.")


class OrderAction(Body):
    """The assistant says what companies' own systems reported of the customer's orders and parcels."""

    kind: Literal["order"] = Field(description="`order`.")


class HandOverAction(Body):
    """People have it at once."""

    kind: Literal["hand_over"] = Field(description="`hand_over`.")
    skill: SkillName | None = Field(default=None, description="Who should have it: preferred for five minutes.")


class FormField(Body):
    """Something that must be known."""

    name: FieldName = Field(description="Its name in the note to colleagues.")
    kind: Literal["text", "number", "email", "date"] = Field(
        default="text", description="What counts as an answer; a number may have letters in front: `AB-1234`."
    )
    ask: Annotated[
        dict[LanguageCode, Annotated[str, StringConstraints(min_length=3, max_length=500, pattern=r"^[^\x00]*\S$")]],
        Field(min_length=1, max_length=20, json_schema_extra={"additionalProperties": False}),
    ] = Field(description="How it is asked for, by two-letter language code, or `default` for all others.")


class FormAction(Body):
    """The assistant asks for what is missing, then people have it with what it collected."""

    kind: Literal["form"] = Field(description="`form`.")
    fields: list[FormField] = Field(min_length=1, max_length=10, description="Asked for in this order.")
    skill: SkillName | None = Field(default=None, description="Who should have it: preferred for five minutes.")


Action = Annotated[
    SearchAction | ArticleAction | OrderAction | HandOverAction | FormAction, Field(discriminator="kind")
]
_ACTION = Field(default=SearchAction(kind="search"), description="What the assistant does.")


class IntentIn(Body):
    """What customers want, and how they say it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_IN]})

    name: IntentName = Field(description="Its name, once in the tenant; its words count as an example.")
    phrases: list[Phrase] = Field(
        default_factory=list,
        max_length=50,
        description="Who says one of these, as whole words, wants this for sure; of several the longest counts.",
    )
    examples: list[Example] = Field(
        default_factory=list,
        max_length=EXAMPLES_MOST,
        description="Messages of customers who wanted this, from which the model is learnt.",
    )
    action: Action = _ACTION


class Intent(Shown):
    """What customers want."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    name: str = Field(description="Its name.")
    phrases: list[str] = Field(description="What says it for sure.")
    examples: list[str] = Field(description="Messages of customers who wanted this.")
    action: Action = _ACTION
    updated_at: datetime = Field(description="When it was last changed.")
    version: int = VERSION


class IntentListed(Shown):
    """An intent without its texts."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LISTED]})

    id: str = Field(description="Its id.")
    name: str = Field(description="Its name.")
    phrases: int = Field(description="How many phrases it has.")
    examples: int = Field(description="How many examples it has.")
    updated_at: datetime = Field(description="When it was last changed.")
    version: int = VERSION


class IntentList(Shown):
    """All of the tenant's intents."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_LISTED]}]})

    items: list[IntentListed] = Field(description="By name; at most 200.")


class TryIntent(Body):
    """A message to try."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Nothing has come yet"}]})

    text: Said = Field(description="What a customer might write; the first 1,000 characters count.")


class IntentMargin(Shown):
    """How well an intent fits."""

    name: str = Field(description="The intent.")
    margin: float = Field(description="Above 0: on its side; 1 is where its examples are.")


class IntentTold(Shown):
    """What a message is about."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "intent": "parcel_late",
                    "by": "model",
                    "known": 0.93,
                    "likely": [{"name": "parcel_late", "margin": 0.71}],
                }
            ]
        }
    )

    intent: str | None = Field(description="The intent; null: it doesn't know.")
    by: Literal["phrase", "model"] | None = Field(description="What knew it.")
    known: float | None = Field(
        description="The chance that it is one of the intents at all; null where the model wasn't asked."
    )
    likely: list[IntentMargin] = Field(description="What the model takes it for, the best first; at most three.")


class IntentModel(Shown):
    """What was learnt of the tenant's examples, and whether it is up to date."""

    model_config = ConfigDict(json_schema_extra={"examples": [_MODEL]})

    version: int | None = Field(description="The newest model's number; null: nothing was learnt yet.")
    trained_at: datetime | None = Field(description="When it was learnt.")
    intents: int = Field(description="How many intents it tells apart.")
    examples: int = Field(description="How many examples it was learnt from.")
    features: int = Field(description="How many words and pieces of words it knows.")
    seconds: float | None = Field(description="How long learning took of one core.")
    due_at: datetime | None = Field(description="When it is learnt anew; null: it is up to date.")
    failed: Literal["too_few", "too_long", "failed"] | None = Field(
        description="Why the last try came to nothing; null: it didn't."
    )
