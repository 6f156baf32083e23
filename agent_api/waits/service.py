"""What callers ask of waits, each inside one transaction of theirs."""

from agent_api.call_backs.service import config_of
from agent_api.conversations.service import visible
from agent_api.http.call import Answer, Call
from agent_api.waits.schemas import ConversationWait, ExpectedWait, TeamWait, WaitAccuracy, WaitQuery
from backbone.errors import NotFound
from backbone.storage.database import Connection
from router.usecases import waits


async def team_wait(connection: Connection, call: Call, team_id: str, query: WaitQuery) -> Answer:
    config = await config_of(connection, call)
    if team_id not in config.teams:
        raise NotFound("There is no such team.")
    found = (await waits.look(connection, config, call.now)).newcomer(team_id, query.channel_class.value)
    wait = accuracy = None
    if found.seconds is not None and found.low is not None and found.high is not None:
        wait = _wait(found.seconds, found.low, found.high, found.answer_seconds or found.seconds)
    if found.median_error is not None and found.in_range is not None:
        accuracy = _accuracy(found.measured, found.median_error, found.in_range)
    values = {name: getattr(found, name) for name in TeamWait.model_fields if name not in {"wait", "accuracy"}}
    return Answer(TeamWait(wait=wait, accuracy=accuracy, **values))


async def conversation_wait(connection: Connection, call: Call, conversation_id: str) -> Answer:
    await visible(connection, call.principal, conversation_id)
    config = await config_of(connection, call)
    found = (await waits.look(connection, config, call.now)).waiting(conversation_id)
    if found is None:
        return Answer(
            ConversationWait(conversation_id=conversation_id, position=None, waiting=0, wait=None, accuracy=None)
        )
    told, wrong = found.wait, found.accuracy
    return Answer(
        ConversationWait(
            conversation_id=conversation_id,
            position=found.position,
            waiting=found.waiting,
            wait=None if told is None else _wait(told.seconds, told.low, told.high, told.answer_seconds),
            accuracy=None if wrong is None else _accuracy(wrong.count, wrong.median_error, wrong.in_range),
        )
    )


def _wait(seconds: float, low: float, high: float, answer: float) -> ExpectedWait:
    return ExpectedWait(
        seconds=round(seconds, 1),
        low_seconds=round(low, 1),
        high_seconds=round(high, 1),
        answer_seconds=round(answer, 1),
    )


def _accuracy(count: int, error: float, share: float) -> WaitAccuracy:
    return WaitAccuracy(measured=count, median_error_seconds=round(error, 1), in_range_share=round(share, 3))
