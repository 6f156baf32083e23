"""What callers do with channel accounts, each inside one transaction of theirs."""

from typing import Any

from agent_api.channels import repository
from agent_api.channels.schemas import (
    ChangeChannelAccount,
    Channel,
    ChannelAccount,
    ChannelAccountPage,
    ChannelList,
    CreateChannelAccount,
    seconds,
)
from agent_api.http.call import Answer, Call
from agent_api.http.cursor import make_cursor, read_cursor
from agent_api.http.pages import split
from agent_api.http.versions import check_version
from backbone.channel.registry import manifests
from backbone.errors import Conflict, InputInvalid, NotFound
from backbone.storage.account_config import seal_config, store_account, webhook_url
from backbone.storage.database import Connection
from backbone.storage.wake import notify

_LIST = {"list": "channel_accounts"}


def list_channels() -> ChannelList:
    """From the manifests: no channel is imported for it."""
    items = []
    for manifest in manifests().values():
        can = manifest.capabilities
        items.append(
            Channel(
                name=manifest.name,
                title=manifest.title,
                channel_class=can.channel_class.value,
                ingress=manifest.ingress,
                outbound=manifest.outbound,
                notice_only=can.notice_only,
                text_max=can.text_max,
                text_unit=can.text_unit,
                media=[kind.value for kind in can.media],
                media_max_bytes=can.media_max_bytes,
                buttons_max=can.buttons_max,
                list_rows_max=can.list_rows_max,
                carousel_max=can.carousel_max,
                markup=can.markup,
                location=can.location,
                actions=list(can.actions),
                calls=can.calls,
                templates=can.templates,
                reply_window_seconds=seconds(can.reply_window),
                after_window=can.after_window,
                receipts=list(can.receipts),
                typing=can.typing,
                visibility=can.visibility,
                weakness=manifest.weakness,
            )
        )
    return ChannelList(items=items)


def account_of(row: Any, public_url: str) -> ChannelAccount:
    values = {name: row[name] for name in ChannelAccount.model_fields if name != "webhook_url"}
    return ChannelAccount(webhook_url=webhook_url(public_url, row["channel"], row["id"]), **values)


async def list_accounts(connection: Connection, call: Call, cursor: str | None, limit: int) -> ChannelAccountPage:
    after = "" if cursor is None else read_cursor(cursor, _LIST, 1)[0]
    rows, last = split(await repository.page(connection, after, limit), limit)
    following = None if last is None else make_cursor((last["id"],), _LIST)
    public_url = call.parts.config.public_url
    return ChannelAccountPage(items=[account_of(row, public_url) for row in rows], next_cursor=following)


async def get_account(connection: Connection, call: Call, account_id: str) -> Answer:
    row = await repository.find(connection, account_id)
    if row is None:
        raise NotFound("There is no such channel account.")
    return Answer(account_of(row, call.parts.config.public_url), version=row["version"])


async def create_account(connection: Connection, call: Call, body: CreateChannelAccount) -> Answer:
    if body.channel not in manifests():
        raise InputInvalid("There is no such channel.", pointers={"/channel": "is not one of listChannels"})
    if await repository.taken(connection, body.channel, body.external_id):
        raise Conflict("This number, page or mailbox is there already.")
    await _check_team(connection, body.team_id)
    account_id = await store_account(
        connection,
        call.parts.master,
        tenant_id=call.principal.tenant_id,
        channel=body.channel,
        name=body.name,
        external_id=body.external_id,
        config=body.config,
        team_id=body.team_id,
    )
    answer = await get_account(connection, call, account_id)
    return Answer(answer.model, status=201, version=answer.version, location=f"/v1/channel-accounts/{account_id}")


async def change_account(
    connection: Connection, call: Call, account_id: str, body: ChangeChannelAccount, if_match: str | None
) -> Answer:
    row = await repository.find(connection, account_id, lock=True)
    check_version(row, if_match, "channel account")
    await _check_team(connection, body.team_id)
    row = await repository.update(
        connection,
        account_id,
        name=body.name if body.name is not None else row["name"],
        state=body.state if body.state is not None else row["state"],
        team_id=body.team_id if "team_id" in body.model_fields_set else row["team_id"],
        config=None if body.config is None else seal_config(call.parts.master, account_id, body.config),
    )
    await notify(connection, "config", account_id)
    return Answer(account_of(row, call.parts.config.public_url), version=row["version"])


async def _check_team(connection: Connection, team_id: str | None) -> None:
    if team_id is not None and not await repository.team_exists(connection, team_id):
        raise InputInvalid("The team is unknown.", pointers={"/team_id": "names a team that does not exist"})
