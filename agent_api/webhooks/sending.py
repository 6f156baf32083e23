"""What callers do with deliveries: look at them, send them again, try an endpoint, check a signature."""

from collections.abc import Mapping
from typing import Any

from agent_api.http.call import Answer, Call
from agent_api.http.cursor import make_cursor, number_of, read_cursor
from agent_api.http.pages import split
from agent_api.webhooks import repository
from agent_api.webhooks.deliveries import (
    CheckSignature,
    DeliveryQuery,
    Replayed,
    ReplayWebhooks,
    SignatureFault,
    SignatureVerdict,
    TestWebhook,
    WebhookAttempt,
    WebhookDelivery,
    WebhookDeliveryDetail,
    WebhookDeliveryPage,
)
from agent_api.webhooks.service import found
from backbone.errors import Conflict, NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection
from backbone.storage.wake import notify
from backbone.storage.webhooks import NewDelivery, add, again
from backbone.web.signature_faults import Signed, faults


def delivery_of(row: Any) -> WebhookDelivery:
    return WebhookDelivery(**{name: row[name] for name in WebhookDelivery.model_fields})


async def list_deliveries(connection: Connection, endpoint_id: str, query: DeliveryQuery) -> WebhookDeliveryPage:
    await found(connection, endpoint_id)
    filters = {"endpoint": endpoint_id, "state": query.state}
    before = None if query.cursor is None else number_of(read_cursor(query.cursor, filters, 1)[0])
    rows, last = split(
        await repository.deliveries(connection, endpoint_id, query.state, before, query.limit), query.limit
    )
    following = None if last is None else make_cursor((str(last["position"]),), filters)
    return WebhookDeliveryPage(items=[delivery_of(row) for row in rows], next_cursor=following)


async def get_delivery(connection: Connection, delivery_id: str) -> Answer:
    row = await _delivery(connection, delivery_id)
    log = [WebhookAttempt(**dict(tried)) for tried in await repository.attempts(connection, delivery_id)]
    return Answer(
        WebhookDeliveryDetail(at=row["at"], data=row["data"], log=log, **delivery_of(row).model_dump()),
    )


async def resend(connection: Connection, call: Call, delivery_id: str) -> Answer:
    row = await _delivery(connection, delivery_id)
    await found(connection, row["endpoint_id"], lock=True)
    if not await again(connection, row["endpoint_id"], [delivery_id], call.now):
        raise Conflict("It waits for an earlier event of its conversation, or is being sent right now.")
    await notify(connection, "webhooks")
    return Answer(delivery_of(await _delivery(connection, delivery_id)))


async def replay(connection: Connection, call: Call, endpoint_id: str, body: ReplayWebhooks) -> Answer:
    await found(connection, endpoint_id, lock=True)
    states = ["failed"] if body.only == "failed" else ["failed", "delivered"]
    ids = await repository.settled_since(connection, endpoint_id, body.since, states)
    count = await again(connection, endpoint_id, ids[: repository.REPLAY_MOST], call.now)
    await notify(connection, "webhooks")
    return Answer(Replayed(count=count, more=len(ids) > repository.REPLAY_MOST))


async def send_test(connection: Connection, call: Call, endpoint_id: str, body: TestWebhook) -> Answer:
    row = await found(connection, endpoint_id, lock=True)
    if row["state"] != "active":
        raise Conflict(f"The endpoint is {row['state']}: make it active first.")
    event = NewDelivery(new_id("evt"), None, body.type.value, None, call.now, _SAMPLE)
    [delivery_id] = await add(connection, call.principal.tenant_id, endpoint_id, [event], call.now)
    await notify(connection, "webhooks")
    location = f"/v1/webhook-deliveries/{delivery_id}"
    return Answer(delivery_of(await _delivery(connection, delivery_id)), status=201, location=location)


_SAMPLE: Mapping[str, Any] = {
    "conversation_id": "cnv_test",
    "message_id": "msg_test",
    "agent_id": None,
    "team_id": None,
}


async def check_signature(call: Call, body: CheckSignature) -> SignatureVerdict:
    """Looks at nothing that is stored and keeps nothing."""
    signed = Signed(body.secret, body.webhook_id, body.webhook_timestamp, body.webhook_signature, body.body)
    wrong = faults(signed, call.now)
    items = [SignatureFault(code=fault.code, detail=fault.detail) for fault in wrong]
    return SignatureVerdict(valid=not wrong, faults=items)


async def _delivery(connection: Connection, delivery_id: str) -> Any:
    row = await repository.find_delivery(connection, delivery_id)
    if row is None:
        raise NotFound("There is no such delivery, or it is no longer kept.")
    return row
