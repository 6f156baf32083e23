"""What customers send and get over REST; messages, which their socket shows too, stand in `shown.py`."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator
from pydantic.config import JsonDict

from agent_api.attachments.schemas import FileName
from agent_api.customer.shown import EXAMPLE, CustomerMessageShown
from agent_api.http.inputs import (
    NEXT_CURSOR,
    AccountId,
    Body,
    ConversationId,
    Int,
    PageQuery,
)
from agent_api.http.inputs import Shown as Answered
from agent_api.messages.schemas import Mime
from schemas.content import MediaKind
from schemas.customer import CustomerMessage, CustomerRead
from schemas.widget import WidgetLook

_CONVERSATION: JsonDict = {
    "id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
    "status": "open",
    "agent": "Noor",
    "preview": "It arrives tomorrow.",
    "unread": 1,
    "score": None,
    "opened_at": "2026-11-22T10:15:00Z",
    "last_message_at": "2026-11-22T10:17:00Z",
}
_UPLOAD: JsonDict = {
    "upload": "att_0190f3a87b3c7d5e8f9a0b1c2d3e4f66",
    "kind": "image",
    "mime": "image/jpeg",
    "filename": "broken.jpg",
    "size": 48211,
    "url": "https://desk.example/v1/files/kq3…",
}


class StartSession(Body):
    """Which chat it is for, and who begins it: nobody known, the visitor of `token` again, or the customer of `identity`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"account_id": "acc_0190f3a87b3c7d5e8f9a0b1c2d3e4f51"}]})

    account_id: AccountId = Field(description="The chat's channel account.")
    token: Annotated[str, StringConstraints(max_length=256)] | None = Field(
        default=None,
        description="An anonymous session's token: it goes on, or becomes that of who signs in.",
        repr=False,
    )
    identity: Annotated[str, StringConstraints(max_length=4096)] | None = Field(
        default=None, description="A JSON Web Token that says who the customer is, signed by the company.", repr=False
    )


class CustomerSession(Answered):
    """Who this visitor is from now on. The token proves it: keep it on the device, not in a URL."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "visitor_id": "vis_0190f3a87b3c7d5e8f9a0b1c2d3e4f58",
                    "token": "vis_0190f3a87b3c7d5e8f9a0b1c2d3e4f58.1790000000.0f3c…",
                    "expires_at": "2026-12-22T10:15:00Z",
                    "url": "/v1/customer/stream",
                    "signed_in": False,
                }
            ]
        }
    )

    visitor_id: str = Field(description="The visitor.")
    token: str = Field(description="Send it in the first frame of the socket, and as Bearer over REST.", repr=False)
    expires_at: AwareDatetime = Field(description="Until when it is good.")
    url: str = Field(description="The socket's path; add `?account=`.")
    signed_in: bool = Field(default=False, description="Whether the company said who this is.")


class CustomerWait(Answered):
    """How long it will be until somebody takes what is written now."""

    low_seconds: int = Field(description="One in ten is taken sooner.")
    high_seconds: int = Field(description="One in ten is taken later.")
    position: int = Field(description="The place in the queue, from 1.")


class CustomerDesk(Answered):
    """Whether somebody is there, who, how long an answer takes, and how the chat looks."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "state": "online",
                    "opens_at": None,
                    "agents": ["Noor", "Lena"],
                    "wait": {"low_seconds": 40, "high_seconds": 150, "position": 3},
                    "signs_in": True,
                    "look": {
                        "title": "Parcel help",
                        "accent": "#5b4bff",
                        "theme": "auto",
                        "side": "end",
                        "starters": [],
                    },
                }
            ]
        }
    )

    state: Literal["online", "away", "closed"] = Field(
        description="online: somebody is there; away: open, but nobody is there now; closed: out of hours."
    )
    opens_at: datetime | None = Field(description="When closed: the next opening, if there is one within 400 days.")
    agents: list[str] = Field(description="Names of some who are there.")
    wait: CustomerWait | None = Field(description="null: nobody is there, or nothing is known of late.")
    signs_in: bool = Field(description="Whether the company can say who a customer is.")
    look: WidgetLook = Field(description="How the chat looks.")


class CustomerConversation(Answered):
    """One conversation of the customer's own."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CONVERSATION]})

    id: str = Field(description="Its id.")
    status: Literal["open", "resolved"] = Field(description="resolved: it can be rated; writing again goes on with it.")
    agent: str | None = Field(description="Who has it.")
    preview: str = Field(description="The last message in a line.")
    unread: int = Field(description="Answers not marked as read, up to 100.")
    score: int | None = Field(description="How the customer rated it, 1 to 5.")
    opened_at: datetime = Field(description="When it began.")
    last_message_at: datetime = Field(description="When somebody wrote last.")


class CustomerConversationPage(Answered):
    """A page of conversations, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_CONVERSATION], "next_cursor": None}]})

    items: list[CustomerConversation] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class OwnPageQuery(PageQuery):
    """Which page of a list of the customer's."""

    account: AccountId = Field(description="The chat's channel account.")


class HistoryQuery(OwnPageQuery):
    """Which messages."""

    conversation_id: ConversationId | None = Field(default=None, description="Of one conversation; all by default.")


class CustomerMessagePage(Answered):
    """A page of messages, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [EXAMPLE], "next_cursor": None}]})

    items: list[CustomerMessageShown] = Field(description="The page.")
    next_cursor: str | None = NEXT_CURSOR


class RegisterDevice(Body):
    """Where an app can be rung. Send it whenever the app starts and whenever the service gives it a new token."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"provider": "fcm", "token": "fUGc0…:APA91b…"}]})

    provider: Literal["fcm", "apns"] = Field(description="Firebase Cloud Messaging, or Apple's push service.")
    token: Annotated[str, StringConstraints(min_length=8, max_length=4096, pattern=r"^[A-Za-z0-9:_%-]+$")] = Field(
        description="The registration token, or Apple's device token in hex.", repr=False
    )

    @model_validator(mode="after")
    def _fits(self) -> "RegisterDevice":
        if self.provider == "apns" and not re.fullmatch(r"[0-9A-Fa-f]{64,200}", self.token):
            raise ValueError("Apple's device tokens are 64 to 200 hex digits")
        return self


class CustomerDevice(Answered):
    """A device that is rung when an answer comes which isn't read within ten seconds."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "dev_0190f3a87b3c7d5e8f9a0b1c2d3e4f67", "provider": "fcm"}]}
    )

    id: str = Field(description="Its id, to take it away again.")
    provider: Literal["fcm", "apns"] = Field(description="By whom it is rung.")


class SendCustomerMessage(CustomerMessage):
    """As the frame `message` of the socket. Its `id` makes a repeat safe: the same is taken once."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "0190f3a8-7b3c", "text": "Where is my parcel?", "name": "Mia"}]}
    )

    type: Literal["message"] = "message"


class MarkCustomerRead(CustomerRead):
    """As the frame `read` of the socket."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"message_id": "msg_0190f3a87b3c7d5e8f9a0b1c2d3e4f52"}]})

    type: Literal["read"] = "read"


class Taken(Answered):
    """It is durable, and will be in the history within moments."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": "0190f3a8-7b3c"}]})

    id: str = Field(description="The id that was sent.")


class CustomerUploadQuery(Body):
    """What the file is."""

    account: AccountId = Field(description="The chat's channel account.")
    filename: FileName = Field(description="Its name, without folders.")
    mime: Mime = Field(
        default="application/octet-stream", description="What it claims to be; its first bytes are looked at."
    )
    kind: MediaKind = Field(default=MediaKind.FILE, description="As what it is to be shown.")


class CustomerUpload(Answered):
    """An uploaded file: name `upload` and `kind` in the `media` of a message."""

    model_config = ConfigDict(json_schema_extra={"examples": [_UPLOAD]})

    upload: str = Field(description="Its id, good for this customer only.")
    kind: MediaKind = Field(description="As what it can be shown.")
    mime: str = Field(description="What it is.")
    filename: str = Field(description="Its name.")
    size: int = Field(description="Bytes.")
    url: str = Field(description="Where it can be fetched for a day.")


class RateOwnConversation(Body):
    """What the customer thought of a resolved conversation. A second one takes the place of the first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"conversation_id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50", "score": 5, "comment": "Quick and kind."}
            ]
        }
    )

    conversation_id: ConversationId = Field(description="The conversation.")
    score: Int = Field(ge=1, le=5, description="From 1 (bad) to 5 (good).")
    comment: Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")] | None = Field(
        default=None, description="In their words."
    )


class OwnRating(Answered):
    """The customer's rating as it is kept."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "conversation_id": "cnv_0190f3a87b3c7d5e8f9a0b1c2d3e4f50",
                    "score": 5,
                    "comment": "Quick and kind.",
                    "at": "2026-11-22T10:15:00Z",
                }
            ]
        }
    )

    conversation_id: str = Field(description="The conversation.")
    score: int = Field(description="From 1 (bad) to 5 (good).")
    comment: str | None = Field(description="In their words.")
    at: datetime = Field(description="When.")
