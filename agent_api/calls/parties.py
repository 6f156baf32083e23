"""Who is at a call: an agent who may see its conversation, or the customer whose conversation it is."""

from dataclasses import dataclass
from typing import Protocol

from agent_api.conversations.service import visible
from agent_api.permissions import Permission, require
from backbone.errors import Conflict, Forbidden, InputInvalid, NotFound
from backbone.storage.database import Connection
from backbone.web.auth import Principal
from router.usecases.calls import Party
from schemas.calls import Side


class Someone(Protocol):
    """One side, proven by its key or token."""

    @property
    def side(self) -> Side: ...

    @property
    def tenant_id(self) -> str: ...

    @property
    def name(self) -> str:
        """Tells it from all others; for limits."""
        ...

    def party(self, device: str | None) -> Party:
        """As the use cases know it. Raises `Forbidden` for who may have no calls, or acts as nobody who could talk."""
        ...

    async def conversation(self, connection: Connection, conversation_id: str | None) -> str:
        """The conversation, or without an id the one the side is in now. Raises `NotFound`."""
        ...


@dataclass(frozen=True, slots=True)
class AgentSide:
    """An agent by its key."""

    principal: Principal

    @property
    def side(self) -> Side:
        return "agent"

    @property
    def tenant_id(self) -> str:
        return self.principal.tenant_id

    @property
    def name(self) -> str:
        return self.principal.key_id

    def party(self, device: str | None) -> Party:
        require(self.principal, Permission.CALLS_TAKE)
        if device is not None and self.principal.agent_id is None:
            raise Forbidden("This key acts as no agent, who could talk.")
        return Party("agent", self.principal.agent_id, device)

    async def conversation(self, connection: Connection, conversation_id: str | None) -> str:
        if conversation_id is None:
            raise InputInvalid("Which conversation?", pointers={"/conversation_id": "is missing"})
        return str((await visible(connection, self.principal, conversation_id))["id"])


@dataclass(frozen=True, slots=True)
class CustomerSide:
    """A customer by the token of their own account."""

    tenant_id: str
    account_id: str
    address: str

    @property
    def side(self) -> Side:
        return "customer"

    @property
    def name(self) -> str:
        return f"{self.account_id}/{self.address}"

    def party(self, device: str | None) -> Party:
        return Party("customer", None, device)

    async def conversation(self, connection: Connection, conversation_id: str | None) -> str:
        """Their own alone. Raises `Conflict` without an id while they have no open one: a call belongs to a case."""
        found = await connection.fetchval(
            "SELECT id FROM conversations WHERE account_id = $1 AND contact_address = $2 AND thread_key = $2 "
            "AND (id = $3 OR $3::text IS NULL AND status <> 'resolved') ORDER BY opened_at DESC LIMIT 1",
            self.account_id,
            self.address,
            conversation_id,
        )
        if found is not None:
            return str(found)
        if conversation_id is None:
            raise Conflict("Write first: a call belongs to a conversation.")
        raise NotFound("There is no such conversation.")
