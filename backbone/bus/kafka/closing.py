"""Closing the library's clients in bounded time, whatever state they are in.

With all brokers down `stop` may never return, and a consumer's may end in a cancellation of its own making. What it would
have done after that point is then done here; the library has no public way to it.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

PATIENCE = 3.0
TASKS = ("_coordination_task", "_heartbeat_task", "_commit_refresh_task", "_reset_committed_task", "_fetch_task")


async def close_producer(producer: Any) -> None:
    """Lets batches under way end, for 3 s."""
    if not await _ended_well(producer.stop()):
        # The connections first: the sender's task waits for answers on them.
        await _ended_well(producer.client.close())
        await _cancel([producer._sender.sender_task])  # noqa: SLF001


async def close_consumer(consumer: Any) -> None:
    if await _ended_well(consumer.stop()):
        return
    owners = (consumer._coordinator, consumer._fetcher)  # noqa: SLF001
    tasks = [getattr(owner, name, None) for owner in owners for name in TASKS]
    await _cancel([*tasks, *getattr(consumer._fetcher, "_pending_tasks", ())])  # noqa: SLF001
    await _ended_well(consumer._client.close())  # noqa: SLF001


async def close_admin(admin: Any) -> None:
    await _ended_well(admin.close())


async def _ended_well(closing: Coroutine[Any, Any, None]) -> bool:
    task = asyncio.get_running_loop().create_task(closing)
    await asyncio.wait([task], timeout=PATIENCE)
    if not task.done():
        await _cancel([task])
        return False
    return not task.cancelled() and task.exception() is None


async def _cancel(tasks: "Iterable[asyncio.Task[Any] | None]") -> None:
    left = {task for task in tasks if task is not None and not task.done()}
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=PATIENCE)
