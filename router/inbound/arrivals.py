"""New messages of a batch: find or open the conversation, apply the rules, collect the rows to write."""

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backbone.bus.port import BusRecord, Message
from backbone.ids import new_id
from backbone.language import Detector, WordDetector
from backbone.storage.database import Connection
from backbone.storage.outbox import OutboxRow
from backbone.telemetry import attributes, tracing
from router.config import TenantConfig, capabilities
from router.domain import conversation as rules
from router.domain.conversation import Conversation, Fact
from router.domain.flood import Look
from router.inbound.extras import Extras, Quiet
from router.repositories import contacts, conversations
from router.repositories.contacts import KnownContact, Point, Wanted
from router.repositories.conversations import Opening, Saving, Thread
from router.repositories.events import EventRow, event_row
from router.repositories.messages import MessageRow
from router.repositories.timers import SLA, TimerRow
from schemas.content import Content
from schemas.inbound import InboundRecord, MessageEchoed, MessageReceived, Sender
from schemas.media import MediaWanted, WantedMedia
from schemas.topics import MEDIA_WANTED

_DISPLAY_SKEW = timedelta(minutes=2)
_DETECTOR: Detector = WordDetector()


@dataclass(frozen=True, slots=True)
class Arrival:
    """One decoded record with its place on the bus."""

    record: InboundRecord
    source: BusRecord

    @property
    def thread(self) -> Thread:
        return self.record.account_id, self.record.event.thread_key

    @property
    def key_hash(self) -> bytes:
        """What makes it once: event kind and the codec's key, within its account."""
        event = self.record.event
        return hashlib.blake2b(f"{event.kind}\0{event.dedup_key}".encode(), digest_size=16).digest()


@dataclass(slots=True)
class Batch:
    """The rows one transaction will write."""

    now: datetime
    configs: dict[str, TenantConfig]
    openings: list[Opening] = field(default_factory=list)
    savings: dict[str, Saving] = field(default_factory=dict)
    messages: list[MessageRow] = field(default_factory=list)
    events: list[EventRow] = field(default_factory=list)
    timers: dict[str, TimerRow] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    outbox: list[OutboxRow] = field(default_factory=list)
    waiting_tenants: set[str] = field(default_factory=set)
    extras: Extras = field(default_factory=lambda: Extras(Look({})))
    events_written: bool = False
    held_released: bool = False
    fresh: Sequence[Arrival] = ()

    def config(self, tenant_id: str) -> TenantConfig:
        return self.configs.get(tenant_id) or TenantConfig(tenant_id, self.now)

    def say(self, conversation: Conversation, *facts: Fact) -> None:
        self.events.extend(event_row(conversation.tenant_id, fact, self.now) for fact in facts)

    def save(self, conversation: Conversation, preview: str | None, messages: int) -> None:
        before = self.savings.get(conversation.id)
        self.savings[conversation.id] = Saving(
            conversation,
            preview if preview is not None else (before.preview if before else None),
            messages + (before.messages if before else 0),
        )

    def apply(self, conversation: Conversation, change: rules.Change) -> None:
        self.say(conversation, *change.facts)
        if change.cancel:
            self.timers.pop(conversation.id, None)
            self.cancelled.add(conversation.id)
        if change.timer is not None:
            self.timers[conversation.id] = TimerRow(
                conversation.tenant_id, conversation.id, SLA, change.timer.due_at, change.timer.encode()
            )


async def take(connection: Connection, batch: Batch, arrivals: Sequence[Arrival], reopen_within: timedelta) -> None:
    """Adds all of `arrivals` (messages and echoes, in order) to `batch`; locks the conversations it touches."""
    threads = [arrival.thread for arrival in arrivals]
    open_now = await conversations.lock_open(connection, threads)
    absent = {thread for thread in threads if thread not in open_now}
    before = await conversations.lock_resolved_since(connection, absent, batch.now - reopen_within) if absent else {}
    people = await _people(connection, arrivals, open_now)
    # Messages that their provider dates to the same second are shown by id, and ids of one millisecond are in no order.
    ids = sorted(new_id("msg") for _ in arrivals)
    for message_id, arrival in zip(ids, arrivals, strict=True):
        with span_of(arrival):
            current = open_now.get(arrival.thread)
            if current is None:
                current = _reopen_or_open(batch, arrival, before.get(arrival.thread), people)
                open_now[arrival.thread] = current
            _apply(batch, message_id, arrival, current, people)


def span_of(arrival: Arrival) -> AbstractContextManager[object]:
    """The part of a message's own trace that the router adds: its webhook is the parent, whatever batch it came in."""
    told = {attributes.TENANT: arrival.record.tenant_id, attributes.CHANNEL: arrival.record.channel}
    return tracing.span("route", kind="consumer", parent=tracing.extract(arrival.source.headers), values=told)


def _person(arrival: Arrival) -> Sender:
    event = arrival.record.event
    assert isinstance(event, MessageReceived | MessageEchoed)
    return event.sender if isinstance(event, MessageReceived) else event.recipient


async def _people(
    connection: Connection, arrivals: Sequence[Arrival], open_now: dict[Thread, Conversation]
) -> dict[Point, KnownContact]:
    """Contacts are looked up only where the conversation doesn't know its writer already."""
    wanted = [
        Wanted(a.record.tenant_id, a.record.account_id, _speaking(_person(a), a))
        for a in arrivals
        if a.thread not in open_now or open_now[a.thread].contact_address != _person(a).address
    ]
    return await contacts.find_or_create(connection, wanted) if wanted else {}


def _speaking(person: Sender, arrival: Arrival) -> Sender:
    """A new contact's language is the channel's word, else what they write in."""
    if person.language or not isinstance(arrival.record.event, MessageReceived):
        return person
    return person.model_copy(update={"language": _language(arrival.record.event)})


def _language(event: MessageReceived) -> str | None:
    """What the message is written in; where that can't be told, what the channel says its sender speaks."""
    found = _DETECTOR.detect(event.content.text) if event.content.text else None
    return found or (event.sender.language[:2].lower() if event.sender.language else None)


def _reopen_or_open(
    batch: Batch, arrival: Arrival, last: tuple[Conversation, bool] | None, people: dict[Point, KnownContact]
) -> Conversation:
    record = arrival.record
    if last is not None and last[1]:
        return last[0]
    opened = _open(batch, arrival, people)
    previous = last[0].id if last else None
    event = record.event
    subject = event.subject if isinstance(event, MessageReceived) else None
    batch.openings.append(Opening(opened, record.channel, _person(arrival).name, subject, previous))
    data = opened.base() | {"contact_id": opened.contact_id, "channel": record.channel, "previous_id": previous}
    batch.say(opened, Fact("conversation.opened", data))
    return opened


def _open(batch: Batch, arrival: Arrival, people: dict[Point, KnownContact]) -> Conversation:
    record, person = arrival.record, _person(arrival)
    contact = people[record.account_id, person.address]
    can = capabilities(record.channel)
    event = record.event
    return Conversation(
        id=new_id("cnv"),
        tenant_id=record.tenant_id,
        account_id=record.account_id,
        thread_key=event.thread_key,
        channel_class=can.channel_class.value,
        visibility=event.visibility.value if isinstance(event, MessageReceived) else "private",
        status="open",
        contact_id=contact.id,
        contact_address=person.address,
        cohort=contact.cohort,
        team_id=batch.config(record.tenant_id).team_of(record.account_id),
        agent_id=None,
        priority=0,
        opened_at=record.received_at,
        last_message_at=record.received_at,
    )


def _apply(
    batch: Batch, message_id: str, arrival: Arrival, current: Conversation, people: dict[Point, KnownContact]
) -> None:
    record, person = arrival.record, _person(arrival)
    event = record.event
    known = people.get((record.account_id, person.address))
    row = _message_row(message_id, arrival, current, known.id if known else current.contact_id)
    batch.messages.append(row)
    quiet: Quiet | None = None
    if isinstance(event, MessageReceived):
        change, quiet = _receive(batch, arrival, event, current, message_id)
    else:
        change = rules.reply(current, now=record.received_at, automatic=False)
    batch.apply(current, change)
    kind = "message.received" if isinstance(event, MessageReceived) else "message.sent"
    due = current.due_at.isoformat() if current.due_at else None
    told = {"message_id": row.id, "due_at": due} | ({"suppressed": quiet} if quiet else {})
    batch.say(current, Fact(kind, current.base() | told))
    batch.save(current, _person_content(arrival).preview(), 1)


def _receive(
    batch: Batch, arrival: Arrival, event: MessageReceived, current: Conversation, message_id: str
) -> tuple[rules.Change, Quiet | None]:
    """A customer's message; one of a blocked address or of a flood changes nothing but the conversation's history."""
    record, config = arrival.record, batch.config(arrival.record.tenant_id)
    quiet = batch.extras.judge(record, event, config)
    if quiet is not None:
        batch.extras.quiet[message_id] = quiet
    else:
        batch.extras.gather(record, event, current)
    change = rules.receive(
        current,
        received_at=record.received_at,
        said_at=event.provider_at or record.received_at,
        automatic=event.automatic or quiet is not None,
        rules=config.rules(record.channel, current.team_id),
    )
    if quiet is None:
        if not event.automatic and current.agent_id is None:
            batch.waiting_tenants.add(record.tenant_id)
        _want_media(batch, arrival)
    return change, quiet


def _person_content(arrival: Arrival) -> Content:
    event = arrival.record.event
    assert isinstance(event, MessageReceived | MessageEchoed)
    return event.content


def _message_row(message_id: str, arrival: Arrival, current: Conversation, contact_id: str) -> MessageRow:
    record, event = arrival.record, arrival.record.event
    assert isinstance(event, MessageReceived | MessageEchoed)
    inbound = isinstance(event, MessageReceived)
    said = event.provider_at
    shown = said if said is not None and abs(record.received_at - said) <= _DISPLAY_SKEW else record.received_at
    return MessageRow(
        id=message_id,
        tenant_id=record.tenant_id,
        conversation_id=current.id,
        account_id=record.account_id,
        direction="in" if inbound else "out",
        author_kind="contact" if inbound else "system",
        author_id=contact_id if inbound else None,
        content=event.content.model_dump_json(exclude_defaults=True),
        received_at=record.received_at,
        sort_at=shown,
        provider_at=said,
        bus_partition=arrival.source.partition,
        bus_offset=arrival.source.offset,
        provider_message_id=event.provider_message_id,
        in_reply_to=event.in_reply_to if isinstance(event, MessageReceived) else None,
        automatic=event.automatic if isinstance(event, MessageReceived) else False,
        state="received" if inbound else "sent",
        language=_language(event) if isinstance(event, MessageReceived) else None,
    )


def _want_media(batch: Batch, arrival: Arrival) -> None:
    """Asks the gateway to fetch what the provider still holds."""
    record, event = arrival.record, arrival.record.event
    assert isinstance(event, MessageReceived)
    wanted = tuple(
        WantedMedia(index=index, media=media)
        for index, media in enumerate(event.content.media)
        if media.blob is None and (media.url or media.provider_ref)
    )
    if not wanted or event.provider_message_id is None:
        return
    message = MediaWanted(
        tenant_id=record.tenant_id,
        account_id=record.account_id,
        channel=record.channel,
        thread_key=event.thread_key,
        provider_message_id=event.provider_message_id,
        media=wanted,
    )
    batch.outbox.append(
        OutboxRow(record.tenant_id, Message(MEDIA_WANTED, record.key, message.model_dump_json().encode()))
    )
