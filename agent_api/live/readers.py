"""Who reads a stream and which part of it: the same scope as REST, and a filter on top."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

from agent_api.live.items import Item
from agent_api.live.views import View, view_of
from agent_api.permissions import Permission, allows
from backbone.web.auth import Principal

FilterName = Literal["all", "mine", "team", "conversation"]
_HANDED_OVER = frozenset({"conversation.assigned", "conversation.unassigned", "conversation.transferred"})


class Fit(Enum):
    """What an event is to a subscription: shown, not its business, or the end of something it had."""

    SHOW = "show"
    SKIP = "skip"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Filter:
    """`team` and `conversation` name one by `id`."""

    name: FilterName = "all"
    id: str | None = None


@dataclass(slots=True)
class Reader:
    """A principal with the teams it is in; `teams` changes when its membership does."""

    principal: Principal
    filter: Filter = field(default_factory=Filter)
    teams: frozenset[str] = frozenset()
    view: View = field(init=False)
    sees_all: bool = field(init=False)

    def __post_init__(self) -> None:
        self.view = view_of(self.principal)
        self.sees_all = allows(self.principal, Permission.CONVERSATIONS_READ_ALL)

    def fit(self, item: Item) -> Fit:
        """Decides by the state the event itself carries, so that a replay decides as the live stream did; what is shown
        also needs that the reader may see the conversation as it is now.
        """
        if item.conversation_id is None:
            return Fit.SHOW if self._wants_other(item) else Fit.SKIP
        if self._wants(item.agent_id, item.team_id, item.conversation_id) and self._may_see(item.conversation):
            return Fit.SHOW
        if item.type in _HANDED_OVER and self._had(item):
            return Fit.LEFT
        return Fit.SKIP

    def _had(self, item: Item) -> bool:
        agent_id = item.data.get("from_agent_id", item.agent_id)
        team_id = item.data.get("from_team_id", item.team_id)
        return self._wants(agent_id, team_id, item.conversation_id)

    def _wants(self, agent_id: str | None, team_id: str | None, conversation_id: str | None) -> bool:
        if not self._in_scope(agent_id, team_id):
            return False
        if self.filter.name == "mine":
            return agent_id is not None and agent_id == self.principal.agent_id
        if self.filter.name == "team":
            return team_id == self.filter.id
        return self.filter.name == "all" or conversation_id == self.filter.id

    def _in_scope(self, agent_id: str | None, team_id: str | None) -> bool:
        """The rule of `conversations.repository.scope`, over one row in memory."""
        return (
            self.sees_all
            or team_id is None
            or team_id in self.teams
            or (agent_id is not None and agent_id == self.principal.agent_id)
        )

    def _may_see(self, conversation: Any) -> bool:
        return conversation is not None and self._in_scope(conversation["agent_id"], conversation["team_id"])

    def _wants_other(self, item: Item) -> bool:
        """Events of agents and contacts: ids and presence, of interest to whoever looks at more than one case."""
        if self.filter.name == "conversation":
            return False
        if self.filter.name == "mine":
            return item.data.get("agent_id") == self.principal.agent_id
        return allows(self.principal, Permission.AGENTS_READ)
