"""Teams as clients see and change them."""

from datetime import date, datetime
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic.config import JsonDict

from agent_api.http.inputs import NEXT_CURSOR, VERSION, Body, CalendarId, Int, Line, Shown
from agent_api.teams.routing import ROUTING_EXAMPLE, TeamRouting

TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
EndOfSpan = Annotated[str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]


@cache
def _zones() -> frozenset[str]:
    """Read once: it walks the whole database on disk."""
    return frozenset(available_timezones())


def _known_zone(zone: str) -> str:
    if zone not in _zones():
        raise ValueError("is not a time zone of the IANA database")
    return zone


Zone = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+/-]{1,64}$"), AfterValidator(_known_zone)]

_HOURS: JsonDict = {
    "zone": "Europe/Berlin",
    "spans": [{"weekday": 0, "start": "09:00", "end": "17:00"}],
    "holidays": ["2026-12-25"],
}
_EXAMPLE: JsonDict = {
    "id": "tea_0190f3a87b3c7d5e8f9a0b1c2d3e4f53",
    "name": "Deliveries",
    "hours": _HOURS,
    "routing": ROUTING_EXAMPLE,
    "created_at": "2026-11-01T09:00:00Z",
    "version": 1,
}


class OpenSpan(Body):
    """Open from `start` to `end` local time."""

    weekday: Int = Field(ge=0, le=6, description="Monday is 0.")
    start: TimeOfDay = Field(description="HH:MM")
    end: EndOfSpan = Field(description="HH:MM, after `start`; 24:00 is the end of the day.")

    @model_validator(mode="after")
    def _ends_after_start(self) -> "OpenSpan":
        if self.end <= self.start:
            raise ValueError("a span ends after it starts; one over midnight is two")
        return self


class OpeningHours(Body):
    """When a team works. No spans at all: never."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HOURS]})

    zone: Zone = Field(description="A time zone of the IANA database.")
    spans: tuple[OpenSpan, ...] = Field(max_length=100, description="Several a day are fine.")
    holidays: tuple[date, ...] = Field(default=(), max_length=1000, description="Days it is closed.")
    calendars: tuple[CalendarId, ...] = Field(
        default=(),
        max_length=20,
        description="Calendars whose days it is closed on, too; one that is gone counts for nothing.",
    )


class Team(Shown):
    """A group of agents with one queue."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    name: str = Field(description="Unique in the tenant.")
    hours: dict[str, Any] | None = Field(description="When it works, as it was given; null: always.")
    routing: dict[str, Any] = Field(
        description="How its work is handed out, as it was given; what is missing is as usual."
    )
    created_at: datetime = Field(description="When it was made.")
    version: int = VERSION


class TeamPage(Shown):
    """A page of teams, the oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]})

    items: list[Team] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class CreateTeam(Body):
    """A new team."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Deliveries", "hours": _HOURS}]})

    name: Line = Field(description="Unique in the tenant.")
    hours: OpeningHours | None = Field(default=None, description="When it works; null: always.")
    routing: TeamRouting | None = Field(default=None, description="How its work is handed out; null: as usual.")


class ChangeTeam(Body):
    """What changes; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"hours": None}]})

    name: Line | None = Field(default=None, description="Unique in the tenant; null is as left out.")
    hours: OpeningHours | None = Field(default=None, description="When it works; null: always.")
    routing: TeamRouting | None = Field(
        default=None, description="How its work is handed out: this replaces it all; null: as usual."
    )
