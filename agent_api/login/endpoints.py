"""Routes of logins and sessions."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from agent_api.http.call import Answer, Authenticated, Call, May
from agent_api.http.cookies import clear_session_cookie, set_session_cookie
from agent_api.http.docs import problems, reading
from agent_api.http.inputs import AgentPath
from agent_api.http.quota import address_of
from agent_api.login import service
from agent_api.login.schemas import ChangePassword, LoggedIn, Login, Logout, Session, SetPassword
from agent_api.parts import parts_of
from agent_api.permissions import Permission
from backbone.web.problem import request_id_of

router = APIRouter(prefix="/v1", tags=["Login"])

Write = Annotated[Call, Depends(May(Permission.AGENTS_WRITE))]


@router.post(
    "/login",
    operation_id="startSession",
    summary="Log in by password",
    response_model=LoggedIn,
    responses=problems(409, body=True),
)
async def login(request: Request, body: Login) -> Response:
    """For people. Needs no key and no Idempotency-Key: a repeat is another session. 401 says nothing about who exists."""
    parts = parts_of(request)
    begun = await service.log_in(parts, body, address_of(request), request_id_of(request))
    response = Answer(LoggedIn(session=begun.session, token=begun.token if body.bearer else None)).response()
    if not body.bearer:
        set_session_cookie(response, parts.config, begun.token, begun.session.expires_at)
    return response


@router.get(
    "/session", operation_id="getSession", summary="Read my session", response_model=Session, responses=reading(404)
)
async def get_session(call: Authenticated) -> Response:
    """Who is logged in and what they may do. 404 for an API key."""
    return (await call.read(lambda connection: service.get_session(connection, call))).response()


@router.post(
    "/logout",
    operation_id="endSession",
    summary="Log out",
    status_code=204,
    response_class=Response,
    responses=problems(404, body=True),
)
async def logout(call: Authenticated, body: Logout) -> Response:
    """This session, or all of this person's. Live sockets are cut within 5 s. Needs no Idempotency-Key."""
    response = await call.change(lambda connection: service.log_out(connection, call, everywhere=body.everywhere))
    call.parts.authenticator.forget(call.principal.key_id)
    clear_session_cookie(response, call.parts.config)
    return response


@router.put(
    "/session/password",
    operation_id="changePassword",
    summary="Change my password",
    status_code=204,
    response_class=Response,
    responses=problems(404, body=True),
)
async def change_password(call: Authenticated, body: ChangePassword) -> Response:
    """Ends one's other sessions."""
    return (await service.change_password(call, body, address_of(call.request))).response()


@router.put(
    "/agents/{agent_id}/password",
    operation_id="setAgentPassword",
    summary="Set somebody's password",
    status_code=204,
    response_class=Response,
    responses=problems(404, body=True),
)
async def set_password(call: Write, agent_id: AgentPath, body: SetPassword) -> Response:
    """Ends their sessions. Not for those who may more than the caller."""
    hashed = await call.parts.passwords.hash(body.password)
    return await call.change(lambda connection: service.set_password(connection, call, agent_id, body, hashed))


@router.delete(
    "/agents/{agent_id}/sessions",
    operation_id="endAgentSessions",
    summary="Log somebody out everywhere",
    status_code=204,
    response_class=Response,
    responses=reading(404),
)
async def end_sessions(call: Write, agent_id: AgentPath) -> Response:
    """Their sessions and live sockets end within 5 s. Their API keys stay: revoke those by themselves."""
    return await call.change(lambda connection: service.end_sessions(connection, call, agent_id))
