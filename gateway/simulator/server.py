"""The simulated providers over HTTP, under `/sim/<channel>/<account id>/…`, and what they were sent."""

import json

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backbone.channel.port import HttpCall
from gateway.simulator.provider import FakeProvider

PREFIX = "/sim/"
BODY_MAX = 16 * 1024 * 1024
_OWN_HEADERS = {"host", "content-length", "connection", "transfer-encoding", "accept-encoding", "user-agent"}
_FAULTS = {"none", "throttle", "transient", "final"}


class SimulatorApp:
    """Takes requests under `/sim/`; all others go to `fallback`. It asks for no credentials: for demos and tests only.

    `GET …/sent` lists what an account's provider was sent, `POST …/faults` with a JSON array of `none`, `throttle`,
    `transient` and `final` says how the next calls end, `POST …/inbox` holds what a poll is to bring; every other request
    is a call to the provider.
    """

    def __init__(self, provider: FakeProvider, fallback: ASGIApp) -> None:
        self._provider = provider
        self._fallback = fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._fallback(scope, receive, send)
            return
        response = await self._answer(HttpRequest(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: HttpRequest) -> Response:
        parts = request.url.path.removeprefix(PREFIX).split("/", 2)
        if len(parts) < 2:
            return Response("no such place", 404)
        account_id, rest = parts[1], parts[2] if len(parts) > 2 else ""
        if request.method == "GET" and rest == "sent":
            return self._sent(account_id)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_MAX:
                return Response("too large", 413)
        if request.method == "POST" and rest == "faults":
            return self._script(account_id, bytes(body))
        if request.method == "POST" and rest == "inbox":
            self._provider.write(account_id, bytes(body))
            return Response(status_code=204)
        headers = tuple((name, value) for name, value in request.headers.items() if name not in _OWN_HEADERS)
        call = HttpCall(request.method, str(request.url), headers, bytes(body))
        reply = await self._provider.take(account_id, call)
        return Response(reply.body, reply.status, dict(reply.headers))

    def _sent(self, account_id: str) -> Response:
        sends = [
            {
                "at": sent.at.isoformat(),
                "recipient": sent.send.recipient,
                "text": sent.send.text,
                "provider_message_id": sent.send.provider_message_id,
                "repeats": sent.repeats,
                "receipts": sent.receipts,
            }
            for sent in self._provider.sent(account_id)
        ]
        return JSONResponse({"calls": self._provider.calls(account_id), "sent": sends})

    def _script(self, account_id: str, body: bytes) -> Response:
        try:
            faults = json.loads(body)
        except ValueError:
            faults = None
        if not isinstance(faults, list) or not all(isinstance(fault, str) and fault in _FAULTS for fault in faults):
            return Response(f"a JSON array of {', '.join(sorted(_FAULTS))} is needed", 422)
        self._provider.script(account_id, *faults)
        return Response(status_code=204)
