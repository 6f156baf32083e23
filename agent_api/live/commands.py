"""What a client may ask over its socket: each command carries an id, and gets an ack or an error with it."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from agent_api.agents.schemas import Presence, SetPresence
from agent_api.conversations import repository as conversations
from agent_api.http.announce import announce
from agent_api.http.inputs import Body, ConversationId, Line
from agent_api.live import frames
from agent_api.live.items import Frame
from agent_api.parts import Parts
from agent_api.permissions import Permission, require
from backbone.errors import Forbidden, FrontdeskError, InputInvalid, NotFound
from backbone.storage.database import Connection
from backbone.web.auth import Principal
from backbone.web.limits import TokenBuckets
from backbone.web.problem import pointers
from router.usecases import agents as usecases
from schemas.events import EventType

CommandId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]


class PresenceSet(Body):
    """One's own presence."""

    type: Literal["presence.set"]
    id: CommandId
    presence: Presence
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


Command = Annotated[PresenceSet | Typing | Viewing | Ping | Pong, Field(discriminator="type")]
_COMMAND: TypeAdapter[PresenceSet | Typing | Viewing | Ping | Pong] = TypeAdapter(Command)


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

    async def _do(self, principal: Principal, command: PresenceSet | Typing | Viewing | Ping | Pong) -> Frame | None:
        match command:
            case Pong():
                return None
            case Ping():
                return frames.ack(command.id)
            case PresenceSet():
                return await self._set_presence(principal, command)
            case Typing():
                return await self._tell(principal, command, Permission.MESSAGES_SEND, EventType.TYPING_STARTED)
            case Viewing():
                return await self._tell(principal, command, Permission.CONVERSATIONS_READ, EventType.VIEWING_STARTED)

    async def _set_presence(self, principal: Principal, command: PresenceSet) -> Frame:
        require(principal, Permission.PRESENCE_OWN)
        agent_id = principal.agent_id
        if agent_id is None:
            raise Forbidden("This key acts as no agent.")
        wanted = SetPresence(presence=command.presence, reason=command.reason)

        async def work(connection: Connection) -> int:
            return await usecases.set_presence(
                connection,
                tenant_id=principal.tenant_id,
                agent_id=agent_id,
                presence=wanted.presence,
                reason=wanted.reason,
                now=self._parts.clock.now(),
            )

        version = await self._parts.database.run(work, [principal.tenant_id])
        return frames.ack(command.id, version=version)

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
