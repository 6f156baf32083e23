"""Puts together how an account is doing from what its processes note."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from agent_api.health import repository
from agent_api.health.schemas import (
    ChannelHealth,
    Counts,
    DeliveryHealth,
    LastError,
    Notice,
    PollHealth,
    TokenHealth,
    TrafficHour,
)
from agent_api.http.call import Answer, Call
from backbone.channel.registry import manifests
from backbone.errors import NotFound
from backbone.storage.database import Connection

_DAY = timedelta(hours=24)
_STUCK = timedelta(minutes=15)


async def get_health(connection: Connection, call: Call, account_id: str) -> Answer:
    row = await repository.account(connection, account_id)
    if row is None:
        raise NotFound("There is no such channel account.")
    since = call.now - _DAY
    hours = [TrafficHour(**dict(one)) for one in await repository.traffic(connection, account_id, since)]
    notices = [Notice(**dict(one)) for one in await repository.notices(connection, account_id)]
    token = await repository.token(connection, account_id)
    poll = await repository.poll(connection, account_id)
    found = await repository.deliveries(connection, account_id, since)
    deliveries = DeliveryHealth(waiting=found["waiting"], oldest_at=found["oldest"], failed_last_day=found["failed"])
    failure = await repository.last_failure(connection, account_id)
    down, degraded = _reasons(call, row, notices, token, poll, deliveries)
    manifest = manifests().get(row["channel"])
    return Answer(
        ChannelHealth(
            account_id=row["id"],
            channel=row["channel"],
            state=row["state"],
            health="down" if down else "degraded" if degraded else "ok",
            reasons=[*down, *degraded],
            last_error=_last_error(token, poll, failure, notices),
            counts=_sum(hours),
            traffic=hours,
            notices=notices,
            token=_token(token),
            poll=_poll(poll),
            deliveries=deliveries,
            weakness=manifest.weakness if manifest else None,
        )
    )


def _sum(hours: Sequence[TrafficHour]) -> Counts:
    return Counts(**{name: sum(getattr(hour, name) for hour in hours) for name in Counts.model_fields})


def _token(row: Any) -> TokenHealth | None:
    if row is None:
        return None
    return TokenHealth(
        expires_at=row["expires_at"],
        failures=row["failures"],
        needs_person=row["needs_person"],
        error=row["last_error"],
    )


def _poll(row: Any) -> PollHealth | None:
    if row is None:
        return None
    return PollHealth(
        polled_at=row["polled_at"], next_at=row["next_poll_at"], quota_used=row["quota_used"], error=row["last_error"]
    )


def _reasons(
    call: Call, account: Any, notices: Sequence[Notice], token: Any, poll: Any, deliveries: DeliveryHealth
) -> tuple[list[str], list[str]]:
    """What keeps the account from working at all, and what only troubles it."""
    down: list[str] = []
    degraded: list[str] = []
    if account["state"] != "active":
        down.append(f"the account is {account['state']}")
    if token is not None and token["expires_at"] is not None and token["expires_at"] <= call.now:
        down.append("its access token has ended")
    elif token is not None and token["last_error"]:
        (down if token["expires_at"] is None else degraded).append(f"no new access token: {token['last_error']}")
    if poll is not None and poll["last_error"]:
        degraded.append(f"the last poll failed: {poll['last_error']}")
    if deliveries.oldest_at is not None and call.now - deliveries.oldest_at > _STUCK:
        degraded.append("messages wait to be sent for over 15 minutes")
    recent = [one for one in notices if one.severity == "error" and call.now - one.at < _DAY]
    degraded.extend(f"the provider says: {one.code}" for one in recent[:3])
    return down, degraded


def _last_error(token: Any, poll: Any, failure: Any, notices: Sequence[Notice]) -> LastError | None:
    found: list[LastError] = []
    if token is not None and token["last_error"]:
        found.append(LastError(source="token", detail=token["last_error"], at=token["updated_at"]))
    if poll is not None and poll["last_error"]:
        found.append(LastError(source="poll", detail=poll["last_error"], at=poll["updated_at"]))
    if failure is not None:
        words = (
            f"{failure['error_code']}: {failure['error_detail']}" if failure["error_detail"] else failure["error_code"]
        )
        found.append(LastError(source="delivery", detail=words or "failed", at=failure["updated_at"]))
    found.extend(
        LastError(source="notice", detail=f"{one.code}: {one.detail}", at=one.at)
        for one in notices
        if one.severity == "error"
    )
    return max(found, key=lambda one: one.at, default=None)
