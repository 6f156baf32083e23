"""What customers ask, each inside one transaction of their own, save for what needs none."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from agent_api.attachments.links import make_link
from agent_api.customer import repository
from agent_api.customer.accounts import CustomerAccount
from agent_api.customer.call import CustomerCall
from agent_api.customer.schemas import (
    CustomerConversation,
    CustomerConversationPage,
    CustomerDesk,
    CustomerDevice,
    CustomerMessagePage,
    CustomerUpload,
    CustomerUploadQuery,
    CustomerWait,
    HistoryQuery,
    OwnRating,
    RateOwnConversation,
    RegisterDevice,
)
from agent_api.customer.shown import Links, customer_message
from agent_api.customer.speaking import fitting_kind, owner_of
from agent_api.http.cursor import instant_of, make_cursor, read_cursor
from agent_api.http.inputs import PageQuery
from agent_api.http.pages import split
from agent_api.live.items import names_of
from agent_api.parts import Parts
from agent_api.reports.repository import put_rating, settings_of
from backbone.channel.sniff import settled_type
from backbone.errors import Conflict, InputInvalid, NotFound, RateLimited
from backbone.ids import new_id
from backbone.storage import push
from backbone.storage.database import Connection
from backbone.storage.facts import announce
from backbone.storage.team_waits import TeamWait
from router.usecases import advocates
from router.usecases.answering import answering
from schemas.content import Content, Media
from schemas.events import EventType

UPLOAD_FILES = 50
UPLOAD_BYTES = 200 * 1024 * 1024
_DAY = timedelta(days=1)
_CONVERSATIONS = {"list": "customer_conversations"}


async def desk(parts: Parts, account: CustomerAccount) -> CustomerDesk:
    """Read anew each time: an agent who left is not promised."""
    async with parts.database.transaction([account.tenant_id], read_only=True) as connection:
        found = await answering(
            connection,
            tenant_id=account.tenant_id,
            account_id=account.id,
            channel_class=account.channel_class,
            now=parts.clock.now(),
        )
    return CustomerDesk(
        state="closed" if not found.is_open else "online" if found.online else "away",
        opens_at=found.opens_at,
        agents=list(found.names) if found.is_open else [],
        wait=_wait(found.wait) if found.is_open and found.online else None,
        signs_in=bool(account.identity_secrets),
        look=account.look,
    )


def _wait(found: TeamWait | None) -> CustomerWait | None:
    if found is None or found.low is None or found.high is None:
        return None
    return CustomerWait(low_seconds=round(found.low), high_seconds=round(found.high), position=found.position)


async def list_conversations(connection: Connection, call: CustomerCall, page: PageQuery) -> CustomerConversationPage:
    before = None if page.cursor is None else _place(page.cursor, _CONVERSATIONS)
    found = await repository.conversations(connection, call.account.id, call.visitor_id, before, page.limit)
    rows, last = split(found, page.limit)
    following = None if last is None else make_cursor((last["opened_at"].isoformat(), last["id"]), _CONVERSATIONS)
    return CustomerConversationPage(items=[_conversation(row) for row in rows], next_cursor=following)


def _conversation(row: Any) -> CustomerConversation:
    said = row["content"] is not None and row["deleted_at"] is None
    return CustomerConversation(
        status="resolved" if row["status"] == "resolved" else "open",
        preview=Content.model_validate(row["content"]).preview() if said else "",
        **{name: row[name] for name in ("id", "agent", "unread", "score", "opened_at", "last_message_at")},
    )


async def list_messages(connection: Connection, call: CustomerCall, query: HistoryQuery) -> CustomerMessagePage:
    """Raises `NotFound` for a conversation that is not the customer's."""
    ids = await repository.conversation_ids(connection, call.account.id, call.visitor_id)
    if query.conversation_id is not None:
        if query.conversation_id not in ids:
            raise NotFound("There is no such conversation of yours.")
        ids = [query.conversation_id]
    filters = {"list": "customer_messages", "of": query.conversation_id}
    before = None if query.cursor is None else _place(query.cursor, filters)
    rows, last = split(await repository.messages(connection, ids, before, query.limit), query.limit)
    names, links = await names_of(connection, rows), Links(call.parts, call.account.tenant_id)
    following = None if last is None else make_cursor((last["sort_at"].isoformat(), last["id"]), filters)
    items = [customer_message(row, names.get(row["author_id"]), links) for row in rows]
    return CustomerMessagePage(items=items, next_cursor=following)


def _place(cursor: str, filters: dict[str, Any]) -> tuple[datetime, str]:
    at, last_id = read_cursor(cursor, filters, 2)
    return instant_of(at), last_id


async def upload(
    connection: Connection, call: CustomerCall, query: CustomerUploadQuery, data: bytes, blob: str
) -> CustomerUpload:
    """`blob` holds the bytes already. Raises `InputInvalid` for what isn't what it claims to be, and `RateLimited` for
    more than 50 files or 200 MiB in a day.
    """
    mime = settled_type(data, Media(kind=query.kind, mime=query.mime), None)
    if mime is None:
        raise InputInvalid("It is not what it is said to be.", pointers={"query/kind": "does not fit its bytes"})
    owner = owner_of(call.account.id, call.visitor_id)
    files, size = await repository.uploaded_since(connection, owner, call.now - _DAY)
    if files >= UPLOAD_FILES or size + len(data) > UPLOAD_BYTES:
        raise RateLimited("That is more than can be sent in a day.", retry_after=timedelta(hours=1))
    upload_id, digest = new_id("att"), hashlib.sha256(data).digest()
    values = (upload_id, call.account.tenant_id, blob, query.filename, mime, len(data), digest, owner, call.now)
    await repository.add_upload(connection, values)
    url = make_link(call.parts.master, call.parts.config.public_url, call.account.tenant_id, upload_id, call.now)
    kind = fitting_kind(query.kind, mime)
    return CustomerUpload(upload=upload_id, kind=kind, mime=mime, filename=query.filename, size=len(data), url=url)


async def rate(connection: Connection, call: CustomerCall, body: RateOwnConversation) -> OwnRating:
    """Raises `NotFound` for a conversation that is not the customer's, `Conflict` for one that is not resolved."""
    row = await repository.own_conversation(connection, call.account.id, call.visitor_id, body.conversation_id)
    if row is None:
        raise NotFound("There is no such conversation of yours.")
    if row["status"] != "resolved":
        raise Conflict("It can be rated once it is resolved.")
    place = (row["agent_id"], row["team_id"], row["channel"])
    values = (row["id"], call.account.tenant_id, body.score, body.comment, *place, call.now)
    kept = await put_rating(connection, values)
    settings = await settings_of(connection)
    await advocates.rated(connection, settings, call.account.tenant_id, row["id"], body.score, call.now)
    base = {"conversation_id": row["id"], "agent_id": row["agent_id"], "team_id": row["team_id"], "score": body.score}
    await announce(connection, call.account.tenant_id, EventType.CONVERSATION_RATED, base, call.now, row["id"])
    return OwnRating(**{name: kept[name] for name in OwnRating.model_fields})


async def register(connection: Connection, call: CustomerCall, body: RegisterDevice) -> CustomerDevice:
    """Raises `Conflict` where the account isn't set up for that service: nothing would ever ring."""
    if body.provider not in call.account.rings:
        raise Conflict("This chat wakes no apps by that service.", context={"provider": body.provider})
    device_id = await push.register(
        connection,
        call.parts.master,
        tenant_id=call.account.tenant_id,
        account_id=call.account.id,
        address=call.visitor_id,
        provider=body.provider,
        token=body.token,
        now=call.now,
    )
    return CustomerDevice(id=device_id, provider=body.provider)


async def forget_device(connection: Connection, call: CustomerCall, device_id: str) -> None:
    """Raises `NotFound` for devices of others, too."""
    if not await push.forget(connection, call.account.id, call.visitor_id, device_id):
        raise NotFound("You have no such device.")
