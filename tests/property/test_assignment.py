"""What `assign` promises for any queue and any team."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from router.domain.assignment import Candidate, Waiting, assign

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TEAMS = ("t1", "t2", "t3")

works = st.lists(
    st.builds(
        Waiting,
        conversation_id=st.uuids().map(str),
        team_id=st.sampled_from([*TEAMS, None]),
        units=st.integers(1, 4),
        priority=st.integers(0, 3),
        due_at=st.none() | st.integers(-600, 600).map(lambda s: NOW + timedelta(seconds=s)),
        waiting_since=st.integers(-600, 0).map(lambda s: NOW + timedelta(seconds=s)),
    ),
    max_size=30,
    unique_by=lambda w: w.conversation_id,
)
people = st.lists(
    st.builds(
        Candidate,
        agent_id=st.uuids().map(str),
        teams=st.frozensets(st.sampled_from(TEAMS), min_size=1),
        presence=st.sampled_from(["online", "away", "offline"]),
        capacity=st.integers(0, 8),
        used=st.integers(0, 10),
        last_assigned_at=st.none() | st.integers(-600, 0).map(lambda s: NOW + timedelta(seconds=s)),
    ),
    max_size=12,
    unique_by=lambda a: a.agent_id,
)


@given(works, people)
def test_nobody_is_given_more_than_fits_and_only_who_is_online_in_the_team(
    waiting: list[Waiting], agents: list[Candidate]
) -> None:
    units = {a.agent_id: a.used for a in agents}
    by_id = {w.conversation_id: w for w in waiting}
    for decision in assign(waiting, agents):
        if decision.agent_id is None:
            continue
        agent = next(a for a in agents if a.agent_id == decision.agent_id)
        units[agent.agent_id] += by_id[decision.conversation_id].units
        assert units[agent.agent_id] <= agent.capacity
        assert agent.presence == "online"
        assert by_id[decision.conversation_id].team_id in agent.teams


@given(works, people, st.randoms())
def test_the_same_work_and_people_in_any_order_give_the_same_decisions(
    waiting: list[Waiting], agents: list[Candidate], shuffle: "st.DataObject"
) -> None:
    first = assign(waiting, agents)
    mixed, others = list(waiting), list(agents)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    shuffle.shuffle(others)  # type: ignore[attr-defined]
    assert assign(mixed, others) == first


@given(works, people)
def test_every_conversation_gets_exactly_one_explained_decision(
    waiting: list[Waiting], agents: list[Candidate]
) -> None:
    decisions = assign(waiting, agents)
    assert sorted(d.conversation_id for d in decisions) == sorted(w.conversation_id for w in waiting)
    assert all(d.outcome and "policy" in d.explanation for d in decisions)


@given(works, people)
def test_nobody_waits_while_a_teammate_has_room_for_the_smallest_work(
    waiting: list[Waiting], agents: list[Candidate]
) -> None:
    units = {a.agent_id: a.used for a in agents}
    by_id = {w.conversation_id: w for w in waiting}
    decisions = assign(waiting, agents)
    for decision in decisions:
        if decision.agent_id:
            units[decision.agent_id] += by_id[decision.conversation_id].units
    for decision in decisions:
        work = by_id[decision.conversation_id]
        room = any(
            a.presence == "online" and work.team_id in a.teams and units[a.agent_id] + work.units <= a.capacity
            for a in agents
        )
        assert decision.agent_id is not None or not room


@given(st.lists(st.integers(0, 600), min_size=2, max_size=20, unique=True))
def test_with_one_free_place_the_nearest_deadline_gets_it(seconds: list[int]) -> None:
    waiting = [Waiting(str(s), "t1", 1, 0, NOW + timedelta(seconds=s), NOW) for s in seconds]
    decisions = assign(waiting, [Candidate("a", frozenset({"t1"}), "online", 1, 0)])
    assert [d.conversation_id for d in decisions if d.agent_id] == [str(min(seconds))]
