"""The steps of macros and bulk actions. Each needs what it would need alone, and goes through the same use case."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from agent_api.canned.schemas import CannedText
from agent_api.canned.service import filled
from agent_api.conversations.service import author_of, visible
from agent_api.http.call import Call
from agent_api.http.inputs import AgentId, Body, Int, Prose, Tag, TeamId
from agent_api.labels.schemas import ChangeLabels
from agent_api.labels.service import apply as change_labels
from agent_api.leases.service import check_lease
from agent_api.permissions import Permission, require
from backbone.errors import Conflict
from backbone.storage.database import Connection
from router.usecases import conversations as usecases
from router.usecases import messages as writing
from schemas.content import Content

STEPS_MOST = 10


class SetStatus(Body):
    """Opens, parks or resolves it."""

    type: Literal["status"] = Field(description="status")
    status: Literal["open", "pending", "resolved"] = Field(description="The status it gets.")


class Snooze(Body):
    """Lets it sleep."""

    type: Literal["snooze"] = Field(description="snooze")
    seconds: Int = Field(ge=60, le=90 * 86_400, description="For how long.")


class AssignTo(Body):
    """Gives it to an agent, to the caller, or back to the queue."""

    type: Literal["assign"] = Field(description="assign")
    agent_id: AgentId | Literal["me"] | None = Field(description="The agent; me: the caller; null: the queue.")


class TransferTo(Body):
    """Moves it to a team's queue."""

    type: Literal["transfer"] = Field(description="transfer")
    team_id: TeamId = Field(description="The team.")


class Prioritise(Body):
    """Sets its priority."""

    type: Literal["priority"] = Field(description="priority")
    priority: Int = Field(ge=0, le=10, description="0 to 10, higher first.")


class Label(Body):
    """Adds and takes away tags."""

    type: Literal["tags"] = Field(description="tags")
    add: list[Tag] = Field(default_factory=list, max_length=20, description="Tags that it has then.")
    remove: list[Tag] = Field(default_factory=list, max_length=20, description="Tags that it hasn't then.")


class AddNote(Body):
    """Adds a private note."""

    type: Literal["note"] = Field(description="note")
    text: Prose = Field(description="Plain text.")


class SendReply(Body):
    """Answers the customer."""

    type: Literal["reply"] = Field(description="reply")
    text: CannedText = Field(description="Text with variables, as in a canned reply.")


Step = Annotated[
    SetStatus | Snooze | AssignTo | TransferTo | Prioritise | Label | AddNote | SendReply, Field(discriminator="type")
]
Steps = Annotated[list[Step], Field(min_length=1, max_length=STEPS_MOST)]

_NEEDS: dict[str, Permission] = {
    "status": Permission.CONVERSATIONS_CLOSE,
    "snooze": Permission.CONVERSATIONS_CLOSE,
    "assign": Permission.CONVERSATIONS_ROUTE,
    "transfer": Permission.CONVERSATIONS_ROUTE,
    "priority": Permission.CONVERSATIONS_ROUTE,
    "tags": Permission.CONVERSATIONS_ROUTE,
    "note": Permission.NOTES_WRITE,
    "reply": Permission.MESSAGES_SEND,
}


async def take_steps(connection: Connection, call: Call, conversation_id: str, steps: Sequence[Step]) -> None:
    """All of them in order in the caller's transaction; the first that fails raises what it would raise alone."""
    for step in steps:
        require(call.principal, _NEEDS[step.type])
    await visible(connection, call.principal, conversation_id)
    for step in steps:
        await _take(connection, call, conversation_id, step)


async def _take(connection: Connection, call: Call, conversation_id: str, step: Step) -> None:
    match step:
        case SendReply() | AddNote():
            await _write(connection, call, conversation_id, step)
        case Label():
            labels = ChangeLabels(add_tags=step.add, remove_tags=step.remove)
            await change_labels(connection, call, conversation_id, labels)
        case _:
            await _route(call, step)(connection, conversation_id)


def _route(
    call: Call, step: SetStatus | Snooze | AssignTo | TransferTo | Prioritise
) -> Callable[[Connection, str], Awaitable[object]]:
    who = {"tenant_id": call.principal.tenant_id, "actor": author_of(call.principal), "now": call.now}

    async def run(connection: Connection, conversation_id: str) -> object:
        common = who | {"conversation_id": conversation_id}
        match step:
            case SetStatus(status=status):
                return await usecases.change_status(connection, status=status, snoozed_until=None, **common)  # type: ignore[arg-type]
            case Snooze(seconds=seconds):
                until = call.now + timedelta(seconds=seconds)
                return await usecases.change_status(connection, status="snoozed", snoozed_until=until, **common)  # type: ignore[arg-type]
            case AssignTo(agent_id=agent_id):
                return await usecases.assign(connection, agent_id=_agent(call, agent_id), **common)  # type: ignore[arg-type]
            case TransferTo(team_id=team_id):
                return await usecases.transfer(connection, team_id=team_id, agent_id=None, note=None, **common)  # type: ignore[arg-type]
            case Prioritise(priority=priority):
                return await usecases.set_priority(connection, priority=priority, **common)  # type: ignore[arg-type]

    return run


def _agent(call: Call, wanted: str | None) -> str | None:
    if wanted != "me":
        return wanted
    if call.principal.agent_id is None:
        raise Conflict("This key acts as no agent: it can't take a conversation itself.")
    return call.principal.agent_id


async def _write(connection: Connection, call: Call, conversation_id: str, step: SendReply | AddNote) -> None:
    conversation = await visible(connection, call.principal, conversation_id)
    author = author_of(call.principal)
    if isinstance(step, AddNote):
        await writing.add_note(
            connection,
            tenant_id=call.principal.tenant_id,
            conversation_id=conversation_id,
            author=author,
            content=Content(text=step.text),
            now=call.now,
        )
        return
    text, missing = await filled(connection, call, conversation, step.text)
    if missing:
        raise Conflict(f"Not known of this conversation: {', '.join(missing)}.")
    await check_lease(connection, call, conversation_id, None)
    await writing.reply(
        connection,
        tenant_id=call.principal.tenant_id,
        conversation_id=conversation_id,
        author=author,
        content=Content(text=text),
        now=call.now,
    )
