"""The cookie of a person's session: for pages of this service, which then never hold the token in a script's reach."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from agent_api.parts import ApiConfig

_NAME = "frontdesk_session"


def _secure(config: ApiConfig) -> bool:
    return config.public_url.startswith("https://")


def cookie_name(config: ApiConfig) -> str:
    """With https it is bound to this very host and no other can set it (RFC 6265bis §4.1.3.2, `__Host-`)."""
    return f"__Host-{_NAME}" if _secure(config) else _NAME


def session_cookie(request: Request, config: ApiConfig) -> str | None:
    return request.cookies.get(cookie_name(config)) or None


def set_session_cookie(response: Response, config: ApiConfig, token: str, expires_at: datetime) -> None:
    """HttpOnly, SameSite=Strict, and Secure where the service is reached by https."""
    response.set_cookie(
        cookie_name(config),
        token,
        expires=expires_at,
        path="/",
        secure=_secure(config),
        httponly=True,
        samesite="strict",
    )


def clear_session_cookie(response: Response, config: ApiConfig) -> None:
    response.delete_cookie(cookie_name(config), path="/", secure=_secure(config), httponly=True, samesite="strict")
