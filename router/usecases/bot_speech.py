"""What a bot says before it is sent: only where it may speak, and at first with who it is."""

from backbone.errors import Conflict
from backbone.storage.database import Connection
from router.domain import bots as rules
from router.domain.conversation import Conversation
from router.repositories import bots as repository
from router.usecases.types import Author
from schemas.content import Content


async def spoken(connection: Connection, current: Conversation, author: Author, content: Content) -> Content:
    """What a bot says, as the customer gets it: the first time it says that it is one, unless `bots.disclose` is false.

    Raises `Conflict` where the bot hasn't got the conversation: nobody speaks while a person has it.
    """
    if current.agent_id != author.id:
        raise Conflict("a bot answers only what it has: a person has it, or it waits for one")
    seen = await repository.introduction(connection, current)
    if seen.spoke or not content.text or (seen.settings.get("bots") or {}).get("disclose") is False:
        return content
    return content.model_copy(update={"text": f"{rules.label(seen.language)}: {content.text}"})
