"""What a client may ask over its socket: each command carries an id, and gets an ack or an error with it."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from agent_api.agents.schemas import Presence, SetPresence
from agent_api.agents.service import offline_at
from agent_api.conversations import repository as conversations
from agent_api.http.announce import announce
from agent_api.http.inputs import Body, ConversationId, Int, Line, ReservationId
from agent_api.live import frames
from agent_api.live.items import Frame
from agent_api.parts import Parts
from agent_api.permissions import Permission, require
from backbone.errors import Forbidden, FrontdeskError, InputInvalid, NotFound
from backbone.storage.database import Connection
from backbone.telemetry.metrics import Metric
from backbone.web.auth import Principal
from backbone.web.limits import TokenBuckets
from backbone.web.problem import pointers
from router.usecases import agents as usecases
from router.usecases import reservations as offers
from schemas.events import EventType

CommandId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]


class PresenceSet(Body):
    """One's own presence."""

    type: Literal["presence.set"]
    id: CommandId
    presence: Presence
    reason: Line | None = None
    offline_in_seconds: Int | None = Field(default=None, ge=1, le=86_400)


class ReservationAccept(Body):
    """Takes what is offered."""

    type: Literal["reservation.accept"]
    id: CommandId
    reservation_id: ReservationId


class ReservationDecline(Body):
    """Doesn't take what is offered."""

    type: Literal["reservation.decline"]
    id: CommandId
    reservation_id: ReservationId
    reason: Line | None = None


class Typing(Body):
    """The agent types in this conversation; send it again while it goes on, at most every 3 s."""

    type: Literal["typing"]
    id: CommandId
    conversation_id: ConversationId


class Viewing(Body):
    """The agent has this conversation before it; send it again while that goes on, at most every 3 s."""

    type: Literal["viewing"]
    id: CommandId
    conversation_id: ConversationId


class Pong(Body):
    """An answer to a heartbeat. It needs none."""

    type: Literal["pong"]


class Ping(Body):
    """A client's own heartbeat."""

    type: Literal["ping"]
    id: CommandId


AnyCommand = PresenceSet | ReservationAccept | ReservationDecline | Typing | Viewing | Ping | Pong
Command = Annotated[AnyCommand, Field(discriminator="type")]
_COMMAND: TypeAdapter[AnyCommand] = TypeAdapter(Command)


class Commander:
    """Does commands of agents' sockets: the same permissions and use cases as REST, one transaction each."""

    def __init__(self, parts: Parts, typing: TokenBuckets) -> None:
        self._parts = parts
        self._typing = typing

    async def answer(self, principal: Principal, given: dict[str, object]) -> Frame | None:
        """The ack or error of one frame. Never raises for what the client did; a defect of ours ends the socket."""
        command_id = given.get("id")
        said = command_id if isinstance(command_id, str) and len(command_id) <= 64 else None
        try:
            return await self._do(principal, _COMMAND.validate_python(given))
        except ValidationError as error:
            found = pointers(error.errors(include_input=False, include_url=False))
            return frames.error(said, InputInvalid("There is no such command, or a field is wrong.", pointers=found))
        except FrontdeskError as error:
            return frames.error(said, error)

    async def _do(self, principal: Principal, command: AnyCommand) -> Frame | None:
        match command:
            case Pong():
                return None
            case Ping():
                return frames.ack(command.id)
            case PresenceSet():
                return await self._set_presence(principal, command)
            case ReservationAccept() | ReservationDecline():
                return await self._answer_offer(principal, command)
            case Typing():
                return await self._tell(principal, command, Permission.MESSAGES_SEND, EventType.TYPING_STARTED)
            case Viewing():
                return await self._tell(principal, command, Permission.CONVERSATIONS_READ, EventType.VIEWING_STARTED)

    async def _set_presence(self, principal: Principal, command: PresenceSet) -> Frame:
        require(principal, Permission.PRESENCE_OWN)
        agent_id = _own_agent(principal)
        wanted = SetPresence(
            presence=command.presence, reason=command.reason, offline_in_seconds=command.offline_in_seconds
        )

        async def work(connection: Connection) -> int:
            now = self._parts.clock.now()
            return await usecases.set_presence(
                connection,
                tenant_id=principal.tenant_id,
                agent_id=agent_id,
                presence=wanted.presence,
                reason=wanted.reason,
                now=now,
                offline_at=offline_at(wanted, now),
            )

        version = await self._parts.database.run(work, [principal.tenant_id])
        return frames.ack(command.id, version=version)

    async def _answer_offer(self, principal: Principal, command: ReservationAccept | ReservationDecline) -> Frame:
        require(principal, Permission.RESERVATIONS_OWN)
        agent_id = _own_agent(principal)

        async def work(connection: Connection) -> None:
            now = self._parts.clock.now()
            asked = {"tenant_id": principal.tenant_id, "reservation_id": command.reservation_id, "agent_id": agent_id}
            if isinstance(command, ReservationAccept):
                await offers.accept(connection, now=now, **asked)
            else:
                await offers.decline(connection, now=now, reason=command.reason, **asked)

        await self._parts.database.run(work, [principal.tenant_id])
        accepted = isinstance(command, ReservationAccept)
        self._parts.metrics.inc(Metric.ROUTER_RESERVATIONS, "accepted" if accepted else "declined")
        return frames.ack(command.id)

    async def _tell(
        self, principal: Principal, command: Typing | Viewing, permission: Permission, kind: EventType
    ) -> Frame:
        """Tells colleagues what somebody does with a conversation; more often than every 3 s is passed over."""
        require(principal, permission)
        if not self._typing.take(f"{principal.key_id}/{command.type}/{command.conversation_id}").allowed:
            return frames.ack(command.id)

        async def work(connection: Connection) -> None:
            row = await conversations.find(connection, principal, command.conversation_id)
            if row is None:
                raise NotFound("There is no such conversation, or not for you.")
            data = {
                "conversation_id": row["id"],
                "agent_id": row["agent_id"],
                "team_id": row["team_id"],
                "by": principal.agent_id,
                "author_kind": "bot" if principal.role == "bot" else "agent",
            }
            now = self._parts.clock.now()
            await announce(connection, principal.tenant_id, kind, data, now, row["id"])

        await self._parts.database.run(work, [principal.tenant_id])
        return frames.ack(command.id)


def _own_agent(principal: Principal) -> str:
    if principal.agent_id is None:
        raise Forbidden("This key acts as no agent.")
    return principal.agent_id
