"""How a chat looks and greets, as the account's settings say and its widget is told."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=r"^[^\x00]*$")]


class WidgetLook(BaseModel):
    """All of it may be left out. Texts are shown as they are, in every language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Words | None = Field(default=None, description="Above the messages; the widget's own words by default.")
    greeting: Words | None = Field(default=None, description="What an empty chat says first.")
    accent: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] = Field(
        default="#5b4bff", description="The colour of buttons and of the customer's own messages."
    )
    theme: Literal["auto", "light", "dark"] = Field(default="auto", description="auto follows the customer's device.")
    side: Literal["end", "start"] = Field(default="end", description="Which lower corner, in the direction of reading.")
    starters: Annotated[tuple[Words, ...], Field(max_length=6)] = Field(
        default=(), description="First words to tap instead of typing."
    )
    call_backs: bool = Field(default=False, description="Whether customers may choose a time to be called back.")
    calls: Literal["none", "audio", "video"] = Field(
        default="none",
        description="Which calls customers are offered a button for while somebody is there; video is both.",
    )
