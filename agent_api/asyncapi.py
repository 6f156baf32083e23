"""Writes the AsyncAPI 3.0 document of the live stream and of partners' webhooks: `python -m agent_api.asyncapi > docs/asyncapi.json`."""

import json
import sys
from typing import Any

from pydantic import TypeAdapter

from agent_api.customer.shown import CustomerMessageShown
from agent_api.http.json_schema import say_limits
from agent_api.http.webhooks import data_name, data_schemas, webhook_schema
from agent_api.live.commands import Command
from schemas.calls import CallCommand
from schemas.customer import FRAME
from schemas.event_data import EVENT_DATA
from schemas.events import EventType

_REFERENCE = "#/components/schemas/{model}"
_CONTROL: dict[str, tuple[str, dict[str, Any]]] = {
    "hello": ("The first frame.", {"epoch": "string", "head": "integer", "after": "integer", "session": "string", "heartbeat_seconds": "number"}),
    "ping": ("A heartbeat; the next `prev` is its number.", {"seq": "integer"}),
    "snapshot_required": ("Read the lists again; what follows begins after `head`.", {"reason": "string", "epoch": "string", "head": "integer"}),
    "closing": ("Said before a close.", {"code": "integer", "retry": "boolean", "retry_after_ms": ["integer", "null"], "advice": "string"}),
    "ack": ("A command was done.", {"id": "string"}),
    "call.signal": ("From the other side of a call; kept nowhere.", {"call_id": "string", "signal": "object"}),
    "error": ("A command was refused.", {"id": ["string", "null"], "code": "string", "detail": "string", "next_step": "string", "errors": "array"}),
}  # fmt: skip

_CUSTOMER: dict[str, tuple[str, dict[str, Any]]] = {
    "hello": ("The first frame.", {"session": "string", "visitor_id": "string"}),
    "history": ("The last messages, the oldest first; `more` says that there are older ones.", {"cursor": "string", "messages": "array", "more": "boolean"}),
    "message": ("A message, new or as it is now: go by its id.", {"cursor": "string", "message": "object"}),
    "status": ("Whether the conversation is open or resolved.", {"cursor": "string", "conversation_id": "string", "status": "string"}),
    "typing": ("Somebody writes an answer.", {"cursor": "string", "conversation_id": "string"}),
    "seen": ("Somebody has what was written on the screen.", {"cursor": "string", "conversation_id": "string"}),
    "call": ("A call in the browser rings, is taken or is over.", {"cursor": "string", "conversation_id": "string", "call_id": "string", "kind": "string", "state": "string", "started_by": "string", "rings_until": ["string", "null"], "cause": ["string", "null"]}),
    "call.signal": ("What the other side of the call says to this page.", {"call_id": "string", "signal": "object"}),
    "ping": ("A heartbeat.", {}),
    "pong": ("The answer to a ping.", {}),
    "closing": _CONTROL["closing"],
    "ack": ("The frame with this id is durable.", {"id": "string"}),
    "error": ("The frame with this id was refused; next_step `retry`: send it again as it is.", _CONTROL["error"][1]),
}  # fmt: skip
_SAID = {
    "auth": "CustomerAuth",
    "message": "CustomerMessage",
    "typing": "CustomerTyping",
    "read": "CustomerRead",
    "call.start": "StartCall",
    "call.answer": "AnswerCall",
    "call.decline": "DeclineCall",
    "call.end": "EndCall",
    "call.join": "JoinCall",
    "call.signal": "SendSignal",
}
_AUTH: dict[str, Any] = {
    "type": "object",
    "properties": {
        "type": {"const": "auth"},
        "token": {"type": "string", "description": "A session's token."},
        "after": {"type": "string", "description": "The last `cursor` that was taken: what came since follows, once."},
    },
    "required": ["type", "token"],
}
_LEFT: dict[str, Any] = {
    "type": "object",
    "properties": {"conversation_id": {"type": "string"}, "scope": {"const": "left"}},
    "required": ["conversation_id", "scope"],
}


def document() -> dict[str, Any]:
    """The same for the same code."""
    messages = _messages()
    events = {name: {"$ref": f"#/components/messages/{name}"} for name in messages if name.startswith("event.")}
    control = {name: {"$ref": f"#/components/messages/{name}"} for name in messages if name.startswith("control.")}
    hooks = {name: {"$ref": f"#/components/messages/{name}"} for name in messages if name.startswith("webhook.")}
    stream = {**events, **control, "command": {"$ref": "#/components/messages/command"}}
    said = {name: {"$ref": f"#/components/messages/{name}"} for name in messages if name.startswith("customer_says.")}
    told = {name: {"$ref": f"#/components/messages/{name}"} for name in messages if name.startswith("customer.")}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Frontdesk",
            "version": "1.0.0",
            "description": "The live stream over WebSocket and server-sent events, and webhooks to partners.",
        },
        "defaultContentType": "application/json",
        "channels": {
            "stream": {
                "address": "/v1/stream",
                "title": "The live stream",
                "description": "Subprotocol frontdesk.v1+json. The same frames come from /v1/events/stream.",
                "messages": stream,
            },
            "customer": {
                "address": "/v1/customer/stream",
                "title": "The customers' socket",
                "description": "Subprotocol frontdesk.v1+json, `?account=` in its address. The first frame is `auth`.",
                "messages": {**said, **told},
            },
            "webhooks": {
                "address": None,
                "title": "Webhooks",
                "description": "Posted to an endpoint's URL.",
                "messages": hooks,
            },
        },
        "operations": {
            "follow": _operation("send", "stream", [*events, *control]),
            "command": _operation("receive", "stream", ["command"]),
            "answerCustomer": _operation("send", "customer", list(told)),
            "hearCustomer": _operation("receive", "customer", list(said)),
            "notify": _operation("send", "webhooks", list(hooks)),
        },
        "components": {"messages": messages, "schemas": _schemas()},
    }


def _operation(action: str, channel: str, names: list[str]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names],
    }


def _schemas() -> dict[str, Any]:
    reference = _REFERENCE.format(model="Event{model}")
    command = TypeAdapter(Command | CallCommand).json_schema(ref_template=_REFERENCE)
    definitions: dict[str, Any] = command.pop("$defs")
    frame = FRAME.json_schema(ref_template=_REFERENCE)
    shown = CustomerMessageShown.model_json_schema(ref_template=_REFERENCE)
    ours = {**frame.pop("$defs"), **shown.pop("$defs"), "CustomerAuth": _AUTH, "CustomerMessageShown": shown}
    schemas = {**data_schemas(reference), **definitions, **ours, "Command": command, "Left": _LEFT}
    say_limits(schemas)
    return schemas


def _messages() -> dict[str, Any]:
    found: dict[str, Any] = {
        "command": {
            "title": "What a client asks",
            "payload": {"$ref": _REFERENCE.format(model="Command")},
        }
    }
    for name, (about, fields) in _CONTROL.items():
        found[f"control.{name}"] = {"title": name, "summary": about, "payload": _control(name, fields)}
    found |= _customer_messages()
    for kind in EventType:
        about = (EVENT_DATA[kind].__doc__ or "").strip().split("\n")[0]
        found[f"event.{kind}"] = {"title": kind.value, "summary": about, "payload": _frame(kind)}
        found[f"webhook.{kind}"] = {
            "title": kind.value,
            "summary": about,
            "payload": webhook_schema(kind, _REFERENCE),
        }
    return found


def _customer_messages() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (about, fields) in _CUSTOMER.items():
        payload = _control(name, fields)
        shown = {"$ref": _REFERENCE.format(model="CustomerMessageShown")}
        if "message" in fields:
            payload["properties"]["message"] = shown
        if "messages" in fields:
            payload["properties"]["messages"] = {"type": "array", "items": shown}
        found[f"customer.{name}"] = {"title": name, "summary": about, "payload": payload}
    for name, model in _SAID.items():
        payload = {"$ref": _REFERENCE.format(model=model)}
        found[f"customer_says.{name}"] = {
            "title": name,
            "summary": "What a customer's client sends.",
            "payload": payload,
        }
    return found


def _control(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    properties = {field: {"type": kind} for field, kind in fields.items()}
    properties |= {"v": {"const": 1}, "type": {"const": name}}
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _frame(kind: EventType) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "v": {"const": 1},
        "id": {"type": "string", "description": "The event's id."},
        "type": {"const": kind.value},
        "at": {"type": "string", "format": "date-time", "description": "When."},
        "seq": {"type": "integer", "description": "Its number in the tenant's stream."},
        "prev": {"type": "integer", "description": "The number covered before it."},
        "data": {
            "description": "With what its ids name where the reader may see it; or that it has left the reader's sight.",
            "anyOf": [{"$ref": _REFERENCE.format(model=data_name(kind))}, {"$ref": _REFERENCE.format(model="Left")}],
        },
    }
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def render() -> str:
    """The document as text, the same for the same code."""
    return json.dumps(document(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
