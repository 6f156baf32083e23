"""The two addresses that a browser visits: out to the provider, and back from it. Not for programs, so not in the API document."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from agent_api.http.cookies import set_session_cookie
from agent_api.http.quota import address_of, count
from agent_api.oidc import flow, service
from agent_api.oidc.client import NotVouched, Providers
from agent_api.parts import Parts, parts_of
from backbone.errors import FrontdeskError, NotFound, Unavailable
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import Metric
from backbone.web.problem import request_id_of

log = get_logger(__name__)
_HOME = "/console"


def routes(providers: Providers) -> list[Route]:
    """With the configurations and keys of one process."""

    async def out(request: Request) -> Response:
        """To the provider, with what binds its answer to this browser."""
        parts = parts_of(request)
        count(request, parts.visitors, f"login/{address_of(request)}")
        try:
            row = await service.provider_of(parts, request.path_params["provider_id"])
            pending = flow.begin(row["id"], parts.clock.now())
            url = await providers.authorization_url(
                service.client_of(parts, row), state=pending.state, nonce=pending.nonce, challenge=pending.challenge
            )
        except (NotFound, Unavailable) as error:
            return _failed(parts, error)
        response = RedirectResponse(
            url, status_code=302, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        )
        flow.remember(response, parts.config, parts.master, pending)
        return response

    async def back(request: Request) -> Response:
        """A session where the provider vouches; else the login page says why not."""
        parts, given = parts_of(request), request.query_params
        count(request, parts.visitors, f"login/{address_of(request)}")
        pending = flow.recall(request, parts.config, parts.master)
        if pending is None or not pending.answers(given.get("state"), parts.clock.now()):
            return _failed(parts, NotVouched("the login was begun elsewhere, or too long ago"), "expired")
        code = given.get("code")
        if code is None or "error" in given:
            return _failed(parts, NotVouched("the provider refused"))
        try:
            begun = await service.finish(
                parts, providers, pending, code, given.get("iss"), address_of(request), request_id_of(request)
            )
        except (NotVouched, NotFound, Unavailable) as error:
            return _failed(parts, error)
        response = _home(parts, "done")
        set_session_cookie(response, parts.config, begun.token, begun.session.expires_at)
        return response

    return [Route("/login/oidc/callback", back), Route("/login/oidc/{provider_id}", out)]


def _home(parts: Parts, came: str) -> RedirectResponse:
    response = RedirectResponse(f"{_HOME}?login={came}", status_code=303, headers={"Cache-Control": "no-store"})
    flow.forget(response, parts.config)
    return response


def _failed(parts: Parts, error: FrontdeskError, why: str | None = None) -> Response:
    """One of three reasons, since what the provider said is hostile text on a page."""
    reason = why or ("unavailable" if isinstance(error, Unavailable) else "refused")
    parts.metrics.inc(Metric.API_LOGINS, "oidc", "refused")
    log.info("login refused", method="oidc", reason=reason, detail=error.detail)
    return _home(parts, reason)
