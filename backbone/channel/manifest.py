"""`manifest.toml`: what a channel can do, read by everyone without importing the channel."""

import tomllib
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from backbone.channel.opening import Way, open_url
from backbone.channel.text import Unit
from backbone.errors import ConfigurationInvalid
from schemas.content import MediaKind
from schemas.outbound import Action


class ChannelClass(StrEnum):
    """How soon people expect an answer; SLA policies and units go by it, never by a channel's name."""

    LIVE = "live"
    MESSAGING = "messaging"
    MAIL = "mail"
    VOICE = "voice"
    PUBLIC = "public"


Allowed = Literal["anything", "template", "tag", "nothing"]
"""`template`: only what the provider approved beforehand; `tag`: what a person writes, marked as such."""


class Capabilities(BaseModel):
    """What a channel can carry. `text_max` is in `text_unit`; sizes are bytes; a window of None never closes.

    `one_part` says that there is one answer, which the next one would replace: text over `text_max` is refused instead of split.
    `notice_only` says that the customer is only told that there is an answer: its text stays with us.
    `list_rows_max` and `carousel_max` are 0 where lists and cards become text. `actions` are what can be done besides
    sending. `addresses` says what a contact point is: phone numbers and mail addresses mean the same on other channels,
    opaque ones mean nothing elsewhere. `calls` says that customers have a client of ours that can carry voice and video;
    `rates` that it asks them how it went, so that no message does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel_class: ChannelClass
    text_max: int = Field(gt=0)
    text_unit: Unit = "characters"
    one_part: bool = False
    notice_only: bool = False
    markup: Literal["none", "light", "html"] = "none"
    media: tuple[MediaKind, ...] = ()
    media_max_bytes: int = 0
    buttons_max: int = 0
    list_rows_max: int = 0
    carousel_max: int = 0
    actions: tuple[Action, ...] = ()
    addresses: Literal["phone", "email", "opaque"] = "opaque"
    location: bool = False
    templates: bool = False
    subject: bool = False
    reply_window: timedelta | None = None
    after_window: Literal["template", "tag", "nothing"] = "nothing"
    receipts: tuple[Literal["sent", "delivered", "read"], ...] = ()
    typing: bool = False
    threads: bool = False
    reactions: bool = False
    edits: bool = False
    deletes: bool = False
    calls: bool = False
    rates: bool = False
    visibility: Literal["private", "public"] = "private"

    @property
    def carried(self) -> bool:
        """Whether carriers keep the rules of opting out, as for SMS: they confirm, and refuse what is sent before START."""
        return self.addresses == "phone" and self.reply_window is None

    def allowed(self, window_expires_at: datetime | None, now: datetime) -> Allowed:
        """What may be sent now in a conversation whose reply window closes then (None: never)."""
        if window_expires_at is None or window_expires_at > now:
            return "anything"
        return self.after_window


class Opens(BaseModel):
    """How customers open the channel on their own device. `own` says that an account's external id is its public address;
    where it is not, or has not the form, the tenant's settings of offers name one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    way: Way
    own: bool = False

    def url(self, external_id: str, address: str | None) -> str | None:
        """That of an account with this external id and, where the tenant has set one, this public address."""
        told = address if address is not None else external_id if self.own else None
        return None if told is None else open_url(self.way, told)


class Manifest(BaseModel):
    """One channel.

    `signed` lists what the signature covers: `body`, `url`, `header:<name>`; empty is a weakness that `doctor` shows.
    `exchange` is `ack` (answered once durable) or `dialogue` (answered by content at once). `idempotency` says how an
    unknown outcome is settled: the provider's key, a look-up, or not at all. `rate_per_second` limits an account.
    `poll_every` is the rhythm of a codec that can be polled (`HttpPoll`): the only way in where `ingress` is `poll`, a
    slow search for webhooks that never came elsewhere. `poll_quota_per_day` is what the provider allows in a day, in
    units of its own: the polls spread it from midnight to midnight in `poll_quota_zone`; an account's settings may have
    fields of these two names that win. `shares_webhook_with` names the channels that the provider tells about through
    the same webhook (private messages and comments of one page): the gateway lets each of them read a verified request,
    and each ignores what is not its own. `opens` is None where nothing a visitor's device can open leads to it. `isolate` says that large bodies are hostile enough to be parsed in a process of
    limited time and memory (mails).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    ingress: Literal["webhook", "poll", "socket"]
    exchange: Literal["ack", "dialogue"] = "ack"
    signed: tuple[str, ...] = ()
    weakness: str | None = None
    outbound: bool = True
    idempotency: Literal["key", "lookup", "none"] = "none"
    rate_per_second: float = 20.0
    burst: int = 20
    shares_webhook_with: tuple[str, ...] = ()
    poll_every: timedelta | None = None
    poll_quota_per_day: int | None = Field(default=None, gt=0)
    poll_quota_zone: str = "UTC"
    isolate: bool = False
    body_max_bytes: int = 3 * 1024 * 1024
    limits_source: str = ""
    opens: Opens | None = None
    capabilities: Capabilities


def load_manifest(folder: Path) -> Manifest:
    """Reads one folder's manifest; raises `ConfigurationInvalid` that names the file and what is wrong."""
    path = folder / "manifest.toml"
    try:
        manifest = Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ConfigurationInvalid(f"{folder.name}/manifest.toml: {error}") from error
    if manifest.name != folder.name:
        raise ConfigurationInvalid(
            f"{folder.name}/manifest.toml: name is {manifest.name!r}, the folder {folder.name!r}"
        )
    return manifest
