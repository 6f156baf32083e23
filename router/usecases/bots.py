"""What bots may do, and what is done when they must let go: each inside the caller's transaction, which it never commits."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from backbone.errors import Conflict
from backbone.storage.database import Connection
from router.config import TenantConfig
from router.domain import bots as rules
from router.domain.conversation import Conversation, Fact
from router.domain.notices import own_text
from router.repositories import bots as repository
from router.usecases import conversations, messages
from router.usecases.answering import answering
from router.usecases.common import finish, lock
from router.usecases.types import Author
from schemas.content import Content

_PREFERRED_FOR = 300
"""Seconds for which the skill that a bot names is waited for."""
SUMMARY_MOST = 4000


def answer_within(settings: Mapping[str, Any]) -> timedelta:
    """A bot's time for an answer: the setting `bots.answer_within_seconds`, else 30 s."""
    asked = (settings.get("bots") or {}).get("answer_within_seconds")
    return timedelta(seconds=asked) if isinstance(asked, int) and 1 <= asked <= 3600 else rules.ANSWER_WITHIN


async def ask_time(
    connection: Connection, *, tenant_id: str, conversation_id: str, bot_id: str, more: timedelta, now: datetime
) -> datetime:
    """Until when the bot has time now: `more` from now on. Raises `NotFound`, and `Conflict` where it hasn't got the
    conversation, owes nothing, or has asked three times already.
    """
    current = await _held(connection, tenant_id, conversation_id, bot_id)
    if current.waiting_since is None:
        raise Conflict("the customer waits for nothing")
    until = await repository.extend(connection, current, now + min(more, rules.MORE_MOST), rules.MORE_TIMES)
    if until is None:
        raise Conflict(f"it has asked for more time {rules.MORE_TIMES} times: hand it over")
    return until


async def hand_over(
    connection: Connection,
    config: TenantConfig,
    *,
    conversation_id: str,
    bot_id: str,
    reason: str,
    summary: str | None,
    fields: Mapping[str, str],
    skill: str | None,
    now: datetime,
) -> int:
    """The bot gives it to people, with what it knows. Raises `NotFound`, and `Conflict` where it hasn't got it."""
    current = await _held(connection, config.tenant_id, conversation_id, bot_id)
    return await let_go(connection, config, current, reason, now, summary=summary, fields=fields, skill=skill)


async def let_go(
    connection: Connection,
    config: TenantConfig,
    current: Conversation,
    reason: str,
    now: datetime,
    *,
    summary: str | None = None,
    fields: Mapping[str, str] | None = None,
    skill: str | None = None,
) -> int:
    """Takes a locked conversation from its bot: it goes to people with its age, and to no bot again until somebody gives it to
    one. The summary and the fields become a note; the customer is told what happens and how long it takes, where the channel
    carries that.
    """
    bot = Author("bot", current.agent_id)
    given = await conversations.give(connection, current, None, bot, now, reason="bot_handed_over")
    await repository.mark_human(connection, current.id, skill, _PREFERRED_FOR)
    told = {"bot_id": bot.id, "reason": reason, "skill": skill, "fields": sorted(fields or {})}
    version = await finish(connection, current, now, facts=[*given, Fact("bot.handed_over", current.base() | told)])
    note = _note(reason, summary, fields or {})
    version = (
        await messages.store_note(connection, current, author=bot, content=Content(text=note), now=now)
    ).conversation_version
    return await _tell(connection, config, current, now) or version


def _note(reason: str, summary: str | None, fields: Mapping[str, str]) -> str:
    lines = [
        f"Handed over: {reason}",
        *([summary] if summary else []),
        *(f"{k}: {v}" for k, v in sorted(fields.items())),
    ]
    return "\n".join(lines)[:SUMMARY_MOST]


async def _tell(connection: Connection, config: TenantConfig, current: Conversation, now: datetime) -> int | None:
    """The conversation's version after it; None where the channel carries no such message now."""
    found = await answering(
        connection, tenant_id=current.tenant_id, account_id=current.account_id, channel_class=current.channel_class, now=now
    )  # fmt: skip
    seconds = found.wait.seconds if found.wait is not None and found.online else None
    wait = None if seconds is None else timedelta(seconds=seconds)
    seen = await repository.introduction(connection, current)
    own = own_text(seen.language, (config.settings.get("bots") or {}).get("handover_texts"))
    text = own or rules.handover_notice(seen.language, wait, closed=not found.is_open)
    stored = await messages.tell(connection, current, Content(text=text), now)
    return None if stored is None else stored.conversation_version


async def look(connection: Connection, config: TenantConfig, current: Conversation, now: datetime) -> str:
    """Looks at a locked conversation that a bot has and whose customer waits, and answers what became of it: `begun` (the
    bot's time runs), `missed` (once: it runs again), `handed_over`, or nothing where it is no bot's any more.
    """
    turn = await repository.turn(connection, current)
    if turn is None or current.status != "open" or current.waiting_since is None:
        return ""
    within = answer_within(config.settings)
    if not turn.looked_at:
        own = (config.settings.get("bots") or {}).get("words")
        reason = rules.lets_go(turn.said, own if isinstance(own, Mapping) else None)
        if reason is not None:
            await let_go(connection, config, current, reason, now)
            return "handed_over"
        await repository.begin(connection, current, turn.until or now + within)
        return "begun"
    if turn.until is None or turn.until > now:
        return ""
    if turn.misses + 1 >= rules.MISSES_MOST:
        await let_go(connection, config, current, "missed", now)
        return "handed_over"
    await repository.miss(connection, current, now + within)
    data = current.base() | {"bot_id": current.agent_id, "misses": turn.misses + 1}
    await finish(connection, current, now, facts=[Fact("bot.missed", data)])
    return "missed"


async def _held(connection: Connection, tenant_id: str, conversation_id: str, bot_id: str) -> Conversation:
    current = await lock(connection, tenant_id, conversation_id, None)
    if current.agent_id != bot_id or current.status == "resolved":
        raise Conflict("the bot hasn't got this conversation")
    return current
