"""Contacts as clients see and change them."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from agent_api.http.inputs import NEXT_CURSOR, VERSION, Body, Language, Line, PageQuery, Shown

Cohort = Literal["gen_z", "gen_y", "other", "unknown"]
CohortSource = Literal["partner_attribute", "identify_call", "customer_answer"]

_EXAMPLE: JsonDict = {
    "id": "con_0190f3a87b3c7d5e8f9a0b1c2d3e4f52",
    "name": "Ann Lee",
    "language": "en",
    "cohort": "unknown",
    "cohort_source": None,
    "points": [
        {
            "account_id": "acc_0190f3a87b3c7d5e8f9a0b1c2d3e4f51",
            "channel": "whatsapp",
            "address": "15550100",
            "name": "Ann",
        }
    ],
    "created_at": "2026-11-22T10:15:00Z",
    "version": 1,
}


class ContactPoint(Shown):
    """One address of a person on one channel account."""

    account_id: str = Field(description="The channel account.")
    channel: str = Field(description="Its channel.")
    address: str = Field(description="Unique on that account.")
    name: str | None = Field(description="As the channel said it.")


class Contact(Shown):
    """A person who writes."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Their id.")
    name: str | None = Field(description="What they are called.")
    language: str | None = Field(description="BCP 47.")
    cohort: Cohort = Field(description="gen_z, gen_y, other or unknown; a birth date is never stored.")
    cohort_source: str | None = Field(description="Where the cohort comes from.")
    points: list[ContactPoint] = Field(description="Their addresses, at most 50.")
    created_at: datetime = Field(description="When they first wrote.")
    version: int = VERSION


class ContactPage(Shown):
    """A page of contacts, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]})

    items: list[Contact] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class ContactQuery(PageQuery):
    """Filters of the list; all given ones must hold."""

    address: str | None = Field(
        default=None,
        min_length=1,
        max_length=320,
        pattern=r"^[^\x00]*$",
        description="With this address on any account.",
    )


class ChangeContact(Body):
    """What changes; what is left out or null stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Ann Lee"}, {"cohort": "gen_y", "cohort_source": "partner_attribute"}]}
    )

    name: Line | None = Field(default=None, description="What they are called.")
    language: Language | None = Field(default=None, description="BCP 47.")
    cohort: Cohort | None = Field(default=None, description="Needs its source.")
    cohort_source: CohortSource | None = Field(default=None, description="With a cohort: where it comes from.")
