"""`/v1/customer/stream`: a visitor's own conversation over a WebSocket, with the role contact and nothing more."""

import re
from datetime import timedelta

from starlette.types import Receive, Scope, Send

from agent_api.customer.accounts import CustomerAccount
from agent_api.customer.call import check_origin
from agent_api.customer.visit import Visit
from agent_api.http.inputs import id_pattern
from agent_api.live.frames import Close
from agent_api.live.session import AUTH_WITHIN, Ended, Session, accept
from agent_api.parts import Parts
from backbone.channel.visitor import check_token
from backbone.errors import CallerFault, Overloaded, Retriable, Unauthenticated
from backbone.telemetry.logs import bind
from backbone.telemetry.metrics import Metric

_ACCOUNT = re.compile(id_pattern("acc"))


class CustomerSocket:
    """An ASGI application for one route: `?account=<id>`, then `{"type":"auth","token":…,"after":…}` within 5 s.

    Frames in are those of `schemas.customer` and `schemas.calls`; out come what `agent_api/asyncapi.py` lists of them.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = await accept(scope, receive, send, self._parts, "contact")
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
        hub = self._parts.hub
        with hub.greeting():
            account = await self._account(session)
            first = await session.read(AUTH_WITHIN)
        visit = Visit(self._parts, session, account, self._visitor(session, account, first))
        feed = await hub.open(account.tenant_id)
        try:
            hub.enter(session)
            feed.watch(visit.key, visit.take)
            with bind(tenant_id=account.tenant_id, session=session.id):
                await visit.begin(feed, first.get("after"))
                while True:
                    answer = await visit.say(await session.read())
                    if answer is not None:
                        session.send(answer)
        except Overloaded as error:
            raise session.end(Close.RESTART, error.retry_after or timedelta(seconds=2)) from None
        finally:
            feed.unwatch(visit.key, visit.take)
            self._parts.calls.relay.leave(session)
            hub.leave(session)
            hub.release(feed)

    async def _account(self, session: Session) -> CustomerAccount:
        account_id = session.query.get("account", "")
        if not _ACCOUNT.fullmatch(account_id):
            raise session.end(Close.BAD_FRAME)
        try:
            account = await self._parts.customer_accounts.get(account_id)
            check_origin(self._parts, account, session.origin)
        except CallerFault:
            raise session.end(Close.FORBIDDEN) from None
        return account

    def _visitor(self, session: Session, account: CustomerAccount, first: dict[str, object]) -> str:
        token = first.get("token")
        try:
            if first.get("type") != "auth" or not isinstance(token, str):
                raise Unauthenticated
            return check_token(token, account.secrets, self._parts.clock.now())
        except Unauthenticated:
            raise session.refuse() from None
