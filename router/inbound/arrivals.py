"""New messages of a batch: find or open the conversation, apply the rules, collect the rows to write."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

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
from router.domain.satisfaction import asking_from
from router.inbound.extras import Extras, Quiet
from router.inbound.satisfaction import Answers, open_questions
from router.repositories import contacts, conversations
from router.repositories.contacts import KnownContact, Point, Wanted
from router.repositories.conversations import Opening, Saving, Thread
from router.repositories.events import EventRow, event_row
from router.repositories.messages import MessageRow
from router.repositories.timers import RESOLVE, SLA, TimerRow
from schemas.inbound import InboundRecord, MessageEchoed, MessageReceived, Sender, Visibility
from schemas.media import MediaWanted, WantedMedia
from schemas.topics import MEDIA_WANTED

_DISPLAY_SKEW = timedelta(minutes=2)
_UNTRACED: AbstractContextManager[object] = nullcontext()
_DETECTOR: Detector = WordDetector()


@dataclass(slots=True, eq=False)
class Arrival:
    """One decoded record with its place on the bus.

    `key_hash` is what makes it once: event kind and the codec's key, within its account.
    """

    record: InboundRecord
    source: BusRecord
    thread: Thread = field(init=False)
    key_hash: bytes = field(init=False)

    def __post_init__(self) -> None:
        record = self.record
        event = record.event
        self.thread = record.account_id, event.thread_key
        self.key_hash = hashlib.blake2b(f"{event.kind}\0{event.dedup_key}".encode(), digest_size=16).digest()


@dataclass(slots=True)
class Batch:
    """The rows one transaction will write."""

    now: datetime
    configs: dict[str, TenantConfig]
    openings: list[Opening] = field(default_factory=list)
    savings: dict[str, Saving] = field(default_factory=dict)
    messages: list[MessageRow] = field(default_factory=list)
    events: list[EventRow] = field(default_factory=list)
    timers: dict[tuple[str, str], TimerRow] = field(default_factory=dict)
    """By conversation and kind."""
    cancelled: set[str] = field(default_factory=set)
    outbox: list[OutboxRow] = field(default_factory=list)
    waiting_tenants: set[str] = field(default_factory=set)
    extras: Extras = field(default_factory=lambda: Extras(Look({})))
    answers: Answers = field(default_factory=lambda: Answers({}))
    events_written: bool = False
    held_released: bool = False
    fresh: Sequence[Arrival] = ()
    masked: Counter[str] = field(default_factory=Counter)
    """Messages in which something was blacked out, by kind."""
    known_rules: dict[tuple[str, str, str | None], rules.Rules] = field(default_factory=dict)

    def config(self, tenant_id: str) -> TenantConfig:
        return self.configs.get(tenant_id) or TenantConfig(tenant_id, self.now)

    def rules_of(self, tenant_id: str, channel: str, team_id: str | None) -> rules.Rules:
        """Put together once a batch."""
        key = tenant_id, channel, team_id
        found = self.known_rules.get(key)
        if found is None:
            found = self.known_rules[key] = self.config(tenant_id).rules(channel, team_id)
        return found

    def team_of(self, tenant_id: str, account_id: str) -> str | None:
        """Who gets what is new on this account now."""
        config = self.config(tenant_id)
        return config.awake(config.team_of(account_id), self.now)

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
            self.timers.pop((conversation.id, SLA), None)
            self.cancelled.add(conversation.id)
        for kind, timer in ((SLA, change.timer), (RESOLVE, change.resolve)):
            if timer is not None:
                self.timers[conversation.id, kind] = TimerRow(
                    conversation.tenant_id, conversation.id, kind, timer.due_at, timer.encode()
                )


async def take(
    connection: Connection,
    batch: Batch,
    arrivals: Sequence[Arrival],
    open_now: dict[Thread, Conversation],
    reopen_within: timedelta,
) -> None:
    """Adds all of `arrivals` (messages and echoes, in order) to `batch`.

    `open_now` are the open conversations of their threads, locked; further ones that it touches it locks itself.
    """
    absent = {arrival.thread for arrival in arrivals if arrival.thread not in open_now}
    before = await conversations.lock_resolved_since(connection, absent, batch.now - reopen_within) if absent else {}
    if before:
        batch.answers = await open_questions(connection, [last for last, _ in before.values()], batch.now)
    people = await _people(connection, arrivals, open_now)
    # Messages that their provider dates to the same second are shown by id, and ids of one millisecond are in no order.
    ids = sorted(new_id("msg") for _ in arrivals)
    for message_id, arrival in zip(ids, arrivals, strict=True):
        with span_of(arrival):
            current = open_now.get(arrival.thread)
            if current is None:
                if arrival.thread in before and _answers(batch, message_id, arrival, before[arrival.thread][0]):
                    continue
                current = _reopen_or_open(batch, arrival, before.get(arrival.thread), people)
                open_now[arrival.thread] = current
            _apply(batch, message_id, arrival, current, people)


def span_of(arrival: Arrival) -> AbstractContextManager[object]:
    """The part of a message's own trace that the router adds: its webhook is the parent, whatever batch it came in."""
    if not tracing.enabled():
        return _UNTRACED
    told = {attributes.TENANT: arrival.record.tenant_id, attributes.CHANNEL: arrival.record.channel}
    return tracing.span("route", kind="consumer", parent=tracing.extract(arrival.source.headers), values=told)


def _said(arrival: Arrival) -> MessageReceived | MessageEchoed:
    """The event of an arrival that says something. By name first: asking a pydantic model for its class costs much more."""
    event = arrival.record.event
    assert event.kind in {"message", "echo"}
    return event


def _person(event: MessageReceived | MessageEchoed) -> Sender:
    return event.sender if event.kind == "message" else event.recipient


async def _people(
    connection: Connection, arrivals: Sequence[Arrival], open_now: dict[Thread, Conversation]
) -> dict[Point, KnownContact]:
    """Contacts are looked up only where the conversation doesn't know its writer already."""
    wanted = []
    for arrival in arrivals:
        person, known = _person(_said(arrival)), open_now.get(arrival.thread)
        if known is None or known.contact_address != person.address:
            wanted.append(Wanted(arrival.record.tenant_id, arrival.record.account_id, _speaking(person, arrival)))
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
    event = _said(arrival)
    subject = event.subject if event.kind == "message" else None
    batch.openings.append(Opening(opened, record.channel, _person(event).name, subject, previous))
    data = opened.base() | {"contact_id": opened.contact_id, "channel": record.channel, "previous_id": previous}
    batch.say(opened, Fact("conversation.opened", data))
    return opened


def _open(batch: Batch, arrival: Arrival, people: dict[Point, KnownContact]) -> Conversation:
    record, event = arrival.record, _said(arrival)
    person = _person(event)
    contact = people[record.account_id, person.address]
    can = capabilities(record.channel)
    config = batch.config(record.tenant_id)
    team_id = batch.team_of(record.tenant_id, record.account_id)
    return Conversation(
        id=new_id("cnv"),
        tenant_id=record.tenant_id,
        account_id=record.account_id,
        thread_key=event.thread_key,
        channel_class=can.channel_class.value,
        visibility=event.visibility.value if event.kind == "message" else can.visibility,
        status="open",
        contact_id=contact.id,
        contact_address=person.address,
        cohort=contact.cohort,
        team_id=team_id,
        agent_id=None,
        priority=0,
        opened_at=record.received_at,
        last_message_at=record.received_at,
        units=config.work_of(team_id).units.get(can.channel_class.value, 1),
    )


def _apply(
    batch: Batch, message_id: str, arrival: Arrival, current: Conversation, people: dict[Point, KnownContact]
) -> None:
    record, event = arrival.record, _said(arrival)
    known = people.get((record.account_id, _person(event).address)) if people else None
    batch.messages.append(
        _message_row(message_id, arrival, event, current.id, known.id if known else current.contact_id)
    )
    quiet: Quiet | None = None
    if event.kind == "message":
        kind = "message.received"
        change, quiet = _receive(batch, record, event, current, message_id)
    else:
        kind = "message.sent"
        change = rules.reply(current, now=record.received_at, automatic=False)
    batch.apply(current, change)
    data = current.base()
    data["message_id"] = message_id
    data["due_at"] = current.due_at.isoformat() if current.due_at else None
    if quiet is not None:
        data["suppressed"] = quiet
    if kind == "message.received" and current.waiting_since == record.received_at:
        data |= rules.began(current)
    batch.say(current, Fact(kind, data))
    batch.save(current, event.content.preview(), 1)


def _answers(batch: Batch, message_id: str, arrival: Arrival, last: Conversation) -> bool:
    """Whether the message is an answer to our question about the resolved case `last`, and nothing more. It is kept there."""
    record, event = arrival.record, arrival.record.event
    config = batch.config(record.tenant_id)
    if not isinstance(event, MessageReceived) or config.is_blocked(
        record.account_id, (event.sender.address, *event.sender.aliases), record.received_at
    ):
        return False
    answer = batch.answers.hear(record, event, last, asking_from(config.settings))
    if answer is None or answer.ordinary:
        return False
    row = _message_row(message_id, arrival, event, last.id, last.contact_id)
    batch.messages.append(msgspec.structs.replace(row, automatic=True))
    window = batch.rules_of(record.tenant_id, record.channel, last.team_id).reply_window
    rules.hear_answer(last, received_at=record.received_at, said_at=event.provider_at, reply_window=window)
    batch.say(last, Fact("message.received", last.base() | {"message_id": message_id, "due_at": None}))
    batch.save(last, event.content.preview(), 1)
    return True


def _receive(
    batch: Batch, record: InboundRecord, event: MessageReceived, current: Conversation, message_id: str
) -> tuple[rules.Change, Quiet | None]:
    """A customer's message; one of a blocked address or of a flood changes nothing but the conversation's history."""
    quiet = batch.extras.judge(record, event, batch.config(record.tenant_id))
    if quiet is not None:
        batch.extras.quiet[message_id] = quiet
    else:
        batch.extras.gather(record, event, current, message_id)
        if event.visibility is Visibility.PUBLIC:
            batch.extras.weigh(message_id, record, event, current, _language(event))
    change = rules.receive(
        current,
        received_at=record.received_at,
        said_at=event.provider_at or record.received_at,
        automatic=event.automatic or quiet is not None,
        rules=batch.rules_of(record.tenant_id, record.channel, current.team_id),
    )
    if quiet is None:
        if not event.automatic and not current.held_units:
            batch.waiting_tenants.add(record.tenant_id)
        if event.content.media:
            _want_media(batch, record, event)
    return change, quiet


def _message_row(
    message_id: str, arrival: Arrival, event: MessageReceived | MessageEchoed, conversation_id: str, contact_id: str
) -> MessageRow:
    record, inbound, said = arrival.record, event.kind == "message", event.provider_at
    shown = said if said is not None and abs(record.received_at - said) <= _DISPLAY_SKEW else record.received_at
    return MessageRow(
        id=message_id,
        tenant_id=record.tenant_id,
        conversation_id=conversation_id,
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
        in_reply_to=event.in_reply_to if event.kind == "message" else None,
        automatic=event.automatic if event.kind == "message" else False,
        state="received" if inbound else "sent",
        language=_language(event) if isinstance(event, MessageReceived) else None,
    )


def _want_media(batch: Batch, record: InboundRecord, event: MessageReceived) -> None:
    """Asks the gateway to fetch what the provider still holds."""
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
