"""Routes of conversations."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from agent_api.conversations import service
from agent_api.conversations.schemas import (
    Assign,
    ChangeStatus,
    Conversation,
    ConversationPage,
    ConversationQuery,
    DecisionPage,
    ParticipantList,
    SetNeeds,
    SetPriority,
    Transfer,
)
from agent_api.http.call import Answer, Call, IfMatch, May, MayGet, MayPost
from agent_api.http.docs import NOT_MODIFIED, posting, reading, versioned
from agent_api.http.inputs import ConversationPath, Page
from agent_api.http.pages import page_response
from agent_api.permissions import Permission

router = APIRouter(prefix="/v1/conversations", tags=["Conversations"])

Read = Annotated[Call, Depends(May(Permission.CONVERSATIONS_READ))]
GetRead = Annotated[Call, Depends(MayGet(Permission.CONVERSATIONS_READ))]
PostRoute = Annotated[Call, Depends(MayPost(Permission.CONVERSATIONS_ROUTE))]
PostClose = Annotated[Call, Depends(MayPost(Permission.CONVERSATIONS_CLOSE))]
Explain = Annotated[Call, Depends(May(Permission.DECISIONS_READ))]


@router.get(
    "",
    operation_id="listConversations",
    summary="List conversations",
    response_model=ConversationPage,
    responses=reading(),
)
async def list_conversations(call: Read, query: Annotated[ConversationQuery, Query()]) -> Response:
    """The last active first. A conversation that gets a message while you page moves to the front, behind you: the
    stream tells of it.
    """
    found = await call.read(lambda connection: service.list_conversations(connection, call, query))
    return page_response(call.request, found)


@router.get(
    "/{conversation_id}",
    operation_id="getConversation",
    summary="Read one conversation",
    response_model=Conversation,
    responses=reading(404) | NOT_MODIFIED,
)
async def get_conversation(call: GetRead, conversation_id: ConversationPath) -> Response:
    """Its ETag is the version that changes must name."""
    return await call.get(lambda connection: service.get_conversation(connection, call, conversation_id))


@router.get(
    "/{conversation_id}/participants",
    operation_id="listParticipants",
    summary="Who takes part",
    response_model=ParticipantList,
    responses=reading(404),
)
async def list_participants(call: Read, conversation_id: ConversationPath) -> Response:
    """Of rooms, groups, copied mail and comment threads."""
    found = await call.read(lambda connection: service.list_participants(connection, call, conversation_id))
    return Answer(found).response()


@router.get(
    "/{conversation_id}/routing",
    operation_id="listRoutingDecisions",
    summary="Why it went to whom",
    response_model=DecisionPage,
    responses=reading(404),
)
async def list_decisions(call: Explain, conversation_id: ConversationPath, page: Page) -> Response:
    """Each decision on this conversation with its candidates, exclusions and scores, the newest first."""
    found = await call.read(
        lambda connection: service.list_decisions(connection, call, conversation_id, page.cursor, page.limit)
    )
    return page_response(call.request, found)


@router.post(
    "/{conversation_id}/assign",
    operation_id="assignConversation",
    summary="Give it to an agent, or back to the queue",
    response_model=Conversation,
    responses=posting() | versioned(),
)
async def assign(
    call: PostRoute, conversation_id: ConversationPath, body: Assign, if_match: IfMatch = None
) -> Response:
    """A person's choice is final for the router. An agent without capacity left: 409 `capacity_exhausted`, unless it may wait
    for them (`when_free`).
    """
    return await call.once(lambda connection: service.assign(connection, call, conversation_id, body, if_match))


@router.post(
    "/{conversation_id}/transfer",
    operation_id="transferConversation",
    summary="Move it to a team",
    response_model=Conversation,
    responses=posting() | versioned(),
)
async def transfer(
    call: PostRoute, conversation_id: ConversationPath, body: Transfer, if_match: IfMatch = None
) -> Response:
    """To the team's queue or to one of its agents, with a note. Deadlines stay."""
    return await call.once(lambda connection: service.transfer(connection, call, conversation_id, body, if_match))


@router.post(
    "/{conversation_id}/status",
    operation_id="changeConversationStatus",
    summary="Open, park, snooze or resolve it",
    response_model=Conversation,
    responses=posting() | versioned(),
)
async def change_status(
    call: PostClose,
    conversation_id: ConversationPath,
    body: ChangeStatus,
    if_match: IfMatch = None,
) -> Response:
    """Resolving frees the agent. Opening a resolved one fails while a newer conversation of the thread is open."""
    return await call.once(lambda connection: service.change_status(connection, call, conversation_id, body, if_match))


@router.post(
    "/{conversation_id}/priority",
    operation_id="setConversationPriority",
    summary="Set its priority",
    response_model=Conversation,
    responses=posting() | versioned(),
)
async def set_priority(
    call: PostRoute,
    conversation_id: ConversationPath,
    body: SetPriority,
    if_match: IfMatch = None,
) -> Response:
    """From 0 to 10; in the queue each step counts as ten minutes sooner due."""
    return await call.once(lambda connection: service.set_priority(connection, call, conversation_id, body, if_match))


@router.post(
    "/{conversation_id}/needs",
    operation_id="setConversationNeeds",
    summary="Set the skills it asks for",
    response_model=Conversation,
    responses=posting() | versioned(),
)
async def set_needs(
    call: PostRoute,
    conversation_id: ConversationPath,
    body: SetNeeds,
    if_match: IfMatch = None,
) -> Response:
    """Waiting, it goes to those who have them; who has it already keeps it."""
    return await call.once(lambda connection: service.set_needs(connection, call, conversation_id, body, if_match))
