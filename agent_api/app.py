"""The API as one ASGI application: routes, errors, documents, the pages, and the sockets."""

import functools
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from agent_api.account.endpoints import router as account
from agent_api.actions.endpoints import router as actions
from agent_api.advocates.endpoints import open_invitation
from agent_api.advocates.endpoints import router as advocates
from agent_api.agents.endpoints import router as agents
from agent_api.attachments.endpoints import router as attachments
from agent_api.audit.endpoints import router as audit
from agent_api.blocks.endpoints import router as blocks
from agent_api.bots.endpoints import router as bots
from agent_api.calendars.endpoints import router as calendars
from agent_api.call_backs.endpoints import router as call_backs
from agent_api.calls.endpoints import router as calls
from agent_api.calls.rooms import take_webhook
from agent_api.canned.endpoints import router as canned
from agent_api.channels.endpoints import router as channels
from agent_api.clocks.endpoints import router as clocks
from agent_api.consents.endpoints import router as consents
from agent_api.contacts.endpoints import router as contacts
from agent_api.context.endpoints import router as context
from agent_api.conversations.endpoints import router as conversations
from agent_api.customer.endpoints import router as customer
from agent_api.customer.socket import CustomerSocket
from agent_api.events.endpoints import router as events
from agent_api.goodwill.endpoints import router as goodwill
from agent_api.health.endpoints import router as health
from agent_api.http import reference
from agent_api.http.console import ConsolePage
from agent_api.http.files import ANYWHERE, FRESH, compressed
from agent_api.http.middleware import ROOMS, Envelope
from agent_api.http.openapi import build_openapi
from agent_api.incidents.endpoints import router as incidents
from agent_api.intents.endpoints import router as intents
from agent_api.keys.endpoints import router as keys
from agent_api.knowledge import site
from agent_api.knowledge.endpoints import router as knowledge
from agent_api.knowledge.public import router as knowledge_public
from agent_api.labels.endpoints import router as labels
from agent_api.leases.endpoints import router as leases
from agent_api.live.socket import AgentSocket
from agent_api.login.endpoints import router as login
from agent_api.macros.endpoints import router as macros
from agent_api.messages.endpoints import router as messages
from agent_api.offers.endpoints import router as offers
from agent_api.oidc import pages as oidc_pages
from agent_api.oidc.client import Providers
from agent_api.oidc.endpoints import router as oidc
from agent_api.parts import Parts
from agent_api.policies.endpoints import router as policies
from agent_api.policy.endpoints import router as policy
from agent_api.reports.endpoints import router as reports
from agent_api.reservations.endpoints import router as reservations
from agent_api.roles.endpoints import router as roles
from agent_api.search.endpoints import router as search
from agent_api.settings.endpoints import router as settings
from agent_api.teams.endpoints import router as teams
from agent_api.views.endpoints import router as views
from agent_api.waits.endpoints import router as waits
from agent_api.webhooks.endpoints import router as webhooks
from backbone.errors import NotFound
from backbone.web.problem import HANDLERS, PAGES, answer_http, error_index, error_page

STATIC = Path(__file__).parent / "static"
ROUTERS: tuple[APIRouter, ...] = (
    conversations,
    labels,
    views,
    messages,
    leases,
    calls,
    reservations,
    actions,
    attachments,
    search,
    canned,
    macros,
    knowledge,
    intents,
    agents,
    teams,
    calendars,
    waits,
    bots,
    call_backs,
    contacts,
    context,
    channels,
    health,
    blocks,
    policies,
    policy,
    clocks,
    keys,
    webhooks,
    audit,
    reports,
    consents,
    goodwill,
    incidents,
    advocates,
    events,
    account,
    settings,
    login,
    oidc,
    roles,
    customer,
    offers,
    knowledge_public,
)
WIDGET_CSP = (
    "default-src 'none'; script-src 'self'; img-src 'self' https:; media-src 'self' https:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE_CSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def operation_id(route: APIRoute) -> str:
    """Every route names itself; the name is the generated clients' method."""
    if route.operation_id is None:
        raise ValueError(f"{route.path} has no operation_id")
    return route.operation_id


def _with_routers() -> FastAPI:
    app = FastAPI(
        title="Frontdesk",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        exception_handlers={kind: handler for kind, handler in HANDLERS.items() if kind is not Exception}
        | {HTTPException: _answer_http},
        redirect_slashes=False,
    )
    for router in ROUTERS:
        app.include_router(router)
    return app


def api_document() -> dict[str, Any]:
    """The OpenAPI document, without anything running."""
    return build_openapi(_with_routers())


@functools.cache
def _described() -> tuple[Response, Response]:
    """The document and its page as they are served: once a process, since the same code has the same ones and they take a second."""
    found = api_document()
    document = JSONResponse(found, headers={"Cache-Control": "public, max-age=300"})
    page = HTMLResponse(
        reference.reference_page(found),
        headers={"Content-Security-Policy": reference.CSP, "Cache-Control": "public, max-age=300"},
    )
    return document, page


def create_app(parts: Parts) -> FastAPI:
    """Wires the routes to `parts`. The live stream delivers only while the jobs of `parts.hub` run."""
    app = _with_routers()
    app.state.parts = parts
    document, page = _described()

    async def openapi(_request: Request) -> Response:
        return document

    async def api_reference(_request: Request) -> Response:
        return page

    app.router.routes += [
        Route("/v1/openapi.json", openapi),
        Route("/docs/api", api_reference),
        Route(PAGES, _error_index),
        Route(PAGES + "/{code}", _error_page),
        Route("/chat", _chat),
        Route("/help/{account_id}", site.contents_page),
        Route("/help/{account_id}/{slug}", site.article_page),
        *oidc_pages.routes(Providers(parts.fetcher, parts.clock)),
        Route("/v1/customer/invitations/{code}", open_invitation),
        Route("/console", ConsolePage(STATIC / "console" / "index.html")),
        Route(ROOMS, take_webhook, methods=["POST"]),
        WebSocketRoute("/v1/stream", AgentSocket(parts)),
        WebSocketRoute("/v1/customer/stream", CustomerSocket(parts)),
    ]
    app.mount("/static/docs", StaticFiles(directory=STATIC / "docs"), name="docs")
    app.mount("/static/help", StaticFiles(directory=STATIC / "help"), name="help")
    for name in ("console", "vendor"):
        app.mount(f"/static/{name}", compressed(STATIC / name, FRESH), name=name)
    # The widget runs on pages of other origins, and its calls use the client.
    for name in ("client", "widget"):
        app.mount(f"/static/{name}", compressed(STATIC / name, ANYWHERE), name=name)
    app.add_middleware(Envelope, origins=parts.config.origins, metrics=parts.metrics, clock=parts.clock)
    return app


async def _answer_http(request: Request, error: Exception) -> Response:
    """As for every HTTP error; a wrong method is told all methods of the address, which the framework looks at one by one."""
    response = await answer_http(request, error)
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
        methods = {
            method for route in routes if route.path_regex.match(request.url.path) for method in route.methods or ()
        }
        if methods:
            response.headers["Allow"] = ", ".join(sorted(methods))
    return response


async def _error_index(_request: Request) -> Response:
    return HTMLResponse(error_index(), headers={"Content-Security-Policy": PAGE_CSP})


async def _error_page(request: Request) -> Response:
    page = error_page(request.path_params["code"])
    if page is None:
        raise NotFound("There is no such error code.")
    return HTMLResponse(page, headers={"Content-Security-Policy": PAGE_CSP})


async def _chat(_request: Request) -> Response:
    return FileResponse(STATIC / "widget" / "chat.html", headers={"Content-Security-Policy": WIDGET_CSP})
