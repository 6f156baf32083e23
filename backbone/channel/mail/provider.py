"""What the codecs of all mail providers do alike: read elements one by one, send letters one by one."""

import hashlib
import json as standard_json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from backbone.channel import json, replies
from backbone.channel.mail.assembled import Arrived
from backbone.channel.mail.content import PART
from backbone.channel.mail.mime import parse_mail
from backbone.channel.mail.multipart import Fields
from backbone.channel.mail.outbound import Letter, letters
from backbone.channel.mail.received import content_bytes, events_of
from backbone.channel.mail.reports import Passed, Told, event_of, short
from backbone.channel.port import (
    Accepted,
    Account,
    Context,
    Final,
    HttpCall,
    Outcome,
    Parsed,
    ProviderReply,
    Rejected,
    Request,
    Throttled,
)
from backbone.errors import PayloadInvalid
from schemas.inbound import AnyInboundEvent
from schemas.outbound import OutboundMessage

Element = Any
Found = Arrived | Sequence[Told | Passed]
_FRAGMENT_MAX = 64 * 1024


class ProviderCodec(ABC):
    """A provider that posts mails and reports to a hook, and sends by an API over HTTP."""

    @abstractmethod
    def _elements(self, body: bytes) -> Sequence[Element]:
        """The elements of a body. Raises `PayloadInvalid` where it can't be read at all."""

    @abstractmethod
    def _read(self, element: Element) -> Found:
        """One element: a mail, or what is told of mails of ours. Raises `PayloadInvalid` where it can't be read."""

    @abstractmethod
    def _call(self, letter: Letter, message: OutboundMessage, account: Account) -> HttpCall:
        """The call that sends one letter."""

    def parse(self, request: Request, context: Context) -> Parsed:
        """The events of each element; one that can't be read goes to the dead letters, its siblings go on."""
        return self._parsed(self._elements(request.body), request.body, context)

    def _parsed(self, elements: Sequence[Element], body: bytes, context: Context) -> Parsed:
        events: list[AnyInboundEvent] = []
        rejected: list[Rejected] = []
        for element in elements:
            try:
                events += self._events(self._read(element), context.account)
            except PayloadInvalid as error:
                rejected.append(Rejected(error.detail, _fragment(element, body)))
        return Parsed(tuple(events), tuple(rejected))

    def _events(self, found: Found, account: Account) -> Sequence[AnyInboundEvent]:
        if isinstance(found, Arrived):
            return events_of(found.mail, found.content, account, prefix=prefix_of(found))
        opens = account.settings.opens_are_reads
        return [event_of(told, account, opens_are_reads=opens) for told in found]

    def render(self, message: OutboundMessage, account: Account) -> Sequence[HttpCall]:
        """A call for each letter. Raises `InputInvalid` for what no mail can carry."""
        return [self._call(letter, message, account) for letter in letters(message, account)]

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: attachments come with the mail, from where `extract_media` takes them."""
        return None

    def extract_media(self, body: bytes, refs: Sequence[str]) -> Mapping[str, tuple[str, str | None, bytes]]:
        """Type, name and bytes of each `part:…` of the mails in a body.

        What names no part is left out. Raises `PayloadInvalid` where the body can't be read.
        """
        wanted = set(refs)
        found: dict[str, tuple[str, str | None, bytes]] = {}
        for element in self._elements(body):
            try:
                arrived = self._read(element)
            except PayloadInvalid:
                continue
            if not isinstance(arrived, Arrived):
                continue
            prefix = prefix_of(arrived)
            for part in arrived.mail.parts:
                ref = f"{prefix}{part.index}"
                if ref in wanted and part.elsewhere is None:
                    found[ref] = (part.mime, part.filename, part.data)
        return found


def prefix_of(arrived: Arrived) -> str:
    """How references to the parts of a mail begin: it is told from the other mails of a body by what it says."""
    return f"{PART}{hashlib.sha256(arrived.content).hexdigest()[:16]}."


def raw(source: bytes, *fields: tuple[str, str | None]) -> Arrived:
    """A mail that came whole, with fields added that only the provider knows (such as whom it was delivered to).

    Raises `PayloadInvalid` where it can't be read.
    """
    mail = parse_mail(source)
    known = [(name, value) for name, value in fields if value]
    return Arrived(replace(mail, headers=mail.headers.plus(known)) if known else mail, content_bytes(source))


def text_bytes(value: str) -> bytes:
    """The bytes of a mail that came as a JSON text, in which bytes beyond ASCII are UTF-8 or stand as themselves."""
    return json.clean(value).encode()


def is_json(body: bytes) -> bool:
    return body.lstrip()[:1] in {b"{", b"["}


def json_call(url: str, body: Mapping[str, Any], *headers: tuple[str, str]) -> HttpCall:
    """A POST of a JSON object, written compactly."""
    sent = standard_json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    return HttpCall("POST", url, (*headers, ("content-type", "application/json")), sent)


def outcome(
    reply: ProviderReply,
    *,
    sent_id: Callable[[Mapping[str, Any]], str | None],
    code: Callable[[Mapping[str, Any]], object],
    detail: Callable[[Mapping[str, Any]], object],
    throttling: Sequence[str] = (),
    retry_header: str = "",
) -> Outcome:
    """What an API's answer means: its status decides, and its own code where that slows us down.

    `retry_header` names the header that holds the seconds to wait where a provider has another than `Retry-After`.
    """
    body = replies.json_object(reply)
    if 200 <= reply.status < 300:
        return Accepted(sent_id(body))
    name, said = short(code(body), 60) or "", short(detail(body), 300) or ""
    found = replies.by_status(reply, name, said)
    if name in throttling and not isinstance(found, Throttled):
        found = Throttled(name, replies.retry_after(reply))
    waited = reply.header(retry_header) if retry_header else None
    if isinstance(found, Throttled) and found.retry_after is None and waited:
        return replace(found, retry_after=replies.retry_after(ProviderReply(reply.status, (("retry-after", waited),))))
    return found


def final_unless(found: Outcome, *, code: str, finals: Sequence[str]) -> Outcome:
    """The outcome, or a final one where the provider's code says so whatever the status."""
    return Final(code, getattr(found, "detail", "")) if code in finals else found


def _fragment(element: Element, body: bytes) -> bytes:
    if isinstance(element, Fields):
        return body[:_FRAGMENT_MAX]
    return standard_json.dumps(element, default=str).encode()[:_FRAGMENT_MAX]
