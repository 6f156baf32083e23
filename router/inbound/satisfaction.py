"""Messages that answer our question about a resolved case: kept as ratings, and they open nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backbone.storage.database import Connection
from router.config import TenantConfig
from router.domain import satisfaction as rules
from router.domain.conversation import Conversation
from router.domain.satisfaction import Answer, Asking, Heard
from router.repositories import satisfaction as repository
from router.repositories.satisfaction import Ask
from router.usecases import satisfaction
from schemas.content import Content
from schemas.inbound import InboundRecord, MessageReceived


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, with the conversation that it is about."""

    conversation: Conversation
    answer: Answer
    language: str | None
    at: datetime


class Answers:
    """The questions that stand open while a batch is applied, and what it answers to them."""

    def __init__(self, asks: dict[str, Ask]) -> None:
        self._asks = asks
        self.given: list[Answered] = []

    def hear(self, record: InboundRecord, event: MessageReceived, last: Conversation, asking: Asking) -> Answer | None:
        """What a message says to the question about `last`, which it does not reopen then; None for any other message."""
        ask = self._asks.get(last.id)
        if ask is None or event.automatic or event.sender.address != last.contact_address:
            return None
        found = rules.answer(
            ask.stage,
            _heard(event.content),
            since=ask.since,
            score=ask.score,
            effort=asking.effort,
            at=record.received_at,
        )
        if found is not None:
            self.given.append(Answered(last, found, ask.language, record.received_at))
            ask.stage, ask.since = found.stage, record.received_at
            ask.score = found.score or ask.score
        return found


async def open_questions(connection: Connection, last: Sequence[Conversation], now: datetime) -> Answers:
    """About the conversations that were the last of their threads."""
    ids = [one.id for one in last]
    since = now - rules.ANSWER_WITHIN - timedelta(hours=1)
    return Answers(await repository.waiting(connection, ids, since) if ids else {})


async def write(connection: Connection, given: Sequence[Answered], config_of: Callable[[str], TenantConfig]) -> None:
    """After the batch's messages are stored."""
    for one in given:
        await satisfaction.take(
            connection, config_of(one.conversation.tenant_id), one.conversation, one.answer, one.language, one.at
        )


def _heard(content: Content) -> Heard:
    alone = not content.media and content.location is None and not content.cards
    return Heard(
        text=content.text if alone else None,
        choice_id=content.choice.id if content.choice else None,
        choice_title=content.choice.title if content.choice else None,
    )
