"""Counting what is asked without a key, or beside one: by address or by name, and what the answer says of it."""

from starlette.requests import Request

from backbone.errors import RateLimited
from backbone.web.limits import TokenBuckets


def address_of(request: Request) -> str:
    """The peer's: what a client writes into X-Forwarded-For proves nothing."""
    return request.client.host if request.client else "-"


def count(request: Request, buckets: TokenBuckets, key: str) -> None:
    """Takes one from the quota of `key`, and has the answer say what is left. Raises `RateLimited`."""
    decision = buckets.take(key)
    request.state.response_headers = buckets.headers(decision)
    if not decision.allowed:
        raise RateLimited(retry_after=decision.retry)
