"""The shape of a channel: pure functions over bytes. Sockets, retries, secrets and limits belong to the gateway."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, SecretStr

from schemas.content import Media
from schemas.inbound import AnyInboundEvent
from schemas.outbound import OutboundMessage


class AccountSettings(BaseModel):
    """Settings of one channel account; each channel derives its own. Secrets are `SecretStr`, so no repr shows them.

    Fields that rotate are tuples of up to two active secrets, newest first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Account:
    """One number, page or mailbox of a tenant. `external_id` is the provider's id of it; `webhook_url` its public URL.

    `token` is the access token that the gateway had by the codec's `TokenSource` and keeps fresh, and `refresh_token` the
    newest that came with one; both are None where a codec has no such part, or none could be had yet.
    """

    id: str
    tenant_id: str
    channel: str
    external_id: str
    settings: Any
    webhook_url: str
    token: SecretStr | None = None
    refresh_token: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: exact body bytes, header names in lower case with every value, `url` as the provider sees it.

    `query` is the raw query string without the question mark. A repr shows the method only: all else may hold secrets
    or what people wrote.
    """

    method: str
    url: str = field(repr=False)
    query: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        """The value of a header that must occur at most once: None if absent or doubled (a doubled one proves nothing).

        Names are compared without regard to case (RFC 9110 §5.1).
        """
        wanted = name.lower()
        found = [value for key, value in self.headers if key.lower() == wanted]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Response:
    status: int = 200
    body: bytes = field(default=b"", repr=False)
    media_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DialogueView:
    """What a dialogue may know without waiting for the bus: a local projection, refreshed by the gateway.

    `waiting` are the customers who are before this one; `expected_wait` is None where too little is known to say.
    """

    agents_online: bool = False
    waiting: int = 0
    expected_wait: timedelta | None = None
    next_opening: datetime | None = None
    languages: tuple[str, ...] = ("en",)


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a codec may know besides the request. `keys` holds what stands at the URLs of its `KeySource`."""

    account: Account
    now: datetime
    dialogue: DialogueView = field(default_factory=DialogueView)
    keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Rejected:
    """An element of a batch that can't be understood: it goes to the dead letters, its siblings go on."""

    reason: str
    fragment: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a request says, and the answer to give once it is durable.

    `poll_now` is for webhooks that say only that there is something new: the account is polled at once (`HttpPoll`).
    """

    events: tuple[AnyInboundEvent, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    response: Response = field(default_factory=Response)
    poll_now: bool = False


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request to a provider. `body` is exact.

    `files` go to the provider as bytes: the gateway fetches them and asks the codec's `FileUploader` (`uploads.py`) what to
    call. Headers and some providers' URLs hold secrets, so a repr shows the method only.
    """

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    files: tuple[Media, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class SmtpCall:
    """One mail to hand to the account's SMTP server. An empty `sender` is the null envelope sender (RFC 5321 §4.5.5)."""

    sender: str
    recipients: tuple[str, ...]
    mime: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StreamCall:
    """Nothing to call: the customer reads the message from our own stream (web chat, apps)."""

    message_id: str


ProviderCall = HttpCall | SmtpCall | StreamCall


@dataclass(frozen=True, slots=True)
class ProviderReply:
    """What came back. For SMTP, `status` is the reply code and `body` its text."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it (that is not delivered). `provider_message_id` matches later receipts."""

    provider_message_id: str | None


@dataclass(frozen=True, slots=True)
class Throttled:
    """Too fast: the account (or only this conversation) pauses. `retry_after` None leaves the span to the gateway."""

    code: str
    retry_after: timedelta | None = None
    scope: Literal["account", "conversation"] = "account"


@dataclass(frozen=True, slots=True)
class Transient:
    """It may succeed later; the provider did not take it."""

    code: str
    detail: str = ""
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Final:
    """It will never succeed as it is; `code` is the provider's own."""

    code: str
    detail: str = ""


Outcome = Accepted | Throttled | Transient | Final


class Codec(Protocol):
    """A channel: pure, deterministic, no IO, no clock, no globals.

    Every method raises nothing but the errors it names. `settings_type` is the model of an account's settings.
    """

    settings_type: type[AccountSettings]

    def verify(self, request: Request, context: Context) -> None:
        """Checks the signature over the raw bytes with each active secret, in constant time.

        Raises `SignatureMissing`, `SignatureInvalid` or `SignatureStale`; any body, however broken, raises nothing else.
        """
        ...

    def parse(self, request: Request, context: Context) -> Parsed:
        """Turns a verified request into events. Unknown event types give `EventIgnored`, one bad element a `Rejected`.

        Raises `PayloadInvalid` where the whole body can't be read, and nothing else.
        """
        ...

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        """The calls that send a message, in order; each is one part. The same input gives the same calls.

        Raises `InputInvalid` where the channel can't carry it even degraded.
        """
        ...

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """What the provider's answer means: taken, slow down, try again, or never. Raises nothing."""
        ...

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """The call that fetches inbound media named by `Media.provider_ref` or a guarded `Media.url`; None if `url` is plain."""
        ...


class Lookup(Protocol):
    """Optional beside `Codec`: asks the provider whether it took a message, after a crash between its yes and our note."""

    def lookup_call(self, message: OutboundMessage, part: int, account: Account) -> HttpCall: ...

    def lookup_found(self, message: OutboundMessage, part: int, reply: ProviderReply) -> Accepted | None: ...


@runtime_checkable
class AttemptSigner(Protocol):
    """Optional beside `Codec`: renews what is bound to the moment of sending, such as a signed timestamp.

    The gateway calls it right before each attempt, with calls of `render` and of `media_call` alone. `render` may sign with
    the message's own time, so that it stays pure, or leave all signing to this.
    """

    def sign_attempt(self, call: HttpCall, account: Account, now: datetime) -> HttpCall: ...


class IndirectMedia(Protocol):
    """Optional beside `Codec`: the answer to `media_call` only says where the file is, and another call fetches it."""

    def media_found(self, ref: str, reply: ProviderReply, account: Account) -> HttpCall | None:
        """The call that fetches the file itself; None where the answer names no place. Raises nothing."""
        ...


@runtime_checkable
class SealedMedia(Protocol):
    """Optional beside `Codec`: files that come encrypted, with their key in the message."""

    def media_opened(self, ref: str, data: bytes) -> bytes | None:
        """The file that `ref` names, from the bytes that were fetched for it; None where its key does not fit."""
        ...


@runtime_checkable
class MediaExtractor(Protocol):
    """Optional beside `Codec`: for channels whose request holds the media itself (the parts of a mail).

    The gateway stores what a `Media.provider_ref` of the form `part:…` names before it publishes the event.
    """

    def extract_media(self, body: bytes, refs: Sequence[str]) -> Mapping[str, tuple[str, str | None, bytes]]:
        """MIME type, file name and bytes of each of `refs`, all at once since taking a mail apart is dear.

        A reference that names nothing in this body is left out. Raises `PayloadInvalid` where the body can't be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """One raw item a session brought, and the cursor to store once it is durable. Parsed by the codec as a request body."""

    body: bytes
    cursor: Mapping[str, Any]


class Session(Protocol):
    """A poll or a socket to a provider (IMAP, …), in `session.py`. The gateway runs it once across replicas."""

    def fetch(self, account: Account, cursor: Mapping[str, Any] | None) -> AsyncIterator[Fetched]:
        """Yields what is new after `cursor`, then ends; raises `Unavailable` or `ConfigurationInvalid`."""
        ...


class SelectiveSession(Protocol):
    """Optional beside `Session`: says which accounts are polled; without it all accounts of the channel are."""

    def wanted(self, account: Account) -> bool: ...


class ReachingSession(Protocol):
    """Optional beside `Session`: the hosts and ports it connects to by itself. Each is checked right before a poll."""

    def places(self, account: Account) -> Sequence[tuple[str, int]]: ...


class PinnedSession(Protocol):
    """Optional beside `ReachingSession`: connects to the very addresses that were checked, so that no name is looked up twice."""

    def pinned(self, addresses: Mapping[tuple[str, int], Sequence[str]]) -> Session: ...


@dataclass(frozen=True, slots=True)
class SimulatedMessage:
    """A customer's message for a simulator to wrap as its provider would."""

    sender: str
    text: str
    message_id: str
    name: str | None = None
    image_url: str | None = None


SimulatedFault = Literal["none", "throttle", "transient", "final"]


@dataclass(frozen=True, slots=True)
class SimulatedSend:
    """What a fake provider understood of one of our calls."""

    recipient: str
    text: str
    provider_message_id: str


class Simulator(Protocol):
    """The provider's side of a channel, pure: makes signed webhooks and answers our calls. In `simulator.py`.

    `demo_external_id` is the provider's id of the number, page or mailbox that a demo account stands for.
    """

    demo_external_id: str

    def demo_settings(self, base_url: str, seed: str) -> dict[str, Any]:
        """Settings of an account that talks to a fake provider at `base_url`; secrets derive from `seed`."""
        ...

    def sign(self, request: Request, account: Account, now: datetime) -> Request:
        """The request with the signature its provider would add, made with the newest secret."""
        ...

    def inbound(self, message: SimulatedMessage, account: Account, now: datetime) -> Request:
        """A signed webhook with this message."""
        ...

    def receipt(self, sent: SimulatedSend, status: str, account: Account, now: datetime) -> Request | None:
        """A signed receipt, or None where the provider has none."""
        ...

    def answer(self, call: HttpCall, fault: SimulatedFault, number: int) -> tuple[ProviderReply, SimulatedSend | None]:
        """The provider's real answer to our call: success (with `number` in its message id), throttle, transient or final."""
        ...
