"""Reports and ratings as clients see them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from agent_api.http.inputs import NEXT_CURSOR, Body, Int, Shown
from agent_api.teams.schemas import Zone

_LINE: JsonDict = {
    "key": "2026-11-22",
    "opened": 120,
    "resolved": 98,
    "answered": 115,
    "waiting": 5,
    "breached": 2,
    "first_reply_p50_seconds": 41.0,
    "first_reply_p90_seconds": 180.5,
    "rated": 20,
    "rating_average": 4.4,
}
_HOUR: JsonDict = {
    "weekday": 0,
    "hour": 9,
    "opened": 41,
    "answered": 40,
    "breached": 1,
    "first_reply_mean_seconds": 52.5,
}
_SATISFACTION: JsonDict = {
    "key": "whatsapp",
    "resolved": 120,
    "asked": 80,
    "answered": 32,
    "response_share": 0.4,
    "rated": 33,
    "average": 4.4,
    "csat_share": 0.88,
    "efforts": 20,
    "effort_average": 4.1,
    "settled": 100,
    "again": 12,
    "resolution_share": 0.88,
}
_RATING: JsonDict = {
    "conversation_id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
    "score": 5,
    "comment": "Quick and kind.",
    "agent_id": "agt_0190f3a87b3c7d5e8f9a0b1c2d3e4f54",
    "team_id": None,
    "channel": "webchat",
    "at": "2026-11-22T10:15:00Z",
}


class ReportQuery(Body):
    """Which conversations, and how they are grouped."""

    since: AwareDatetime = Field(description="Opened from then on.")
    until: AwareDatetime = Field(description="Opened before then; at most 92 days after `since`.")
    by: Literal["day", "channel", "team"] = Field(default="day", description="One line for each; days are of UTC.")


class ReportLine(Shown):
    """Figures of one group."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LINE]})

    key: str | None = Field(description="The day, channel or team; null: no team.")
    opened: int = Field(description="Conversations that were opened.")
    resolved: int = Field(description="Of those, resolved by now.")
    answered: int = Field(description="Of those, answered by now.")
    waiting: int = Field(description="Of those, waiting for an answer now.")
    breached: int = Field(description="Of those, past their deadline now.")
    first_reply_p50_seconds: float | None = Field(description="Half were answered within that.")
    first_reply_p90_seconds: float | None = Field(description="Nine of ten were answered within that.")
    rated: int = Field(description="Of those, rated by the customer.")
    rating_average: float | None = Field(description="From 1 to 5.")


class ConversationReport(Shown):
    """Figures of conversations by when they were opened."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_LINE]}]})

    items: list[ReportLine] = Field(description="By key; at most 500.")


class HoursQuery(Body):
    """Which conversations, and by whose clock."""

    since: AwareDatetime = Field(description="Opened from then on.")
    until: AwareDatetime = Field(description="Opened before then; at most 92 days after `since`.")
    zone: Zone = Field(default="UTC", description="The time zone of the IANA database that days and hours are of.")


class HourLine(Shown):
    """Figures of one hour of the week."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HOUR]})

    weekday: int = Field(description="0 is Monday.")
    hour: int = Field(description="0 to 23; where clocks go back, one hour counts twice.")
    opened: int = Field(description="Conversations that were opened.")
    answered: int = Field(description="Of those, answered by now.")
    breached: int = Field(description="Of those, past their deadline now.")
    first_reply_mean_seconds: float | None = Field(description="How long first answers took; null: none was given.")


class HoursReport(Shown):
    """Figures by hour of the week."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_HOUR]}]})

    items: list[HourLine] = Field(description="By weekday and hour, those in which something was opened; at most 168.")


class SatisfactionQuery(Body):
    """Which resolutions, and how they are grouped."""

    since: AwareDatetime = Field(description="Resolved from then on.")
    until: AwareDatetime = Field(description="Resolved before then; at most 92 days after `since`.")
    by: Literal["day", "channel", "team", "agent"] = Field(
        default="channel", description="One line for each; days are of UTC; team and agent are whose it was then."
    )


class SatisfactionLine(Shown):
    """What customers said of resolved conversations of one group, and whether they stayed resolved."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SATISFACTION]})

    key: str | None = Field(description="The day, channel, team or agent; null: none.")
    resolved: int = Field(description="Times a conversation was resolved; one resolved twice counts twice.")
    asked: int = Field(description="Of those, followed by our question on the channel.")
    answered: int = Field(description="Of those asked, answered with a rating.")
    response_share: float | None = Field(description="`answered` of `asked`; null: nobody was asked.")
    rated: int = Field(description="Ratings, unasked ones too (a site's stars, what an agent noted).")
    average: float | None = Field(description="Of the ratings, from 1 to 5.")
    csat_share: float | None = Field(description="Ratings of 4 and 5 of all ratings.")
    efforts: int = Field(description="Customers who said how easy it was.")
    effort_average: float | None = Field(description="From 1 (very hard) to 5 (very easy).")
    settled: int = Field(description="Resolutions that are more than 72 hours old and were looked at.")
    again: int = Field(description="Of those, after which the customer wrote again within 72 hours, on any channel.")
    resolution_share: float | None = Field(description="Settled ones without such contact, of all settled; null: none.")


class SatisfactionReport(Shown):
    """Satisfaction and resolution by when conversations were resolved."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_SATISFACTION]}]})

    items: list[SatisfactionLine] = Field(description="By key; at most 500.")


class RateConversation(Body):
    """What the customer thought, as a bot or an agent was told. A second one takes the place of the first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"score": 5, "comment": "Quick and kind."}]})

    score: Int = Field(ge=1, le=5, description="From 1 (bad) to 5 (good).")
    comment: Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")] | None = Field(
        default=None, description="In their words."
    )


class Rating(Shown):
    """What the customer thought of one conversation."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RATING]})

    conversation_id: str = Field(description="The conversation.")
    score: int = Field(description="From 1 (bad) to 5 (good).")
    comment: str | None = Field(description="In their words.")
    agent_id: str | None = Field(description="Who had it then.")
    team_id: str | None = Field(description="Whose it was then.")
    channel: str = Field(description="Where.")
    at: datetime = Field(description="When it was rated.")


class RatingPage(Shown):
    """A page of ratings, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_RATING], "next_cursor": None}]})

    items: list[Rating] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR
