"""The door for providers: `/webhooks/<channel>/<account>` as a bare ASGI callable in front of another application.

No framework is in the way: it would cost several times what the request itself does.
"""

from dataclasses import dataclass
from datetime import timedelta

from starlette.types import ASGIApp, Receive, Scope, Send

from backbone.channel.port import Request
from backbone.clock import Clock
from backbone.errors import FrontdeskError, MethodNotAllowed, Overloaded, PayloadTooLarge, Retriable, Unavailable
from backbone.telemetry import tracing
from backbone.telemetry.logs import get_logger
from backbone.telemetry.metrics import CounterChild, HistogramChild, Metric, Metrics
from gateway.accounts import AccountDirectory, Served
from gateway.inbound.answers import Refusals, send_not_found, send_problem, send_response
from gateway.inbound.body import READ_WITHIN, BodyReader, Disconnected
from gateway.inbound.deadlines import Deadlines
from gateway.inbound.intake import Intake
from gateway.inbound.quotas import Quotas, Refusal

log = get_logger(__name__)

PREFIX = "/webhooks/"
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT"})
"""GET, HEAD and OPTIONS are how providers check that a URL is ours; some also send short messages by GET. No others: the
gateway gives what it polls itself a method that no webhook can have.
"""


@dataclass(slots=True)
class _Counters:
    """One channel's metrics, bound once: looking them up for each request would cost more than counting."""

    received: CounterChild
    accepted: CounterChild
    seconds: HistogramChild
    in_flight: int = 0


class IngressApp:
    """Finds the account, lets the request in or not, reads it, hands it to the intake and writes the answer.

    Unknown accounts, and those that are only polled, get a 404 without detail. A process at its limit, a paused account, a bus that is away without a
    spool: 503 with `Retry-After`. Everything outside `/webhooks/` is for `fallback`.
    """

    def __init__(
        self,
        directory: AccountDirectory,
        intake: Intake,
        quotas: Quotas,
        deadlines: Deadlines,
        clock: Clock,
        metrics: Metrics,
        *,
        fallback: ASGIApp,
        refusals: Refusals | None = None,
        read_within: timedelta = READ_WITHIN,
    ) -> None:
        self._directory = directory
        self._intake = intake
        self._quotas = quotas
        self._deadlines = deadlines
        self._clock = clock
        self._metrics = metrics
        self._fallback = fallback
        self._refusals = refusals or Refusals()
        self._read_within = read_within
        self._counters: dict[str, _Counters] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._fallback(scope, receive, send)
            return
        served = self._find(scope["path"])
        if served is None:
            self._metrics.inc(Metric.GATEWAY_REJECTED, "unknown", "not_found")
            await send_not_found(send)
            return
        await self._guarded(served, scope, receive, send)

    def _find(self, path: str) -> Served | None:
        channel, _, account_id = path[len(PREFIX) :].partition("/")
        served = self._directory.by_id(account_id)
        if served is None or served.account.channel != channel or served.channel.manifest.ingress == "poll":
            return None
        return served

    async def _guarded(self, served: Served, scope: Scope, receive: Receive, send: Send) -> None:
        """Counts the request in and out, and turns every error into its answer."""
        account, began = served.account, self._clock.monotonic()
        counters = self._counters.get(account.channel) or self._bind(account.channel)
        counters.received.inc()
        refusal = self._quotas.admit(account.tenant_id, account.id)
        if refusal is not None:
            await self._refuse(served, refusal, send)
            return
        counters.in_flight += 1
        try:
            await self._receive(served, scope, receive, send, counters)
        except Disconnected:
            self._metrics.inc(Metric.GATEWAY_REJECTED, account.channel, "disconnected")
        except Retriable as error:
            self._metrics.inc(Metric.GATEWAY_REJECTED, account.channel, error.code)
            await self._refusals.send(send, error, close=True)
        except FrontdeskError as error:
            self._metrics.inc(Metric.GATEWAY_REJECTED, account.channel, error.code)
            allow = ", ".join(sorted(METHODS)) if isinstance(error, MethodNotAllowed) else ""
            await send_problem(send, error, close=isinstance(error, PayloadTooLarge), allow=allow)
        except Exception as error:
            # A defect of ours: the provider sends it again, and by then there may be a fix.
            log.error("webhook failed", channel=account.channel, account_id=account.id, exc_info=error)
            self._metrics.inc(Metric.GATEWAY_REJECTED, account.channel, FrontdeskError.code)
            await self._refusals.send(send, Unavailable(), close=True)
        finally:
            counters.in_flight -= 1
            self._quotas.release(account.tenant_id, account.id)
            counters.seconds.observe(self._clock.monotonic() - began)

    async def _receive(self, served: Served, scope: Scope, receive: Receive, send: Send, counters: _Counters) -> None:
        if scope["method"] not in METHODS:
            raise MethodNotAllowed
        if not served.usable:
            raise Unavailable(served.trouble or "the account is paused")
        headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])
        most = served.channel.manifest.body_max_bytes
        with BodyReader(self._quotas, self._deadlines, most, self._read_within) as reader:
            body = await reader.read(receive, _declared(headers))
            query = scope["query_string"].decode("latin-1")
            url = served.account.webhook_url
            request = Request(scope["method"], f"{url}?{query}" if query else url, query, headers, body)
            with tracing.span("webhook", kind="server"):
                response = await self._intake.receive(served, request)
        counters.accepted.inc()
        await send_response(send, response)

    async def _refuse(self, served: Served, refusal: Refusal, send: Send) -> None:
        self._metrics.inc(Metric.GATEWAY_QUOTA_REFUSALS, refusal.scope, refusal.limit)
        self._metrics.inc(Metric.GATEWAY_REJECTED, served.account.channel, Overloaded.code)
        await self._refusals.send(send, Overloaded())

    def _bind(self, channel: str) -> _Counters:
        metrics = self._metrics
        found = self._counters[channel] = _Counters(
            metrics.counter(Metric.GATEWAY_RECEIVED, channel),
            metrics.counter(Metric.GATEWAY_ACCEPTED, channel),
            metrics.histogram(Metric.GATEWAY_INGRESS, channel),
        )
        metrics.gauge(Metric.GATEWAY_IN_FLIGHT, channel).set_function(lambda: found.in_flight)
        return found


def _declared(headers: tuple[tuple[str, str], ...]) -> int | None:
    """The Content-Length; None where there is none or it is no number (the server refuses those itself)."""
    for name, value in headers:
        if name == "content-length":
            return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None
    return None
