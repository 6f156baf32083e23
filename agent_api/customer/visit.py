"""One visitor on one socket: what they missed, what happens, and what they say."""

import base64
import binascii
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json

from agent_api.calls.parties import CustomerSide
from agent_api.customer import repository, speaking
from agent_api.customer.accounts import CustomerAccount
from agent_api.customer.shown import Links, customer_facts, customer_message
from agent_api.live import frames
from agent_api.live.feed import Feed
from agent_api.live.items import PAGE, Frame, Item, names_of, read_items_of
from agent_api.live.session import Session
from agent_api.parts import Parts
from backbone.errors import ConfigurationInvalid, FrontdeskError, InputInvalid, RateLimited, Unauthenticated
from backbone.storage.database import Connection
from backbone.web.problem import pointers
from schemas.customer import FRAME, CustomerRead

_PENDING_MOST = 1000


class Visit:
    """Begins with `begin`, after `take` was made the feed's watcher: what comes between is kept and said afterwards.

    Places in the stream are sealed: their numbers would tell a visitor how busy the tenant is.
    """

    def __init__(self, parts: Parts, session: Session, account: CustomerAccount, visitor_id: str) -> None:
        self._parts = parts
        self._session = session
        self._account = account
        self._visitor_id = visitor_id
        self._links = Links(parts, account.tenant_id)
        self._context = f"visitor {account.id}/{visitor_id}"
        self._pending: list[Item] | None = []

    @property
    def key(self) -> tuple[str, str]:
        return self._account.id, self._visitor_id

    def take(self, item: Item) -> None:
        """One event of this visitor's, in order."""
        if self._pending is None:
            self._tell(item)
        elif len(self._pending) < _PENDING_MOST:
            self._pending.append(item)
        else:
            self._session.end(frames.Close.RESTART)

    async def begin(self, feed: Feed, after: object) -> None:
        """Greets, then replays what lies between the cursor and now, or else the history, and goes live."""
        start = feed.covered
        since = self._opened(after)
        self._session.send(frames.control("hello", session=self._session.id, visitor_id=self._visitor_id))
        async with self._parts.database.transaction([self._account.tenant_id], read_only=True) as connection:
            await self._refuse_retired(connection)
            ids = await repository.conversation_ids(connection, *self.key)
            missed = None
            if since is not None and since <= start:
                missed = await read_items_of(connection, ids, since, start)
                if len(missed) == PAGE or not await _kept(connection, self._account.tenant_id, since):
                    missed = None
            if missed is None:
                rows = await repository.messages(connection, ids)
                names = await names_of(connection, rows)
        if missed is None:
            last = [
                customer_message(row, names.get(row["author_id"]), self._links) for row in rows[: repository.HISTORY]
            ]
            more = len(rows) > repository.HISTORY
            self._send("history", {"messages": list(reversed(last)), "more": more}, start)
        for item in [*(missed or ()), *(self._pending or ())]:
            self._tell(item)
        self._pending = None

    async def _refuse_retired(self, connection: Connection) -> None:
        """An anonymous visitor who signed in since is refused like any wrong token."""
        try:
            await repository.refuse_retired(connection, *self.key)
        except Unauthenticated:
            raise self._session.end(frames.Close.UNAUTHENTICATED) from None

    async def say(self, given: dict[str, Any]) -> Frame | None:
        """Takes one frame of the visitor; the ack follows once it is durable."""
        kind = given.get("type")
        if kind in {"pong", "ping"}:
            return frames.control("pong") if kind == "ping" else None
        called = await self._parts.calls.answer(CustomerSide(self._account.tenant_id, *self.key), self._session, given)
        if called is not None:
            return called
        named = given.get("id", given.get("message_id"))
        said = named if isinstance(named, str) and len(named) <= 128 else None
        try:
            frame = FRAME.validate_python(given)
            decision = self._parts.visitors.take("/".join(self.key))
            if not decision.allowed:
                raise RateLimited(f"Try again in {decision.retry.total_seconds():.0f} s.", retry_after=decision.retry)
            account = await self._parts.customer_accounts.get(self._account.id)
            await speaking.say(self._parts, account, self._visitor_id, frame)
        except ValidationError as error:
            found = pointers(error.errors(include_input=False, include_url=False))
            return frames.error(said, InputInvalid("The frame is not valid.", pointers=found))
        except FrontdeskError as error:
            return frames.error(said, error)
        return frames.ack(frame.message_id if isinstance(frame, CustomerRead) else frame.id)

    def _tell(self, item: Item) -> None:
        facts = customer_facts(item, self._links)
        if facts is not None:
            self._send(facts[0], facts[1], item.seq)

    def _send(self, kind: str, values: dict[str, Any], seq: int) -> None:
        cursor = base64.urlsafe_b64encode(self._parts.master.seal(str(seq).encode(), self._context)).decode()
        text = to_json({"v": 1, "type": kind, "cursor": cursor, **values}).decode()
        self._session.send(Frame(seq, kind, text))

    def _opened(self, cursor: object) -> int | None:
        """The number in a cursor of ours; None for anything else, which then gets the history."""
        if not isinstance(cursor, str) or len(cursor) > 200:
            return None
        try:
            return int(self._parts.master.open(base64.urlsafe_b64decode(cursor.encode()), self._context))
        except (ConfigurationInvalid, binascii.Error, ValueError):
            return None


async def _kept(connection: Any, tenant_id: str, since: int) -> bool:
    """Whether the stream still holds everything after `since`."""
    first = await connection.fetchval("SELECT first_seq FROM streams WHERE tenant_id = $1", tenant_id)
    return first is None or since + 1 >= first
