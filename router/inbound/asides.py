"""Events that change no message: typing, calls, addresses, consent, reports on customers, and what a provider says of an account."""

from collections.abc import Sequence

from backbone.channel.json import clean
from backbone.storage.database import Connection
from router.domain.consent import State
from router.domain.conversation import Fact
from router.inbound.arrivals import Arrival, Batch
from router.repositories import consents, contacts, conversations
from router.repositories.consents import Said
from router.repositories.contacts import Wanted
from router.repositories.events import event_row
from router.repositories.reports import Reports
from router.usecases.consents import set_address
from schemas.inbound import (
    AccountNotice,
    CallUpdated,
    ConsentChanged,
    ContactChanged,
    CustomerReported,
    TypingStarted,
)

CODE_MAX = 100
DETAIL_MAX = 500


async def apply(connection: Connection, batch: Batch, fresh: Sequence[Arrival]) -> None:
    """Applies those among `fresh`, in order."""
    for arrival in fresh:
        event = arrival.record.event
        if isinstance(event, ContactChanged):
            await _move_contact(connection, batch, arrival, event)
        elif isinstance(event, ConsentChanged):
            await _note_consent(connection, batch, arrival, event)
        elif isinstance(event, AccountNotice):
            await _note_account(connection, batch, arrival, event)
        elif isinstance(event, CustomerReported):
            await _note_report(connection, arrival, event)
        elif isinstance(event, TypingStarted | CallUpdated):
            open_now = await conversations.lock_open(connection, [arrival.thread])
            for current in open_now.values():
                batch.say(current, _aside(current.base(), event))


def _aside(base: dict[str, object], event: TypingStarted | CallUpdated) -> Fact:
    if isinstance(event, TypingStarted):
        return Fact("typing.started", base | {"by": "contact"})
    data = {"call_id": event.call_id, "state": event.state, "duration_seconds": event.duration_seconds}
    return Fact("call.updated", base | data)


async def _move_contact(connection: Connection, batch: Batch, arrival: Arrival, event: ContactChanged) -> None:
    record = arrival.record
    contact = await contacts.link(connection, record.tenant_id, record.account_id, event.old_address, event.new_address)
    if contact:
        batch.events.append(event_row(record.tenant_id, Fact("contact.updated", {"contact_id": contact}), batch.now))


async def _note_consent(connection: Connection, batch: Batch, arrival: Arrival, event: ConsentChanged) -> None:
    """The contact point is made where it is not known: who forbids messages may never have written one."""
    record = arrival.record
    await contacts.find_or_create(connection, [Wanted(record.tenant_id, record.account_id, event.sender)])
    state: State = "withdrawn" if event.state == "opted_out" else "given"
    at, word = event.provider_at or record.received_at, clean(event.word)[:CODE_MAX] if event.word else None
    place = (record.account_id, event.sender.address)
    changed = await set_address(connection, record.tenant_id, *place, state, word=word, at=at, now=batch.now)
    if changed is not None:
        contact, told = changed
        await consents.append(connection, Said(record.tenant_id, contact, "all", state, "provider", at, *place, word))
        batch.events.append(told)


async def _note_account(connection: Connection, batch: Batch, arrival: Arrival, event: AccountNotice) -> None:
    """The last word for each code: providers repeat themselves."""
    record, at = arrival.record, event.provider_at or arrival.record.received_at
    code = clean(event.code)[:CODE_MAX]
    await connection.execute(
        """
        INSERT INTO account_notices AS n (account_id, code, tenant_id, severity, detail, at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (account_id, code) DO UPDATE SET severity = $4, detail = $5, at = $6 WHERE n.at <= $6
        """,
        record.account_id,
        code,
        record.tenant_id,
        event.severity,
        clean(event.detail)[:DETAIL_MAX],
        at,
    )
    data = {"account_id": record.account_id, "code": code, "severity": event.severity}
    batch.events.append(event_row(record.tenant_id, Fact("channel_account.noticed", data), batch.now))


async def _note_report(connection: Connection, arrival: Arrival, event: CustomerReported) -> None:
    """A clock that is ahead must not keep later reports out: nothing occurred after it was received."""
    record = arrival.record
    at = min(event.provider_at or record.received_at, record.received_at)
    await Reports(connection, record.tenant_id, record.account_id).write(event, at)
