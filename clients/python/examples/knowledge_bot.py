"""A bot in forty lines: it answers from the knowledge base and names its source, or lets people go on.

python knowledge_bot.py https://desk.example fd_live_…   (the key of an agent whose role is bot, and who is online)
"""

import asyncio
import logging
import sys
from typing import Any

from frontdesk_client import ApiError, Frontdesk, Stream

log = logging.getLogger("bot")
SURE = 0.6
"""The share of the question's telling words that an article must have."""


async def turn(desk: Frontdesk, me: str, conversation_id: str) -> None:
    path = f"/v1/conversations/{conversation_id}"
    case = await desk.get(path)
    if case["agent_id"] != me or case["waiting_since"] is None:
        return
    said = (await desk.get(f"{path}/messages", {"limit": 1}))["items"][0]
    question = ((said["content"] or {}).get("text") or "")[:200]
    found = (await desk.get("/v1/knowledge/search", {"q": question, "limit": 1}))["items"] if question else []
    if found and found[0]["coverage"] >= SURE:
        text = f"{found[0]['excerpt']}\n\n{found[0]['title']}"
        await desk.post(f"{path}/messages", {"content": {"type": "text", "text": text}})
    else:
        await desk.post(f"{path}/hand-over", {"reason": "low_score", "summary": "No article answers the last message."})


async def run(url: str, key: str, **more: Any) -> None:
    async with Frontdesk(url, key=key) as desk:
        me, head = (await desk.get("/v1/me"))["agent_id"], await desk.get("/v1/stream/head")
        async for event in Stream(url, key=key, after=head["head"], epoch=head["epoch"], **more):
            if event["type"] in {"message.received", "conversation.assigned"}:
                try:
                    await turn(desk, me, event["data"]["conversation_id"])
                except ApiError as error:
                    log.warning("%s: somebody was faster, or it is no longer ours", error.code)


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:3]))
