"""Interactions and webhook events over HTTP: what they say, and the answer that each demands at once."""

import json as stdlib_json
from typing import Any

from backbone.channel import json
from backbone.channel.batch import digest
from backbone.channel.port import Parsed, Response
from backbone.errors import PayloadInvalid
from schemas.content import Choice, Content
from schemas.inbound import AccountNotice, AnyInboundEvent, EventIgnored, MessageReceived, Sender
from services.discord import dispatch
from services.discord.content import Object, name_of
from services.discord.settings import DiscordSettings

PING, COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 1, 2, 3, 4, 5
PONG = 1
_EPHEMERAL = 1 << 6
_OPTIONS_MAX = 25
_VALUES_MAX = 25
_FIELDS_MAX = 50
NO_BODY = Response(status=204)

_MESSAGES = {"MESSAGE_CREATE": dispatch.message, "MESSAGE_UPDATE": dispatch.edited, "MESSAGE_DELETE": dispatch.deleted}


def webhook_event(body: Object, application: str, settings: DiscordSettings) -> Parsed:
    """204 without a body to all of them, to the ping (type 0) too. Raises `PayloadInvalid`."""
    if body.get("type") == 0:
        return Parsed(response=NO_BODY)
    event = json.obj(body.get("event"), "event")
    kind = json.text(event.get("type"), "event.type")[:60]
    data = event.get("data")
    ref = json.identifier(body["application_id"], "application_id") if body.get("application_id") else None
    frame = dispatch.Frame(ref or application, settings, None)
    for ending, read in _MESSAGES.items():
        if kind.endswith(ending) and isinstance(data, dict):
            found = read(_dated(data, event), frame)
            return Parsed(tuple(one.model_copy(update={"account_ref": ref}) for one in found), response=NO_BODY)
    common: dict[str, Any] = {"thread_key": "", "dedup_key": digest(body), "account_ref": ref}
    if kind in {"APPLICATION_AUTHORIZED", "APPLICATION_DEAUTHORIZED"}:
        notice = AccountNotice(code=kind, provider_at=json.optional_iso_instant(_zoned(event)), **common)
        return Parsed((notice,), response=NO_BODY)
    return Parsed((EventIgnored(reason=f"event {kind}", **common),), response=NO_BODY)


def _zoned(event: Object) -> str | None:
    """Discord's times here are UTC and say so only sometimes."""
    given = json.optional_text(event.get("timestamp"))
    return given if given is None or given.endswith("Z") or "+" in given else f"{given}Z"


def _dated(data: Object, event: Object) -> Object:
    """An update of a lobby says only when it was told; that stands for when it was made."""
    return {**data, "edited_timestamp": data.get("edited_timestamp") or _zoned(event)}


def interaction(body: Object, settings: DiscordSettings) -> Parsed:
    """A command, a pressed button, a picked row or a filled form as a message. Raises `PayloadInvalid`."""
    kind = body.get("type")
    if kind == PING and not body.keys() & {"name", "data"}:
        return Parsed(response=_answer({"type": PONG}))
    ref = json.identifier(body["application_id"], "application_id") if body.get("application_id") else None
    if kind == AUTOCOMPLETE:
        ignored = EventIgnored(thread_key="", dedup_key=_identity(body), account_ref=ref, reason="autocomplete")
        return Parsed((ignored,), response=_answer({"type": 8, "data": {"choices": []}}))
    if kind == COMMAND:
        event = _received(body, ref, Content(text=_typed(json.obj(body.get("data"), "data"))))
        return Parsed((event,), response=_noted(settings))
    if kind == COMPONENT:
        event = _received(body, ref, Content(choice=_picked(body)))
        return Parsed((event,), response=_answer({"type": 6}))
    if kind == MODAL:
        event = _received(body, ref, Content(choice=_filled(json.obj(body.get("data"), "data"))))
        return Parsed((event,), response=_noted(settings))
    if not isinstance(kind, int) or isinstance(kind, bool):
        raise PayloadInvalid("the body is no interaction")
    found: AnyInboundEvent = EventIgnored(
        thread_key="", dedup_key=_identity(body), account_ref=ref, reason=f"interaction {str(kind)[:20]}"
    )
    return Parsed((found,), response=_noted(settings))


def _answer(value: Object) -> Response:
    return Response(body=stdlib_json.dumps(value).encode(), media_type="application/json")


def _noted(settings: DiscordSettings) -> Response:
    """A line that only the person sees: within three seconds Discord must have an answer, and ours comes later."""
    return _answer({"type": 4, "data": {"content": settings.received_text, "flags": _EPHEMERAL}})


def _identity(body: Object) -> str:
    return json.identifier(body["id"], "id") if body.get("id") else digest(body)


def _received(body: Object, ref: str | None, content: Content) -> MessageReceived:
    member = body.get("member")
    inner = member.get("user") if isinstance(member, dict) else None
    user = json.obj(inner or body.get("user"), "user")
    nick = json.optional_text(member.get("nick")) if isinstance(member, dict) else None
    shown = body.get("message")
    quoted = shown.get("id") if isinstance(shown, dict) else None
    return MessageReceived(
        thread_key=json.identifier(body.get("channel_id"), "channel_id"),
        dedup_key=json.identifier(body.get("id"), "id"),
        account_ref=ref,
        sender=Sender(
            address=json.identifier(user.get("id"), "user.id"),
            name=nick or name_of(user),
            language=json.optional_text(body.get("locale")),
        ),
        content=content,
        in_reply_to=json.identifier(quoted, "message.id") if quoted else None,
    )


def _typed(data: Object) -> str:
    """A slash command with its options, as one would type it; the name alone for commands on people and messages."""
    name = json.text(data.get("name"), "data.name")
    words = [f"/{name}" if data.get("type", 1) == 1 else name, *_options(data.get("options"), 3)]
    return " ".join(words)


def _options(options: Any, depth: int) -> list[str]:
    """`name: value` of each option; those of subcommands behind their name."""
    words: list[str] = []
    for option in options[:_OPTIONS_MAX] if isinstance(options, list) and depth else []:
        value = json.obj(option, "an option")
        name, given = json.text(value.get("name"), "option.name"), value.get("value")
        said = json.clean(str(given)) if isinstance(given, (str, int, float)) else None
        words.append(name if said is None else f"{name}: {said}")
        words += _options(value.get("options"), depth - 1)
    return words


def _picked(body: Object) -> Choice:
    data = json.obj(body.get("data"), "data")
    values = data.get("values")
    identity = json.identifier(data.get("custom_id"), "custom_id")
    if not isinstance(values, list) or not values:
        return Choice(id=identity, title=_label(body, identity))
    picked = [json.text(value, "a value") for value in values[:_VALUES_MAX]]
    return Choice(id=picked[0], data={"values": picked} if len(picked) > 1 else None)


def _label(body: Object, identity: str) -> str | None:
    """The title of the pressed button, from the message it stands below."""
    shown = body.get("message")
    rows = shown.get("components") if isinstance(shown, dict) else None
    for row in rows[:40] if isinstance(rows, list) else []:
        buttons = row.get("components") if isinstance(row, dict) else None
        for button in buttons[:40] if isinstance(buttons, list) else []:
            if isinstance(button, dict) and button.get("custom_id") == identity:
                return json.optional_text(button.get("label"))
    return None


def _filled(data: Object) -> Choice:
    """Each field of a form by its name: in rows, or below labels."""
    answers: dict[str, object] = {}
    rows = data.get("components")
    for row in rows[:_FIELDS_MAX] if isinstance(rows, list) else []:
        value = json.obj(row, "a row")
        inner = value.get("components") or [value.get("component")]
        for field in inner[:_FIELDS_MAX] if isinstance(inner, list) else []:
            if isinstance(field, dict) and field.get("custom_id"):
                answers[json.identifier(field["custom_id"])] = json.cleaned(field.get("value", field.get("values")))
    return Choice(id=json.identifier(data.get("custom_id"), "custom_id"), data=answers or None)
