"""Which events a subscription is shown: the scope of the role, the filter on top, and what leaves."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agent_api.live.items import Item
from agent_api.live.readers import Filter, Fit, Reader
from backbone.web.auth import Principal

ME, OTHER = "agt_me", "agt_other"
MINE, THEIRS = "tea_mine", "tea_theirs"


def item(
    kind: str, *, agent: str | None, team: str | None, now: tuple[str | None, str | None] | None = None, **data: Any
) -> Item:
    """`now` is the owner and team at the time of reading, where it differs."""
    owner, home = now or (agent, team)
    facts = {"conversation_id": "cnv_1", "agent_id": agent, "team_id": team} | data
    conversation = {"agent_id": owner, "team_id": home}
    return Item(1, "evt_1", kind, datetime(2026, 1, 1, tzinfo=UTC), "cnv_1", facts, conversation=conversation)


def reader(role: str = "agent", *, filter_: Filter | None = None, agent: str | None = ME) -> Reader:
    principal = Principal("ten_1", role, "key_1", agent)  # type: ignore[arg-type]
    return Reader(principal, filter_ or Filter(), frozenset({MINE}))


@pytest.mark.parametrize(
    ("agent", "team", "fit"),
    [(ME, THEIRS, Fit.SHOW), (None, MINE, Fit.SHOW), (OTHER, None, Fit.SHOW), (OTHER, THEIRS, Fit.SKIP)],
)
def test_an_agent_sees_its_own_its_teams_and_what_has_no_team(agent: str | None, team: str | None, fit: Fit) -> None:
    assert reader().fit(item("message.received", agent=agent, team=team)) is fit


def test_a_supervisor_sees_all() -> None:
    assert reader("supervisor").fit(item("message.received", agent=OTHER, team=THEIRS)) is Fit.SHOW


def test_what_was_visible_then_and_is_not_now_is_not_shown() -> None:
    event = item("message.received", agent=None, team=MINE, now=(OTHER, THEIRS))
    assert reader().fit(event) is Fit.SKIP


def test_a_conversation_taken_from_me_leaves_mine() -> None:
    event = item("conversation.assigned", agent=OTHER, team=MINE, from_agent_id=ME)
    assert reader(filter_=Filter("mine")).fit(event) is Fit.LEFT


def test_a_conversation_given_to_another_by_another_is_none_of_mine() -> None:
    event = item("conversation.assigned", agent=OTHER, team=MINE, from_agent_id="agt_third")
    assert reader(filter_=Filter("mine")).fit(event) is Fit.SKIP


def test_a_transfer_leaves_the_old_team_and_enters_the_new() -> None:
    event = item("conversation.transferred", agent=None, team=THEIRS, from_team_id=MINE)
    fits = [reader("supervisor", filter_=Filter("team", team)).fit(event) for team in (MINE, THEIRS, "tea_third")]
    assert fits == [Fit.LEFT, Fit.SHOW, Fit.SKIP]


def test_an_agent_hears_of_the_transfer_that_takes_a_conversation_out_of_its_sight() -> None:
    event = item("conversation.transferred", agent=None, team=THEIRS, from_team_id=MINE)
    assert reader().fit(event) is Fit.LEFT


def test_a_watch_on_one_conversation_hears_of_no_other() -> None:
    event = item("message.received", agent=None, team=MINE)
    fits = [reader(filter_=Filter("conversation", name)).fit(event) for name in ("cnv_1", "cnv_2")]
    assert fits == [Fit.SHOW, Fit.SKIP]


def test_what_left_carries_an_id_and_nothing_else() -> None:
    event = item("conversation.assigned", agent=OTHER, team=MINE, from_agent_id=ME)
    assert event.left(0).text.endswith('"prev":0,"data":{"conversation_id":"cnv_1","scope":"left"}}')


def test_frames_are_made_once_for_all_readers_of_a_view() -> None:
    event = item("typing.started", agent=None, team=MINE)
    event.conversation = None
    assert event.frame(reader().view, 0) is event.frame(reader().view, 0)
    assert event.frame(reader().view, 0).raw is event.frame(reader().view, 0).raw
