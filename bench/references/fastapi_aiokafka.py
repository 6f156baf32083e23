"""The same contract as most teams would write it: FastAPI with dependencies and models, `send_and_wait` of aiokafka.

WhatsApp's signature over the raw body, the envelope and each message as pydantic models (one that is not valid leaves its
siblings alone), one record of the same shape and key for each message, acks of all replicas before the 200, a counter and
a histogram of requests as a plain ASGI middleware. It leaves out what ours does besides: quotas, limits of size and time,
dead letters, sibling accounts, events other than texts.
"""

import argparse
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import uvicorn
from aiokafka import AIOKafkaProducer
from fastapi import Depends, FastAPI, HTTPException, Request
from prometheus_client import Counter, Histogram
from pydantic import BaseModel, Field, ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as ASGIMessage

TOPIC = "messages.inbound.v1"
INVALID = Counter("invalid_messages", "Elements that were not valid.")


class Text(BaseModel):
    body: str


class Message(BaseModel):
    id: str
    sender: str = Field(alias="from")
    timestamp: int
    type: str
    text: Text


class Profile(BaseModel):
    name: str | None = None


class Contact(BaseModel):
    wa_id: str | None = None
    profile: Profile | None = None


class Metadata(BaseModel):
    phone_number_id: str


class Value(BaseModel):
    messaging_product: str
    metadata: Metadata
    contacts: list[Contact] = []
    messages: list[Any] = []


class Change(BaseModel):
    field: str
    value: Value


class Entry(BaseModel):
    id: str
    changes: list[Change]


class Payload(BaseModel):
    object: str
    entry: list[Entry]


class Sender(BaseModel):
    address: str
    name: str | None = None


class Content(BaseModel):
    text: str | None = None


class Event(BaseModel):
    kind: Literal["message"] = "message"
    thread_key: str
    dedup_key: str
    provider_at: datetime
    account_ref: str
    sender: Sender
    content: Content
    provider_message_id: str


class Record(BaseModel):
    v: int = 1
    id: str
    tenant_id: str
    account_id: str
    channel: str = "whatsapp"
    received_at: datetime
    event: Event


class Ack(BaseModel):
    accepted: int


class Account(BaseModel):
    id: str
    tenant_id: str
    channel: str
    external_id: str
    settings: dict[str, Any]
    url: str


class Measured:
    """Counts and times each request, as the Prometheus middlewares for FastAPI do."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.requests = Counter("http_requests", "Requests.", ["method", "route", "status"])
        self.seconds = Histogram("http_request_seconds", "Duration.", ["method", "route"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def watch(message: ASGIMessage) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            self.requests.labels(scope["method"], route, str(status)).inc()
            self.seconds.labels(scope["method"], route).observe(time.perf_counter() - began)


def make_app(bootstrap: str, accounts: dict[str, Account]) -> FastAPI:
    """One worker's application."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
        await producer.start()
        app.state.producer = producer
        yield
        await producer.stop()

    app = FastAPI(lifespan=lifespan)
    app.add_middleware(Measured)

    def get_account(account_id: str) -> Account:
        if account_id not in accounts:
            raise HTTPException(404)
        return accounts[account_id]

    def get_producer(request: Request) -> AIOKafkaProducer:
        return request.app.state.producer

    async def verified(request: Request, account: Annotated[Account, Depends(get_account)]) -> None:
        given = request.headers.get("x-hub-signature-256", "")
        body = await request.body()
        secrets_ = account.settings["app_secrets"]
        if not any(
            hmac.compare_digest("sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest(), given)
            for secret in secrets_
        ):
            raise HTTPException(401)

    @app.post("/webhooks/whatsapp/{account_id}", dependencies=[Depends(verified)])
    async def webhook(
        payload: Payload,
        account: Annotated[Account, Depends(get_account)],
        producer: Annotated[AIOKafkaProducer, Depends(get_producer)],
    ) -> Ack:
        accepted = 0
        for entry in payload.entry:
            for change in entry.changes:
                for record in records_of(change.value, account):
                    key = f"{account.id}/{record.event.thread_key}".encode()
                    await producer.send_and_wait(TOPIC, record.model_dump_json(exclude_none=True).encode(), key=key)
                    accepted += 1
        return Ack(accepted=accepted)

    return app


def messages_of(value: Value) -> list[Message]:
    """Those that are valid; the others are counted."""
    found = []
    for element in value.messages:
        try:
            found.append(Message.model_validate(element))
        except ValidationError:
            INVALID.inc()
    return found


def records_of(value: Value, account: Account) -> list[Record]:
    names = {contact.wa_id: contact.profile.name for contact in value.contacts if contact.profile}
    return [
        Record(
            id=f"evt_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}",
            tenant_id=account.tenant_id,
            account_id=account.id,
            received_at=datetime.now(UTC),
            event=Event(
                thread_key=message.sender,
                dedup_key=message.id,
                provider_at=datetime.fromtimestamp(message.timestamp, UTC),
                account_ref=value.metadata.phone_number_id,
                sender=Sender(address=message.sender, name=names.get(message.sender)),
                content=Content(text=message.text.body),
                provider_message_id=message.id,
            ),
        )
        for message in messages_of(value)
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--accounts", required=True)
    arguments = parser.parse_args()
    accounts = {one["id"]: Account(**one) for one in json.loads(Path(arguments.accounts).read_text())}
    uvicorn.run(
        make_app(arguments.address, accounts),
        host="127.0.0.1",
        port=arguments.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
