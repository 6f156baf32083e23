"""Firebase Cloud Messaging and Apple's push service on loopback: they check what they are sent, and answer by device."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded

from tests.support.loopback import Loopback, answer, serving
from tests.support.ports import HOST, free_ports

PROJECT, KEY_ID, TEAM_ID, TOPIC = "shop-1234", "ABCDE12345", "TEAM123456", "example.shop"


@cache
def _rsa() -> str:
    return _pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@cache
def apple_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()


def fcm_config(url: str) -> dict[str, Any]:
    """An account's settings for the simulated Firebase at `url`."""
    return {
        "project_id": PROJECT,
        "client_email": "push@shop.example",
        "private_key": _rsa(),
        "url": url,
        "token_url": f"{url}/token",
    }


def apns_config(url: str) -> dict[str, Any]:
    return {"key_id": KEY_ID, "team_id": TEAM_ID, "topic": TOPIC, "private_key": _pem(apple_key()), "url": url}


@dataclass
class Rung:
    """What the services were asked to show, by device in order. `answers` are given out one after the other, then 200."""

    notices: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: dict[str, list[tuple[int, dict[str, Any], tuple[str, ...]]]] = field(default_factory=dict)
    tokens: int = 0
    good: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)

    def answer(self, device: str, status: int, body: dict[str, Any] | None = None, *headers: str) -> None:
        self.answers.setdefault(device, []).append((status, body or {}, headers))

    def next(self, device: str) -> tuple[int, dict[str, Any], tuple[str, ...]]:
        waiting = self.answers.get(device)
        return waiting.pop(0) if waiting else (200, {}, ())


def fcm_error(code: str) -> dict[str, Any]:
    """As Firebase says it: google.rpc.Status with its own detail."""
    kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
    return {"error": {"status": "NOT_FOUND", "details": [{"@type": kind, "errorCode": code}]}}


@asynccontextmanager
async def firebase(rung: Rung) -> AsyncIterator[Loopback]:
    """Gives access tokens, and takes messages that carry one which is still good."""

    async def script(request: bytes, writer: asyncio.StreamWriter) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        if head.startswith(b"POST /token "):
            rung.tokens += 1
            rung.good.add(f"t{rung.tokens}")
            token = {"access_token": f"t{rung.tokens}", "expires_in": 3600, "token_type": "Bearer"}
            writer.write(answer(json.dumps(token).encode(), 200, "content-type: application/json"))
            return
        assert head.startswith(f"POST /v1/projects/{PROJECT}/messages:send ".encode())
        message = json.loads(body)["message"]
        brought = next(line for line in head.decode().splitlines() if line.lower().startswith("authorization:"))
        if brought.removeprefix("authorization: Bearer ") not in rung.good:
            rung.refused.append(message["token"])
            writer.write(answer(b"{}", 401))
            return
        rung.notices.append((message["token"], message))
        status, said, headers = rung.next(message["token"])
        writer.write(answer(json.dumps(said).encode(), status, *headers))

    async with serving(script) as server:
        yield server


@asynccontextmanager
async def apple(rung: Rung) -> AsyncIterator[str]:
    """Over HTTP/2 alone; yields its URL. Whoever brings no token that the team's key signed is answered 403."""
    (port,) = free_ports(1)
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(OSError, asyncio.CancelledError):
            await _Connection(rung, writer).serve(reader)
        writer.close()
        tasks.discard(task)

    server = await asyncio.start_server(handle, HOST, port)
    try:
        yield f"http://{HOST}:{port}"
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


class _Connection:
    def __init__(self, rung: Rung, writer: asyncio.StreamWriter) -> None:
        self._rung = rung
        self._writer = writer
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._asked: dict[int, tuple[dict[str, str], bytearray]] = {}

    async def serve(self, reader: asyncio.StreamReader) -> None:
        self._h2.initiate_connection()
        self._writer.write(self._h2.data_to_send())
        while data := await reader.read(65536):
            for event in self._h2.receive_data(data):
                if isinstance(event, RequestReceived):
                    self._asked[event.stream_id] = (
                        {str(name): str(value) for name, value in event.headers},
                        bytearray(),
                    )
                elif isinstance(event, DataReceived):
                    self._asked[event.stream_id][1].extend(event.data)
                    self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, StreamEnded):
                    self._reply(event.stream_id)
            self._writer.write(self._h2.data_to_send())
            await self._writer.drain()

    def _reply(self, stream_id: int) -> None:
        headers, body = self._asked.pop(stream_id)
        device = headers[":path"].removeprefix("/3/device/")
        if not _signed(headers.get("authorization", "")):
            self._rung.refused.append(device)
            status, said = 403, {"reason": "InvalidProviderToken"}
        else:
            self._rung.notices.append((device, {"headers": headers, "body": json.loads(bytes(body))}))
            status, said, _ = self._rung.next(device)
        self._h2.send_headers(stream_id, [(":status", str(status)), ("apns-id", "1")])
        self._h2.send_data(stream_id, json.dumps(said).encode() if said else b"", end_stream=True)


def _signed(authorization: str) -> bool:
    """By the team's key (ES256: r and s, 32 bytes each), and for this key and team."""
    signed, _, signature = authorization.removeprefix("bearer ").rpartition(".")
    header, _, claims = signed.partition(".")
    raw = _bytes(signature)
    halves = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    try:
        apple_key().public_key().verify(encode_dss_signature(*halves), signed.encode(), ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return (json.loads(_bytes(header))["kid"], json.loads(_bytes(claims))["iss"]) == (KEY_ID, TEAM_ID)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
