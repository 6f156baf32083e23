"""`/v1/stream`: the live stream of agents, supervisors, bots and partners over a WebSocket."""

import re
from datetime import timedelta
from typing import Any

from starlette.types import Receive, Scope, Send

from agent_api.calls.parties import AgentSide
from agent_api.http.inputs import id_pattern
from agent_api.live import frames
from agent_api.live.commands import Commander
from agent_api.live.feed import Feed, Subscription
from agent_api.live.frames import Close
from agent_api.live.presence import Who
from agent_api.live.readers import Filter, FilterName, Reader
from agent_api.live.session import AUTH_WITHIN, Ended, Session, accept, number
from agent_api.live.tickets import redeem_ticket
from agent_api.parts import Parts
from agent_api.permissions import Permission, allows
from backbone.errors import FrontdeskError, Overloaded, Retriable, Unauthenticated
from backbone.telemetry.logs import bind, get_logger
from backbone.telemetry.metrics import Metric
from backbone.web.auth import Principal

_IDS = {"team": re.compile(id_pattern("tea")), "conversation": re.compile(id_pattern("cnv"))}
_EPOCH = re.compile(r"[0-9A-Fa-f-]{1,40}")

log = get_logger("socket")


class AgentSocket:
    """An ASGI application for one route. Query: `after`, `epoch`, `filter` (all, mine, team, conversation) with `id`,
    and `ticket`; without a ticket the first frame must be `{"type":"auth","token":…}` or `{…,"ticket":…}` within 5 s.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._commander = Commander(parts, parts.typing)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = await accept(scope, receive, send, self._parts, "agent")
        if session is None:
            return
        gauge = self._parts.metrics.gauge(Metric.API_SOCKETS, session.kind)
        gauge.inc()
        try:
            await self._serve(session)
        except Ended:
            pass
        except Retriable:
            session.close(Close.RESTART, timedelta(seconds=2))
        finally:
            gauge.dec()
            self._parts.metrics.inc(Metric.API_SOCKETS_CLOSED, session.kind, str(session.code))

    async def _serve(self, session: Session) -> None:
        with self._parts.hub.greeting():
            principal = await self._authenticate(session)
        if not allows(principal, Permission.EVENTS_READ):
            raise session.end(Close.FORBIDDEN)
        session.principal = principal
        parts = self._parts
        reader = await self._reader(session, principal)
        feed = await parts.hub.open(principal.tenant_id)
        subscription: Subscription | None = None
        who = Who(principal.tenant_id, principal.agent_id) if principal.agent_id and principal.role != "bot" else None
        try:
            parts.hub.enter(session)
            if who is not None:
                parts.presence.connected(who)
            with bind(tenant_id=principal.tenant_id, session=session.id):
                try:
                    subscription = await self._subscribe(session, feed, reader)
                    await self._talk(session, principal)
                finally:
                    if who is not None:
                        parts.presence.disconnected(who)
        except Overloaded as error:
            raise session.end(Close.RESTART, error.retry_after or timedelta(seconds=2)) from None
        finally:
            parts.calls.relay.leave(session)
            parts.hub.leave(session)
            parts.hub.release(feed, subscription or session.subscription)

    async def _authenticate(self, session: Session) -> Principal:
        try:
            given = session.query.get("ticket")
            if given is not None:
                return await redeem_ticket(self._parts, given, session.origin)
            first = await session.read(AUTH_WITHIN)
            token, ticket = first.get("token"), first.get("ticket")
            if first.get("type") == "auth" and isinstance(ticket, str):
                return await redeem_ticket(self._parts, ticket, session.origin)
            if first.get("type") == "auth" and isinstance(token, str):
                return await self._parts.authenticator.authenticate(token)
        except Unauthenticated:
            raise session.refuse() from None
        raise session.end(Close.UNAUTHENTICATED)

    async def _reader(self, session: Session, principal: Principal) -> Reader:
        wanted = _filter(session, principal)
        if principal.agent_id is None:
            return Reader(principal, wanted)
        async with self._parts.database.transaction([principal.tenant_id], read_only=True) as connection:
            rows: list[Any] = await connection.fetch(
                "SELECT team_id FROM team_members WHERE agent_id = $1", principal.agent_id
            )
        return Reader(principal, wanted, frozenset(row["team_id"] for row in rows))

    async def _subscribe(self, session: Session, feed: Feed, reader: Reader) -> Subscription:
        hub = self._parts.hub
        try:
            after = number(session.query, "after")
        except ValueError:
            raise session.end(Close.BAD_FRAME) from None
        epoch = session.query.get("epoch")
        if epoch is not None and not _EPOCH.fullmatch(epoch):
            raise session.end(Close.BAD_FRAME)
        begin, reason = await hub.resume(feed, after, epoch)
        session.send(frames.hello(epoch=hub.epoch, head=feed.covered, after=begin, session=session.id))
        if reason is not None:
            session.send(frames.snapshot_required(reason, epoch=hub.epoch, head=begin))
        subscription = session.subscription = Subscription(reader, session.outlet, begin, begin)
        await feed.join(subscription)
        return subscription

    async def _talk(self, session: Session, principal: Principal) -> None:
        while True:
            given = await session.read()
            try:
                answer = await self._parts.calls.answer(AgentSide(principal), session, given)
                answer = answer or await self._commander.answer(principal, given)
            except FrontdeskError as error:
                answer = frames.error(None, error)
            if answer is not None:
                session.send(answer)


def _filter(session: Session, principal: Principal) -> Filter:
    """The filter of the query. Raises `Ended` after closing for one that is not valid or has nobody to be about."""
    name = session.query.get("filter", "all")
    found = session.query.get("id")
    if name in _IDS:
        if found is None or not _IDS[name].fullmatch(found):
            raise session.end(Close.BAD_FRAME)
        return Filter(_NAMES[name], found)
    if name not in _NAMES or found is not None:
        raise session.end(Close.BAD_FRAME)
    if name == "mine" and principal.agent_id is None:
        raise session.end(Close.FORBIDDEN)
    return Filter(_NAMES[name])


_NAMES: dict[str, FilterName] = {"all": "all", "mine": "mine", "team": "team", "conversation": "conversation"}
