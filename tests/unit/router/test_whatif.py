"""Playing a day again: the same engine, the same outcome, nobody over capacity, and what changes with policy and staffing."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from router.domain.sla import Action, Case, Escalation, Match, Policy
from router.domain.work import Candidate, Need
from router.usecases.whatif import Inputs, Staffing, _shifts, _staffed, compare
from router.whatif.days import make_day
from router.whatif.model import Arrival, Past, Person, Plan, Played
from router.whatif.play import play
from router.whatif.report import figures

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
DAY = timedelta(hours=10)
CHAT = Case("live", "private", "gen_z", 0)
TEAM = "t"


def plan(seconds: float = 45, **more: Any) -> Plan:
    target = timedelta(seconds=seconds)
    return Plan((Policy("p", 1, "All", Match(), target, target, **more),))


def person(name: str, *, capacity: int = 1, skills: tuple[tuple[str, int], ...] = (), start: float = 0) -> Person:
    shift = (START + timedelta(seconds=start), START + DAY + DAY)
    return Person(Candidate(name, frozenset({TEAM}), "offline", capacity, 0, None, skills), (shift,))


def chat(name: str, at: float, *, holds: float = 60, writes: float = 10, **more: Any) -> Arrival:
    return Arrival(
        name, START + timedelta(seconds=at), CHAT, TEAM, 1, timedelta(seconds=writes), timedelta(seconds=holds), **more
    )


def taken(found: Sequence[Played]) -> dict[str, float | None]:
    return {one.arrival.id: None if one.taken is None else one.taken.total_seconds() for one in found}


def test_a_case_waits_until_somebody_is_free_and_is_answered_as_soon_as_it_was() -> None:
    found = play([chat("a", 0), chat("b", 10)], [person("x")], plan())
    assert taken(found) == {"a": 0.0, "b": 50.0}
    first, second = found
    assert (first.answered, first.late) == (timedelta(seconds=10), False)
    assert (second.answered, second.late, second.blamed) == (timedelta(seconds=60), True, "queue")


def test_nothing_happens_before_somebody_is_there_and_who_loses_patience_is_gone() -> None:
    cases = [chat("a", 0, patience=timedelta(seconds=20)), chat("b", 0)]
    assert taken(play(cases, [person("x", start=30)], plan())) == {"a": None, "b": 30.0}


def test_needs_relax_in_time_and_breaches_give_up_what_is_only_preferred() -> None:
    preferred = (Need("polish", 1, timedelta(minutes=5)),)
    required = (Need("polish", 1, None),)
    cases = [chat("a", 0, needs=preferred), chat("b", 0, needs=required)]
    assert taken(play(cases, [person("x", capacity=2)], plan())) == {"a": 300.0, "b": None}
    widening = plan(steps=(Escalation(timedelta(seconds=60), Action.WIDEN),))
    # 45 s to the breach, 60 s to the step, then the next look.
    assert taken(play(cases, [person("x", capacity=2)], widening)) == {"a": 105.0, "b": None}


def test_a_call_takes_all_of_an_agent() -> None:
    call = replace(chat("a", 0), case=Case("voice", "private", "unknown", 0))
    assert taken(play([call, chat("b", 1)], [person("x", capacity=3)], plan())) == {"a": 0.0, "b": 59.0}


def test_in_a_made_day_nobody_is_over_capacity_and_the_same_seed_gives_the_same() -> None:
    cases = make_day(7, START, DAY, 400, [TEAM])
    people = [person(f"x{n}", capacity=3) for n in range(5)]
    found = play(cases, people, plan())
    assert found == play(make_day(7, START, DAY, 400, [TEAM]), people, plan())
    assert cases != make_day(8, START, DAY, 400, [TEAM])
    assert 300 < len(cases) < 500
    changes: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for one in found:
        if one.taken is not None and one.agent_id is not None:
            began = one.arrival.at + one.taken
            changes[one.agent_id] += [(began, 1), (began + max(one.arrival.holds, one.arrival.writes), -1)]
    most = 0
    for moves in changes.values():
        held = 0
        for _, by in sorted(moves):
            held += by
            most = max(most, held)
    assert most == 3
    assert sum(one.taken is not None for one in found) > 300


def test_a_past_that_came_of_this_routing_is_replayed_exactly_and_more_people_attain_more() -> None:
    people = tuple(person(f"x{n}", capacity=3) for n in range(4))
    cases = make_day(3, START, DAY, 850, [TEAM])
    happened = play(cases, people, plan(400))
    recorded = tuple(replace(p.arrival, past=Past(p.taken, p.answered, p.agent_id)) for p in happened)
    inputs = Inputs(recorded, people, _staffed(people, [Staffing(TEAM, 2)]), plan(400), plan(400))
    found = compare(inputs)
    assert found.past == found.replayed
    assert found.replayed.attained is not None
    assert found.tried.attained is not None
    assert found.tried.attained > found.replayed.attained + 0.02
    assert (len(found.tried.load), len(found.replayed.load)) == (6, 4)
    fewer = compare(replace(inputs, tried=_staffed(people, [Staffing(TEAM, -1)]))).tried
    assert fewer.attained is not None
    assert fewer.attained < found.replayed.attained
    assert sum(found.replayed.late_by_leg.values()) > 0


def test_another_policy_is_judged_by_its_own_deadlines() -> None:
    cases = [chat(f"c{n}", n * 20, holds=60) for n in range(30)]
    short, long = (figures(play(cases, [person("x", capacity=2)], plan(seconds))) for seconds in (45, 600))
    assert short.attained is not None
    assert long.attained == 1.0 > short.attained
    assert short.wait_p95 is not None
    assert short.load == {"x": 30}


def test_shifts_are_read_from_changes_of_presence() -> None:
    def change(hour: float, before: str, after: str) -> dict[str, object]:
        return {"at": START + timedelta(hours=hour), "before": before, "after": after}

    end = START + DAY
    changes = [change(1, "online", "away"), change(2, "away", "online"), change(3, "online", "draining")]
    hours = [
        ((a - START) / timedelta(hours=1), (b - START) / timedelta(hours=1))
        for a, b in _shifts(changes, START, end, online=False)
    ]
    assert hours == [(0, 1), (2, 3)]
    assert _shifts([], START, end, online=True) == ((START, end),)
    assert _shifts([], START, end, online=False) == ()
