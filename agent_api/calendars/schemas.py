"""Calendars as clients see and change them."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic.config import JsonDict

from agent_api.http.inputs import VERSION, Body, Line, Shown
from backbone.errors import UrlRefused
from backbone.web.fetcher import checked_url
from router.holidays import countries

_Date = date
"""A field can't be called by the name of its own type."""
_SOURCE: JsonDict = {"kind": "country", "country": "DE", "subdivision": "BY"}
_EXAMPLE: JsonDict = {
    "id": "cld_0190f3a87b3c7d5e8f9a0b1c2d3e4f56",
    "name": "Bavaria",
    "source": _SOURCE,
    "days": [{"date": "2026-12-25", "name": "Christmas Day"}],
    "refreshed_at": "2026-11-22T10:15:00Z",
    "error": None,
    "created_at": "2026-11-01T09:00:00Z",
    "version": 1,
}


class CalendarDay(Body):
    """A day off."""

    date: _Date = Field(description="The day, in the team's own time zone.")
    name: Line = Field(description="What it is called.")


class CountrySource(Body):
    """Public holidays of a country."""

    kind: Literal["country"] = Field(description="country")
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,3}$")] = Field(description="ISO 3166-1.")
    subdivision: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 -]{1,40}$")] | None = Field(
        default=None, description="ISO 3166-2, without the country."
    )

    @model_validator(mode="after")
    def _known(self) -> "CountrySource":
        parts = countries().get(self.country)
        if parts is None:
            raise ValueError("no holidays are known of this country")
        if self.subdivision is not None and self.subdivision not in parts:
            raise ValueError("no holidays are known of this subdivision")
        return self


class FeedSource(Body):
    """Whole-day events of an iCalendar feed (RFC 5545), read once a day."""

    kind: Literal["ical"] = Field(description="ical")
    url: Annotated[str, StringConstraints(max_length=2000)] = Field(description="http or https.")

    @model_validator(mode="after")
    def _callable(self) -> "FeedSource":
        try:
            checked_url(self.url)
        except UrlRefused as error:
            raise ValueError(error.detail) from error
        return self


class DaysSource(Body):
    """Days that you name."""

    kind: Literal["days"] = Field(description="days")
    days: tuple[CalendarDay, ...] = Field(max_length=1000, description="The days.")


Source = Annotated[CountrySource | FeedSource | DaysSource, Field(discriminator="kind")]


class Calendar(Shown):
    """Days on which the teams that name it are closed."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Its id.")
    name: str = Field(description="Unique in the tenant.")
    source: Source = Field(description="Where its days are from.")
    days: list[CalendarDay] = Field(description="Its days, from a month ago to more than a year ahead.")
    refreshed_at: datetime | None = Field(description="When its days were read last; null: not yet.")
    error: str | None = Field(description="Why they could not be read since; those known stay.")
    created_at: datetime = Field(description="When it was made.")
    version: int = VERSION


class CalendarList(Shown):
    """All calendars."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE]}]})

    items: list[Calendar] = Field(description="By name; at most 50.")


class CalendarIn(Body):
    """A calendar as it shall be."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Bavaria", "source": _SOURCE}]})

    name: Line = Field(description="Unique in the tenant.")
    source: Source = Field(description="Where its days are from.")
