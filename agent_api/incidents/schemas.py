"""Incidents and reputation as clients see them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import NEXT_CURSOR, Body, PageQuery, Shown

_EXAMPLE: JsonDict = {
    "id": "inc_0190f3a87b3c7d5e8f9a0b1c2d3e4f57",
    "subject": "checkout",
    "state": "open",
    "began_at": "2026-11-22T10:15:00Z",
    "last_at": "2026-11-22T10:45:00Z",
    "posts": 41,
    "usual": 0.3,
    "conversations": 38,
    "answered": 30,
    "refused": 1,
    "answer": "Paying works again. We are sorry for the trouble.",
    "answered_by": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54",
    "answered_at": "2026-11-22T10:40:00Z",
    "closed_at": None,
}
_LINE: JsonDict = {
    "key": "instagram_comments",
    "posts": 120,
    "negative": 30,
    "positive": 50,
    "sentiment_average": 0.12,
    "rating_average": 4.1,
    "score_highest": 0.72,
    "reach_highest": 250000,
    "conversations": 90,
    "answered": 81,
    "first_answer_p50_seconds": 420.0,
    "first_answer_p90_seconds": 3600.0,
}


class Incident(Shown):
    """Far more public posts on one subject than usual."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    subject: str = Field(description="A word that the posts share, or `post:` and what they stand under.")
    state: Literal["open", "closed"] = Field(description="It closes by itself once nothing came for six hours.")
    began_at: datetime = Field(description="When it was noticed.")
    last_at: datetime = Field(description="When it was last seen.")
    posts: int = Field(description="The most posts that an hour had.")
    usual: float = Field(description="How many an hour had in the week before.")
    conversations: int = Field(description="Conversations that belong to it.")
    answered: int = Field(description="Of those, to which the shared answer went.")
    refused: int = Field(description="Of those, where it could not go: resolved, or the channel takes none.")
    answer: str | None = Field(description="The shared answer.")
    answered_by: str | None = Field(description="Who wrote it.")
    answered_at: datetime | None = Field(description="When.")
    closed_at: datetime | None = Field(description="When it was closed.")


class IncidentPage(Shown):
    """A page of incidents, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]})

    items: list[Incident] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class IncidentQuery(PageQuery):
    """Which of them."""

    state: Literal["open", "closed"] | None = Field(default=None, description="Only those.")


class AnswerIncident(Body):
    """What all of them are told."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Paying works again. We are sorry for the trouble."}]}
    )

    text: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")] = (
        Field(description="In public: write what everybody may read.")
    )


class ReputationQuery(Body):
    """Which public posts, and how they are grouped."""

    since: AwareDatetime = Field(description="Said from then on; at most 35 days are kept.")
    until: AwareDatetime = Field(description="Said before then; at most 92 days after `since`.")
    by: Literal["day", "channel"] = Field(default="channel", description="One line for each; days are of UTC.")


class ReputationLine(Shown):
    """What was said in public, and how soon it was answered."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LINE]})

    key: str = Field(description="The day or channel.")
    posts: int = Field(description="Messages of customers in public.")
    negative: int = Field(description="Of those, complaints by their words.")
    positive: int = Field(description="Of those, praise by their words.")
    sentiment_average: float | None = Field(description="From -1 to 1, by lexicons of six languages; no understanding.")
    rating_average: float | None = Field(description="Of reviews with stars, from 1 to 5.")
    score_highest: float | None = Field(description="The heaviest post: displeasure and reach, from 0 to 1.")
    reach_highest: int | None = Field(description="The most followers that an author has.")
    conversations: int = Field(description="Public conversations that these posts stand in.")
    answered: int = Field(description="Of those, answered in public by a person or a bot.")
    first_answer_p50_seconds: float | None = Field(description="Half were first answered within that.")
    first_answer_p90_seconds: float | None = Field(description="Nine of ten were first answered within that.")


class ReputationReport(Shown):
    """Reputation in figures."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_LINE]}]})

    items: list[ReputationLine] = Field(description="By key; at most 500.")
