"""Calls over a socket: commands of either side, each with an ack or an error, and the signals between them."""

from typing import Any

from pydantic import ValidationError

from agent_api.calls import service
from agent_api.calls.config import CallConfig
from agent_api.calls.parties import Someone
from agent_api.calls.relay import CallRelay, Listening
from agent_api.calls.service import call_of, way_of
from agent_api.http.call import in_our_words
from agent_api.live import frames
from agent_api.live.items import Frame
from backbone.clock import Clock
from backbone.errors import Forbidden, FrontdeskError, InputInvalid, RateLimited
from backbone.storage.database import Connection, Database
from backbone.web.limits import TokenBuckets
from backbone.web.problem import pointers
from router.usecases.calls import Call
from schemas.calls import (
    CALL_COMMAND,
    PREFIX,
    AnswerCall,
    DeclineCall,
    EndCall,
    JoinCall,
    SendSignal,
    Side,
    StartCall,
)

SIGNALS = 30
"""A side in ten seconds, as a burst; candidates of a moment travel together."""
STARTS = 6
"""A side in a minute."""


class CallDesk:
    """One a process. `relay` needs to run for signals to arrive."""

    def __init__(
        self, database: Database, clock: Clock, config: CallConfig, signals: TokenBuckets, starts: TokenBuckets
    ) -> None:
        self.relay = CallRelay(database, clock)
        self._database = database
        self._clock = clock
        self._config = config
        self._signals = signals
        self._starts = starts

    async def answer(self, who: Someone, session: Listening, given: dict[str, Any]) -> Frame | None:
        """The ack or error of a frame about calls; None for any other frame. Never raises for what the client did."""
        if not str(given.get("type", "")).startswith(PREFIX):
            return None
        command_id = given.get("id")
        said = command_id if isinstance(command_id, str) and len(command_id) <= 64 else None
        try:
            command = CALL_COMMAND.validate_python(given)
            if isinstance(command, SendSignal):
                return await self._pass_on(who, session, command)
            call = await self._do(who, command)
        except ValidationError as error:
            found = pointers(error.errors(include_input=False, include_url=False))
            return frames.error(said, InputInvalid("There is no such command, or a field is wrong.", pointers=found))
        except FrontdeskError as error:
            return frames.error(said, error)
        if isinstance(command, JoinCall):
            self.relay.join((who.tenant_id, call.id, who.side), session)
        shown = call_of(call).model_dump(mode="json", exclude={"agent_id"} if who.side == "customer" else None)
        way = way_of(call, who, self._config, self._clock.now()).model_dump(mode="json")
        return frames.ack(command.id, call=shown, connection=way)

    async def _do(self, who: Someone, command: StartCall | AnswerCall | DeclineCall | EndCall | JoinCall) -> Call:
        if isinstance(command, StartCall):
            decision = self._starts.take(who.name)
            if not decision.allowed:
                raise RateLimited("Too many calls.", retry_after=decision.retry)

        async def work(connection: Connection) -> Call:
            now = self._clock.now()
            match command:
                case StartCall():
                    return await service.start(
                        connection, who, self._config, now,
                        conversation_id=command.conversation_id, kind=command.kind, via=command.via, device=command.device,
                    )  # fmt: skip
                case AnswerCall():
                    return await service.answer(connection, who, command.call_id, command.device, now)
                case JoinCall():
                    return await service.join(connection, who, command.call_id, command.device, now)
                case DeclineCall() | EndCall():
                    return await service.end(connection, who, command.call_id, now)

        with in_our_words():
            return await self._database.run(work, [who.tenant_id])

    async def _pass_on(self, who: Someone, session: Listening, command: SendSignal) -> Frame:
        """Nothing is looked up: a socket may signal while its join is fresh."""
        if not self.relay.has((who.tenant_id, command.call_id, who.side), session):
            raise Forbidden("Join the call on this connection first.")
        decision = self._signals.take(f"{command.call_id}/{who.side}")
        if not decision.allowed:
            raise RateLimited("Too many signals.", retry_after=decision.retry)
        other: Side = "customer" if who.side == "agent" else "agent"
        signal = command.signal.model_dump(mode="json", by_alias=True, exclude_unset=True)
        told = frames.control("call.signal", call_id=command.call_id, signal=signal)
        await self.relay.send((who.tenant_id, command.call_id, other), told.text)
        return frames.ack(command.id)
