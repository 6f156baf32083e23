"""What bots ask, each inside one transaction of theirs."""

from datetime import timedelta

from agent_api.bots.schemas import BotTurn, HandOver, MoreTime
from agent_api.call_backs.service import config_of
from agent_api.conversations.service import after_change, visible
from agent_api.http.call import Answer, Call
from backbone.errors import Conflict
from backbone.storage.database import Connection
from router.usecases import bots


async def hand_over(connection: Connection, call: Call, conversation_id: str, body: HandOver) -> Answer:
    bot_id = await _bot(connection, call, conversation_id)
    await bots.hand_over(
        connection,
        await config_of(connection, call),
        conversation_id=conversation_id,
        bot_id=bot_id,
        reason=body.reason,
        summary=body.summary,
        fields=body.fields,
        skill=body.skill,
        now=call.now,
    )
    return await after_change(connection, call, conversation_id)


async def more_time(connection: Connection, call: Call, conversation_id: str, body: MoreTime) -> Answer:
    bot_id = await _bot(connection, call, conversation_id)
    until = await bots.ask_time(
        connection,
        tenant_id=call.principal.tenant_id,
        conversation_id=conversation_id,
        bot_id=bot_id,
        more=timedelta(seconds=body.seconds),
        now=call.now,
    )
    return Answer(BotTurn(until=until))


async def _bot(connection: Connection, call: Call, conversation_id: str) -> str:
    """The bot that calls. Raises `NotFound` where it may not see the conversation, `Conflict` for everybody but bots."""
    await visible(connection, call.principal, conversation_id)
    if call.principal.role != "bot" or call.principal.agent_id is None:
        raise Conflict("Only a bot hands over what it has: assign it, or transfer it.")
    return call.principal.agent_id
