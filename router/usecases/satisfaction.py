"""Asks customers how it went, on their own channel, and takes their answers."""

from datetime import datetime

from backbone.storage.database import Connection
from router.config import TenantConfig, capabilities
from router.domain import satisfaction as rules
from router.domain.consent import Allowed, Wait
from router.domain.conversation import Conversation, Fact
from router.domain.satisfaction import Answer, Asking
from router.repositories import contacts, events, timers
from router.repositories import satisfaction as repository
from router.repositories.events import event_row
from router.repositories.timers import SATISFACTION, TimerRow
from router.usecases import advocates, consents
from router.usecases import messages as speech
from router.usecases.common import channel_of
from schemas.content import Button, ChoiceList, Content, Row, Section


async def resolved(
    connection: Connection, config: TenantConfig, current: Conversation, agent_id: str | None, now: datetime
) -> None:
    """Notes that a locked conversation was resolved just now, and when its customer is to be asked; `agent_id` had it."""
    await repository.note_resolved(connection, current, agent_id, now)
    asking = rules.asking_from(config.settings)
    if not asking.enabled:
        return
    can = capabilities(await channel_of(connection, current))
    at = rules.ask_at(
        asking,
        channel_class=current.channel_class,
        own_client=can.rates,
        visibility=current.visibility,
        wrote=current.last_customer_at is not None,
        window_expires_at=current.window_expires_at,
        now=now,
    )
    if at is not None:
        await timers.put(connection, [TimerRow(current.tenant_id, current.id, SATISFACTION, at, "ask")])


async def ask(connection: Connection, config: TenantConfig, current: Conversation, now: datetime) -> bool:
    """Asks about a locked conversation, and tells whether it did: not if it was opened again, if the channel or the customer
    wants no such message now, or if the customer was asked within the tenant's time.
    """
    asking = rules.asking_from(config.settings)
    if not asking.enabled or current.status != "resolved" or not await may_ask(connection, current, asking, now):
        return False
    verdict = await consents.may_write(connection, config, current, "satisfaction", now)
    if isinstance(verdict, Wait) and _is_open(current, verdict.until):
        await timers.put(connection, [TimerRow(current.tenant_id, current.id, SATISFACTION, verdict.until, "ask")])
    if not isinstance(verdict, Allowed):
        return False
    can = capabilities(await channel_of(connection, current))
    language = await contacts.language_of(connection, current.contact_id)
    content = _content(rules.question(can.buttons_max, can.list_rows_max, language))
    if await speech.tell(connection, current, content, now) is None:
        return False
    await repository.note_asked(connection, current, now)
    return True


def _is_open(current: Conversation, at: datetime) -> bool:
    return current.window_expires_at is None or at < current.window_expires_at


async def may_ask(connection: Connection, current: Conversation, asking: Asking, now: datetime) -> bool:
    """Whether it is time to ask this customer again; whether they want to be asked is `consents.may_write`'s to say."""
    return not await repository.was_asked_since(connection, current.contact_id, now - asking.every)


async def take(
    connection: Connection,
    config: TenantConfig,
    current: Conversation,
    answer: Answer,
    language: str | None,
    now: datetime,
) -> None:
    """Keeps a customer's answer in a locked conversation whose message is stored already, and says the next thing."""
    await repository.keep(connection, current, answer, now)
    if answer.score is not None:
        data = current.base() | {"score": answer.score}
        await events.append(connection, [event_row(current.tenant_id, Fact("conversation.rated", data), now)])
        await advocates.rated(connection, config.settings, current.tenant_id, current.id, answer.score, now)
    if answer.says == "effort":
        can = capabilities(await channel_of(connection, current))
        await speech.tell(
            connection, current, _content(rules.question(can.buttons_max, can.list_rows_max, language, "effort")), now
        )
    elif answer.says is not None and current.status == "resolved":
        await speech.tell(connection, current, Content(text=rules.words_of(answer.says, language)), now)


def _content(question: rules.Question) -> Content:
    if question.shown == "buttons":
        return Content(
            text=question.text, buttons=tuple(Button(id=id_, title=title) for id_, title in question.options)
        )
    if question.shown == "list":
        rows = tuple(Row(id=id_, title=title) for id_, title in question.options)
        return Content(text=question.text, choices=ChoiceList(button=question.choose, sections=(Section(rows=rows),)))
    return Content(text=question.text)
