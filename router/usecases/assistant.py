"""The assistant's turn: reads what was said, decides by `router.domain.assistant`, and answers or lets go under the bots' contract."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backbone.storage.database import Connection
from router.config import TenantConfig
from router.domain import assistant as rules
from router.domain.assistant import Form, Found, Move, Wanted
from router.domain.conversation import Conversation
from router.domain.order_status import order_status
from router.repositories import assistant as repository
from router.repositories import intents as known_intents
from router.repositories.assistant import Dialogue
from router.repositories.intents import Intent
from router.usecases import bot_speech, bots, intents, messages
from router.usecases.intents import Models, Told
from router.usecases.types import Author
from schemas.content import Content


def is_assistant(settings: Mapping[str, Any], agent_id: str | None) -> bool:
    """Whether this bot is the one that we play: the setting `bots.assistant_agent_id`."""
    return agent_id is not None and (settings.get("bots") or {}).get("assistant_agent_id") == agent_id


async def answer(
    connection: Connection, config: TenantConfig, models: Models, current: Conversation, now: datetime
) -> str:
    """Answers a locked conversation that the assistant has and whose customer waits: `answered`, `asked` (a form's question),
    `handed_over`, or nothing where it isn't its turn. Raises what `messages.send` raises.
    """
    if not is_assistant(config.settings, current.agent_id) or current.status != "open" or current.waiting_since is None:
        return ""
    dialogue = await repository.dialogue(connection, current.id)
    if not dialogue.said:
        return await _let_go(connection, config, current, Move(reason="low_score"), "It has no text.", now)
    known = await known_intents.every(connection, current.tenant_id)
    forms = forms_of(known)
    form = rules.open_form(dialogue.lines, forms)
    told, found = Told(None, None, None), list[Found]()
    if form is not None:
        move = rules.fill(form, dialogue.lines, dialogue.languages[0])
    elif rules.thanks(dialogue.said):
        move = Move(rules.saying("welcome", dialogue.languages[0]))
    elif rules.not_helped(dialogue.said):
        move = Move(reason="low_score")
    else:
        told = await intents.tell(connection, models, current.tenant_id, dialogue.said, known)
        action = next((intent.action for intent in known if intent.name == told.intent), {"kind": "search"})
        move, found = await _act(connection, current, dialogue, told, action, forms)
    if move.say:
        await _say(connection, current, move, now)
    if move.reason is None:
        return "asked" if form is not None else "answered"
    return await _let_go(connection, config, current, move, _summary(dialogue, told, found), now)


def forms_of(known: Sequence[Intent]) -> list[Form]:
    """The intents that ask for something before people have the case."""
    return [
        Form(
            intent.name,
            tuple(Wanted(one["name"], one["kind"], one["ask"]) for one in intent.action["fields"]),
            intent.action.get("skill"),
        )
        for intent in known
        if intent.action.get("kind") == "form"
    ]


async def _act(
    connection: Connection,
    current: Conversation,
    dialogue: Dialogue,
    told: Told,
    action: Mapping[str, Any],
    forms: Sequence[Form],
) -> tuple[Move, list[Found]]:
    """What the intent asks for; without one the knowledge base is asked."""
    language = dialogue.languages[0]
    if action["kind"] == "hand_over":
        return Move(reason="by_bot", skill=action.get("skill")), []
    if action["kind"] == "form":
        form = next(form for form in forms if form.intent == told.intent)
        return rules.fill(form, dialogue.lines, language), []
    if action["kind"] == "order":
        return order_status(await repository.orders(connection, current.id), dialogue.said, language), []
    if action["kind"] == "article":
        found = await repository.named(connection, action["slug"], dialogue.languages)
        if found:
            return rules.answer(found, dialogue.said, dialogue.lines, language), found
    best: list[Found] = []
    tongues = list(dialogue.languages)
    if not dialogue.certain:
        # Which language it is may be told by the articles that have its words.
        tongues += [one for one in await repository.languages(connection, current.tenant_id) if one not in tongues]
    for tried in tongues:
        found = await repository.search(connection, current.tenant_id, tried, dialogue.said)
        if found and (not best or found[0].coverage > best[0].coverage):
            best, language = found, tried
    return rules.answer(best, dialogue.said, dialogue.lines, language), best


def _summary(dialogue: Dialogue, told: Told, found: Sequence[Found]) -> str:
    """For the colleague: what was asked, what it was taken for, and what was looked at."""
    lines = [f"Asked ({dialogue.languages[0]}): {dialogue.said[:500]}"]
    if told.intent is not None:
        lines.append(f"Taken for: {told.intent} (by {told.by})")
    lines += [f"Looked at: {one.title} ({one.coverage:.0%} of the question)" for one in found]
    quoted = sum(not line.customer for line in dialogue.lines)
    if quoted:
        lines.append(f"Answered before: {quoted} times")
    return "\n".join(lines)[:2000]


async def _say(connection: Connection, current: Conversation, move: Move, now: datetime) -> None:
    """What goes before a hand-over doesn't end the customer's wait: somebody must still answer."""
    me = Author("bot", current.agent_id)
    content = await bot_speech.spoken(connection, current, me, Content(text=move.say))
    await messages.send(connection, current, author=me, content=content, now=now, automatic=move.reason is not None)


async def _let_go(
    connection: Connection, config: TenantConfig, current: Conversation, move: Move, summary: str, now: datetime
) -> str:
    await bots.let_go(
        connection,
        config,
        current,
        move.reason or "by_bot",
        now,
        summary=summary,
        fields=move.fields,
        skill=move.skill,
    )
    return "handed_over"
