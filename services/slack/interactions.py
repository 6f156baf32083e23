"""Turns pressed buttons, picked rows, submitted dialogs and slash commands into messages."""

from collections.abc import Mapping
from typing import Any

from backbone.channel import json
from backbone.channel.batch import digest
from backbone.channel.form import Form
from schemas.content import Choice, Content
from schemas.inbound import AnyInboundEvent, EventIgnored, MessageReceived, Sender
from services.slack.place import identifier, message_id, thread_key

_ACTIONS_MAX = 25

Interaction = dict[str, Any]


def interaction(value: Interaction) -> tuple[AnyInboundEvent, ...]:
    """Choices as messages; views, shortcuts and suggestions are ignored. Raises `PayloadInvalid`."""
    kind = json.text(value.get("type"), "type")[:60]
    team = _id_of(value.get("team"))
    if kind == "block_actions":
        actions = json.array(value.get("actions"), "actions")[:_ACTIONS_MAX]
        choices = [choice for action in actions if (choice := _choice(json.obj(action, "an action")))]
        if choices and _channel(value):
            return tuple(_chosen(value, choice, number, team) for number, choice in enumerate(choices))
    if kind == "dialog_submission":
        answers = json.cleaned(json.obj(value.get("submission"), "submission"))
        choice = Choice(id=identifier(value.get("callback_id"), "callback_id"), data=answers)
        return (_chosen(value, choice, 0, team),)
    return (EventIgnored(thread_key="", dedup_key=_name(value), account_ref=team, reason=f"interaction {kind}"),)


def _name(value: Interaction) -> str:
    given = value.get("trigger_id") or value.get("action_ts")
    return identifier(given, "trigger_id") if given else digest(value)


def _id_of(value: Any) -> str | None:
    return identifier(value["id"], "id") if isinstance(value, dict) and value.get("id") else None


def _part(value: Interaction, name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _channel(value: Interaction) -> str | None:
    return _id_of(value.get("channel")) or json.optional_text(_part(value, "container").get("channel_id"))


def _choice(action: dict[str, Any]) -> Choice | None:
    """A button by its value, else by its action; a picked row by its value. None where nothing was picked."""
    picked = action.get("selected_option")
    if isinstance(picked, dict):
        return Choice(id=identifier(picked.get("value"), "value"), title=_words(picked.get("text")))
    if action.get("type") != "button":
        return None
    return Choice(
        id=identifier(action.get("value") or action.get("action_id"), "value"), title=_words(action.get("text"))
    )


def _time(ts: Any) -> str | None:
    return identifier(ts, "ts") if ts else None


def _words(text: Any) -> str | None:
    return json.optional_text(text.get("text")) if isinstance(text, dict) else None


def _chosen(value: Interaction, choice: Choice, number: int, team: str | None) -> MessageReceived:
    user = json.obj(value.get("user"), "user")
    channel = identifier(_channel(value), "channel")
    container, message = _part(value, "container"), _part(value, "message")
    ts = _time(container.get("message_ts") or message.get("ts"))
    root = _time(container.get("thread_ts") or message.get("thread_ts")) or ts
    person = identifier(user.get("id"), "user.id")
    if root is None and not channel.startswith("D"):
        # Without a message there is no thread to answer in, and the channel may be anybody's.
        channel = person
    return MessageReceived(
        thread_key=thread_key(channel, root or "", direct=root is None or channel.startswith("D")),
        dedup_key=f"{_name(value)[:500]}:{number}",
        account_ref=team,
        sender=Sender(
            address=person,
            name=json.optional_text(user.get("username") or user.get("name")),
        ),
        content=Content(choice=choice),
        in_reply_to=message_id(channel, ts) if ts else None,
    )


def command(form: Form) -> MessageReceived:
    """A slash command as the text that was typed. Its channel may be anybody's, so the person is answered directly."""
    person = identifier(form.text("user_id"), "user_id")
    typed = f"{form.text('command')} {form.get('text') or ''}".strip()
    return MessageReceived(
        thread_key=person,
        dedup_key=identifier(form.text("trigger_id"), "trigger_id"),
        account_ref=form.get("team_id"),
        sender=Sender(address=person, name=form.get("user_name")),
        content=Content(text=typed),
    )
