"""Skills, languages, preferred and named agents, and what an explanation says."""

from datetime import UTC, datetime, timedelta

import pytest

from router.domain.assignment import Candidate, Need, Waiting, assign

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TEAM = frozenset({"t"})
SINCE = NOW - timedelta(minutes=3)


def work(name: str = "c1", **more: object) -> Waiting:
    return Waiting(name, "t", 1, 0, NOW + timedelta(hours=1), SINCE, **more)  # type: ignore[arg-type]


def agent(name: str, **more: object) -> Candidate:
    return Candidate(name, TEAM, "online", 2, 0, **more)  # type: ignore[arg-type]


def test_work_goes_to_who_has_the_skill_at_its_level() -> None:
    agents = [agent("weak", skills=(("refunds", 1),)), agent("strong", skills=(("refunds", 4),))]
    (decision,) = assign([work(needs=(Need("refunds", 3),))], agents, now=NOW)
    assert decision.agent_id == "strong"


def test_a_preferred_skill_is_given_up_after_its_time_and_says_so() -> None:
    needs = (Need("refunds", 1, timedelta(minutes=2)),)
    (decision,) = assign([work(needs=needs)], [agent("any")], now=NOW)
    assert (decision.agent_id, decision.explanation["relaxed"]) == ("any", ["refunds"])


def test_a_required_skill_is_never_given_up() -> None:
    (decision,) = assign([work(needs=(Need("refunds"),))], [agent("any")], now=NOW + timedelta(days=1))
    assert (decision.agent_id, decision.outcome) == (None, "nobody_with_skills")
    assert decision.explanation["candidates"][0]["excluded"] == "skills_missing"


def test_who_declares_languages_gets_others_only_after_a_while() -> None:
    waiting = [work(language="fr", language_relaxes_after=timedelta(minutes=5))]
    agents = [agent("german", languages=frozenset({"de"}))]
    assert assign(waiting, agents, now=NOW)[0].agent_id is None
    assert assign(waiting, agents, now=NOW + timedelta(minutes=2))[0].agent_id == "german"


def test_the_last_agent_is_waited_for_only_while_online_and_for_a_while() -> None:
    waiting = [work(preferred_agent="last", preferred_until=NOW + timedelta(minutes=1))]
    full = Candidate("last", TEAM, "online", 1, 1)
    assert assign(waiting, [full, agent("other")], now=NOW)[0].outcome == "waits_for_agent"
    assert assign(waiting, [full, agent("other")], now=NOW + timedelta(minutes=2))[0].agent_id == "other"
    gone = Candidate("last", TEAM, "offline", 1, 0)
    assert assign(waiting, [gone, agent("other")], now=NOW)[0].agent_id == "other"


def test_work_for_one_agent_goes_to_nobody_else() -> None:
    decisions = assign([work(direct="named")], [agent("named"), agent("idle")], now=NOW)
    assert decisions[0].agent_id == "named"
    assert assign([work(direct="gone")], [agent("idle")], now=NOW)[0].agent_id is None


def test_who_wraps_up_is_given_nothing_until_it_is_over() -> None:
    agents = [agent("busy", wrap_up_until=NOW + timedelta(seconds=30))]
    (decision,) = assign([work()], agents, now=NOW)
    assert decision.explanation["candidates"][0]["excluded"] == "wrapping_up"
    assert assign([work()], agents, now=NOW + timedelta(seconds=30))[0].agent_id == "busy"


def test_a_specialist_is_moved_so_that_both_are_served() -> None:
    agents = [
        Candidate("both", TEAM, "online", 1, 0, skills=(("a", 1), ("b", 1))),
        Candidate("only a", TEAM, "online", 10, 9, skills=(("a", 1),)),
    ]
    waiting = [work("first", needs=(Need("a"),)), work("second", needs=(Need("b"),))]
    given = {d.conversation_id: d.agent_id for d in assign(waiting, agents, now=NOW)}
    assert given == {"first": "only a", "second": "both"}


@pytest.mark.parametrize(
    ("agents", "said"),
    [
        ([], "The team has no members."),
        ([Candidate("a", TEAM, "away", 2, 0)], "None of the 1 in the team is online."),
        ([Candidate("a", TEAM, "online", 2, 2)], "Everybody online who could take it is at capacity."),
    ],
)
def test_why_nobody_is_on_it_is_said_in_one_plain_line(agents: list[Candidate], said: str) -> None:
    (decision,) = assign([work()], agents, now=NOW)
    assert decision.explanation["plain"] == said


def test_a_case_that_declined_agents_only_could_take_says_so() -> None:
    (decision,) = assign([work(exclude=frozenset({"a"}))], [agent("a")], now=NOW)
    assert decision.outcome == "all_declined"


def test_priority_counts_as_ten_minutes_a_step() -> None:
    raised = Waiting("raised", "t", 1, 2, NOW + timedelta(minutes=19), SINCE)
    plain = Waiting("plain", "t", 1, 0, NOW + timedelta(minutes=1), SINCE)
    one = Candidate("a", TEAM, "online", 1, 0)
    assert [d.agent_id for d in assign([plain, raised], [one], now=NOW)] == ["a", None]
