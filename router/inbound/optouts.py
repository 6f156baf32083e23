"""Messages that are nothing but a word that ends or renews consent: noted, confirmed once, and nothing waits to be sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from backbone.storage.database import Connection
from router.config import capabilities
from router.domain import consent
from router.domain.consent import Word
from router.domain.conversation import Conversation
from router.repositories import consents, contacts
from router.repositories.consents import Said
from router.repositories.events import EventRow
from router.usecases import messages as speech
from router.usecases.consents import set_address
from schemas.content import Content
from schemas.inbound import InboundRecord, MessageReceived, Visibility


@dataclass(frozen=True, slots=True)
class Spoken:
    """One such message, in its conversation."""

    current: Conversation
    channel: str
    message_id: str
    text: str
    word: Word
    language: str | None
    at: datetime


def spoken(record: InboundRecord, event: MessageReceived, current: Conversation, message_id: str) -> Spoken | None:
    """None for every other message, for those in public and for those of others than the conversation's customer."""
    text = event.content.text
    word = consent.word_of(text)
    if word is None or text is None or event.automatic or event.content.media:
        return None
    if event.visibility is Visibility.PUBLIC or event.sender.address != current.contact_address:
        return None
    language = word.language or event.sender.language
    at = event.provider_at or record.received_at
    return Spoken(current, record.channel, message_id, text.strip(), word, language, at)


async def write(connection: Connection, said: Sequence[Spoken], now: datetime, say: Callable[[EventRow], None]) -> bool:
    """After the messages of the batch are stored, with their conversations locked; tells whether anything is on its way out.

    A word that changes nothing is an ordinary message: it is not kept as a consent, and not confirmed again.
    """
    sent = False
    for one in said:
        current, out = one.current, one.word.state == "withdrawn"
        # Before the refusal is noted: it would hold the confirmation back.
        known = await contacts.is_opted_out(connection, current.account_id, current.contact_address)
        if out is known:
            continue
        if out and not capabilities(one.channel).carried:
            sent |= await _confirm(connection, one, now)
        tenant_id, state, place = current.tenant_id, one.word.state, (current.account_id, current.contact_address)
        changed = await set_address(connection, tenant_id, *place, state, word=one.text, at=one.at, now=now)
        if changed is None:
            continue
        contact, told = changed
        await consents.append(
            connection, Said(tenant_id, contact, "all", state, "word", one.at, *place, one.text, one.message_id)
        )
        say(told)
    return sent


async def _confirm(connection: Connection, one: Spoken, now: datetime) -> bool:
    language = one.language or await contacts.language_of(connection, one.current.contact_id)
    return await speech.tell(connection, one.current, Content(text=consent.confirmation(language)), now) is not None
