"""Events as they are read from the stream, with what they name joined on read: each text is loaded once for all readers."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSONB

from agent_api.conversations.service import conversation_of
from agent_api.live.views import View
from agent_api.messages.shown import message_of
from backbone.storage.database import Connection
from backbone.storage.models.tables import conversations as c
from backbone.storage.models.tables import messages as m
from backbone.telemetry.logs import get_logger
from backbone.web.websocket import text_frame

PAGE = 500

log = get_logger("items")


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as text, and as the bytes of a WebSocket frame made when first asked for."""

    seq: int
    type: str
    text: str
    _raw: list[bytes] = field(default_factory=list, repr=False)

    @property
    def raw(self) -> bytes:
        if not self._raw:
            self._raw.append(text_frame(self.text))
        return self._raw[0]


@dataclass
class Item:
    """One event with the rows it names, as they were when it was read. Frames made of it are shared by all sockets."""

    seq: int
    id: str
    type: str
    at: datetime
    conversation_id: str | None
    data: Mapping[str, Any]
    conversation: Any = field(default=None, repr=False)
    message: Any = field(default=None, repr=False)
    author_name: str | None = field(default=None, repr=False)
    traceparent: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self._data: dict[View, str] = {}
        self._frames: dict[tuple[View, int], Frame] = {}

    @property
    def agent_id(self) -> str | None:
        """Whose the conversation was when this happened."""
        return self._fact("agent_id")

    @property
    def team_id(self) -> str | None:
        return self._fact("team_id")

    def _fact(self, name: str) -> str | None:
        if name in self.data:
            return self.data[name]  # type: ignore[no-any-return]
        return None if self.conversation is None else self.conversation[name]

    @cached_property
    def _head(self) -> str:
        at = self.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return f'{{"v":1,"id":"{self.id}","type":"{self.type}","at":"{at}","seq":{self.seq},"prev":'

    def frame(self, view: View, prev: int) -> Frame:
        """The event for one view; `prev` is the last number the reader was told. Ask only for what the view may see."""
        found = self._frames.get((view, prev))
        if found is None:
            text = f'{self._head}{prev},"data":{self._data_for(view)}}}'
            found = self._frames[view, prev] = Frame(self.seq, self.type, text)
        return found

    def left(self, prev: int) -> Frame:
        """The removal: the conversation is not this reader's any more. An id and nothing else."""
        data = to_json({"conversation_id": self.conversation_id, "scope": "left"}).decode()
        return Frame(self.seq, self.type, f'{self._head}{prev},"data":{data}}}')

    def _data_for(self, view: View) -> str:
        found = self._data.get(view)
        if found is None:
            found = self._data[view] = to_json(self._shown(view)).decode()
        return found

    def _joined_for(self, view: View) -> dict[str, Any]:
        joined: dict[str, Any] = {}
        if self.conversation is not None:
            joined["conversation"] = conversation_of(self.conversation, self.at)
        if self.message is not None and view.shows_message(self.message["direction"]):
            joined["message"] = message_of(self.message)
        return joined

    def _shown(self, view: View) -> dict[str, Any]:
        try:
            return dict(self.data) | self._joined_for(view)
        except ValidationError as error:
            # One row that this release can't read must not stop the stream: its ids are told, the rest is left to REST.
            log.error("event_not_joined", event_id=self.id, problems=error.error_count())
            return dict(self.data)


class _Shape:
    """A table's row as one value of a query: PostgreSQL's `ROW`, whose fields have no names and whose JSON is text."""

    def __init__(self, table: Table, alias: str) -> None:
        self._names = tuple(column.name for column in table.columns)
        self._json = frozenset(column.name for column in table.columns if isinstance(column.type, JSONB))
        self.fields = ", ".join(f"{alias}.{n}::text" if n in self._json else f"{alias}.{n}" for n in self._names)

    def row(self, values: Sequence[Any] | None) -> dict[str, Any] | None:
        """None where there was no such row. Values beyond the table's columns are left out."""
        if values is None:
            return None
        found = dict(zip(self._names, values, strict=False))
        for name in self._json:
            if found[name] is not None:
                found[name] = json.loads(found[name])
        return found


_CONVERSATION, _MESSAGE = _Shape(c, "c"), _Shape(m, "m")
# Each event's rows by their keys in one round trip. As sub-queries these are look-ups whatever the planner thinks of the
# number of events; joins would be read whole tables for, where it takes a live read of one event for a page.
_EVENTS = f"""
    SELECT e.seq, e.id, e.type, e.at, e.conversation_id, e.data, e.traceparent,
        (SELECT ROW({_CONVERSATION.fields}) FROM conversations c WHERE c.id = e.conversation_id) AS c,
        (SELECT ROW({_MESSAGE.fields}, (
            SELECT a.name FROM agents a WHERE a.id = m.author_id AND m.author_kind IN ('agent', 'bot')
        )) FROM messages m WHERE m.id = e.data ->> 'message_id') AS m
    FROM events e
"""
_AFTER = f"{_EVENTS} WHERE e.tenant_id = current_setting('frontdesk.tenant') AND e.seq > $1 ORDER BY e.seq LIMIT $2"
_AFTER_OF = (
    f"{_EVENTS} WHERE e.conversation_id = ANY($1::text[]) AND e.seq > $2 AND e.seq <= $3 ORDER BY e.seq LIMIT $4"
)


async def read_items(connection: Connection, after: int, limit: int = PAGE) -> list[Item]:
    """The tenant's events beyond `after` in order, with their conversations and messages, in one round trip."""
    return [_item(row) for row in await connection.fetch(_AFTER, after, limit)]


async def read_items_of(
    connection: Connection, conversation_ids: Sequence[str], after: int, up_to: int, limit: int = PAGE
) -> list[Item]:
    """As `read_items`, of some conversations only and not beyond `up_to`."""
    rows = await connection.fetch(_AFTER_OF, list(conversation_ids), after, up_to, limit)
    return [_item(row) for row in rows]


def _item(row: Any) -> Item:
    seq, event_id, kind, at, conversation_id, data, traceparent, conversation, message = row
    return Item(
        seq=seq,
        id=event_id,
        type=kind,
        at=at,
        conversation_id=conversation_id,
        data=data,
        conversation=_CONVERSATION.row(conversation),
        message=_MESSAGE.row(message),
        author_name=None if message is None else message[-1],
        traceparent=traceparent,
    )


async def names_of(connection: Connection, messages: Iterable[Any]) -> Mapping[str, str]:
    """Names of the agents and bots who wrote these, by id."""
    ids = {row["author_id"] for row in messages if row["author_kind"] in {"agent", "bot"}} - {None}
    if not ids:
        return {}
    rows = await connection.fetch("SELECT id, name FROM agents WHERE id = ANY($1::text[])", sorted(ids))
    return {row["id"]: row["name"] for row in rows}
