"""Types of fields that many requests share, and the base of every body."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints

PAGE_MOST = 200
INT4_MOST = 2**31 - 1


class Body(BaseModel):
    """A body of a request: unknown fields are refused, so that a misspelt one is noticed and none can be smuggled in."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Shown(BaseModel):
    """A part of an answer. Clients must ignore fields they don't know: new ones come without a new version."""

    model_config = ConfigDict(frozen=True)


def _not_lenient(value: object) -> object:
    """JSON says which type it means: `true` is no number, and a text is neither."""
    if isinstance(value, bool | str):
        raise ValueError("Input should be a number")  # noqa: TRY004  pydantic takes it as the field's fault
    return value


Int = Annotated[int, BeforeValidator(_not_lenient)]
Count = Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(_not_lenient)]
Float = Annotated[float, BeforeValidator(_not_lenient)]
Latitude = Annotated[float, Field(ge=-90, le=90), BeforeValidator(_not_lenient)]
Longitude = Annotated[float, Field(ge=-180, le=180), BeforeValidator(_not_lenient)]
Bool = Annotated[bool, Strict()]
SeenVersion = Annotated[int, Field(ge=1, le=10**15), BeforeValidator(_not_lenient)]

# PostgreSQL's text can't hold NUL.
_NO_NUL = r"^[^\x00]*$"
Line = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"),
]
"""One line to show, not blank: a name, a title."""
Prose = Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=_NO_NUL)]
"""What somebody wrote: up to 20,000 characters."""
Short = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_NO_NUL)]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
"""A BCP 47 tag."""
SkillName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
"""What somebody can do, by the tenant's own name: `refunds`, `product.phones`."""
Email = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,30}){1,4}$")
]


def id_pattern(prefix: str) -> str:
    """Ids are `<prefix>_` and letters, digits or underscores; ours have 32 hex digits, imported ones may not."""
    return rf"^{prefix}_[A-Za-z0-9_]{{1,56}}$"


TenantId = Annotated[str, StringConstraints(pattern=id_pattern("ten"))]
ConversationId = Annotated[str, StringConstraints(pattern=id_pattern("cnv"))]
AgentId = Annotated[str, StringConstraints(pattern=id_pattern("agt"))]
TeamId = Annotated[str, StringConstraints(pattern=id_pattern("tea"))]
ContactId = Annotated[str, StringConstraints(pattern=id_pattern("con"))]
AccountId = Annotated[str, StringConstraints(pattern=id_pattern("acc"))]
DeviceId = Annotated[str, StringConstraints(pattern=id_pattern("dev"))]
PolicyId = Annotated[str, StringConstraints(pattern=id_pattern("pol"))]
RoleId = Annotated[str, StringConstraints(pattern=id_pattern("rol"))]
ProviderId = Annotated[str, StringConstraints(pattern=id_pattern("idp"))]
CalendarId = Annotated[str, StringConstraints(pattern=id_pattern("cld"))]
KeyId = Annotated[str, StringConstraints(pattern=id_pattern("key"))]
BlockId = Annotated[str, StringConstraints(pattern=id_pattern("blk"))]
MessageId = Annotated[str, StringConstraints(pattern=id_pattern("msg"))]
EndpointId = Annotated[str, StringConstraints(pattern=id_pattern("whe"))]
AttachmentId = Annotated[str, StringConstraints(pattern=id_pattern("att"))]
MergeId = Annotated[str, StringConstraints(pattern=id_pattern("mrg"))]
CannedId = Annotated[str, StringConstraints(pattern=id_pattern("can"))]
MacroId = Annotated[str, StringConstraints(pattern=id_pattern("mac"))]
ViewId = Annotated[str, StringConstraints(pattern=id_pattern("viw"))]
CallId = Annotated[str, StringConstraints(pattern=id_pattern("cal"))]
OfferId = Annotated[str, StringConstraints(pattern=id_pattern("off"))]
ReservationId = Annotated[str, StringConstraints(pattern=id_pattern("res"))]
SourceId = Annotated[str, StringConstraints(pattern=id_pattern("src"))]
GoodwillId = Annotated[str, StringConstraints(pattern=id_pattern("gwl"))]
IncidentId = Annotated[str, StringConstraints(pattern=id_pattern("inc"))]
DeliveryId = Annotated[str, StringConstraints(pattern=id_pattern("whd"))]


def _path(prefix: str, name: str) -> object:
    return Path(description=f"The id of the {name}.", examples=[f"{prefix}_0190f3a87b3c7d5e8f9a0b1c2d3e4f50"])


ConversationPath = Annotated[ConversationId, _path("cnv", "conversation")]
AgentPath = Annotated[AgentId, _path("agt", "agent")]
TeamPath = Annotated[TeamId, _path("tea", "team")]
ContactPath = Annotated[ContactId, _path("con", "contact")]
AccountPath = Annotated[AccountId, _path("acc", "channel account")]
PolicyPath = Annotated[PolicyId, _path("pol", "policy")]
RolePath = Annotated[RoleId, _path("rol", "role")]
ProviderPath = Annotated[ProviderId, _path("idp", "identity provider")]
CalendarPath = Annotated[CalendarId, _path("cld", "calendar")]
KeyPath = Annotated[KeyId, _path("key", "API key")]
BlockPath = Annotated[BlockId, _path("blk", "block")]
MessagePath = Annotated[MessageId, _path("msg", "message")]
EndpointPath = Annotated[EndpointId, _path("whe", "webhook endpoint")]
AttachmentPath = Annotated[AttachmentId, _path("att", "attachment")]
MergePath = Annotated[MergeId, _path("mrg", "merge of contacts")]
CannedPath = Annotated[CannedId, _path("can", "canned reply")]
MacroPath = Annotated[MacroId, _path("mac", "macro")]
ViewPath = Annotated[ViewId, _path("viw", "saved view")]
CallPath = Annotated[CallId, _path("cal", "call")]
ReservationPath = Annotated[ReservationId, _path("res", "reservation")]
SourcePath = Annotated[SourceId, _path("src", "source")]
GoodwillPath = Annotated[GoodwillId, _path("gwl", "goodwill")]
IncidentPath = Annotated[IncidentId, _path("inc", "incident")]
DeliveryPath = Annotated[DeliveryId, _path("whd", "webhook delivery")]


Tag = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.:-]{0,62}$")]
"""A label of lower-case letters, digits and `_.:-`."""
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class PageQuery(Body):
    """Which page of a list."""

    cursor: str | None = Field(default=None, max_length=512, description="`next_cursor` of the page before.")
    limit: int = Field(default=50, ge=1, le=PAGE_MOST, description="Items in a page.")


Page = Annotated[PageQuery, Query()]

VERSION = Field(description="Grows with every change; its ETag is this number in quotes.", examples=[3])
NEXT_CURSOR = Field(default=None, description="Hand it back as `cursor` for the next page; null on the last one.")
