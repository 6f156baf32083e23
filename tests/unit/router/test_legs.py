"""Whose time it was: a conversation's life folded from its events into legs and runs of clocks."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from router.domain.legs import Happened, Leg, Life, Run

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
BOTS = frozenset({"bot"})


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


class Story:
    """Events of one conversation, told in seconds."""

    def __init__(self) -> None:
        self.life = Life()
        self.agent: str | None = None

    def tell(self, kind: str, seconds: float, **data: Any) -> None:
        self.life.fold(Happened(kind, at(seconds), {"agent_id": self.agent, "team_id": "team", **data}, BOTS))

    def opens(self, seconds: float) -> None:
        self.tell("conversation.opened", seconds)

    def writes(self, seconds: float, said: float | None = None) -> None:
        since, due = at(seconds).isoformat(), at(seconds + 45).isoformat()
        said_at = at(seconds if said is None else said).isoformat()
        self.tell(
            "message.received",
            seconds,
            waiting_since=since,
            said_at=said_at,
            due_at=due,
            policy_id="p",
            policy_version=2,
        )

    def given(self, seconds: float, agent: str) -> None:
        self.agent = agent
        self.tell("conversation.assigned", seconds, reason="routed")

    def answers(self, seconds: float, **more: Any) -> None:
        self.tell("message.sent", seconds, **more)

    def status(self, seconds: float, to: str) -> None:
        self.tell("conversation.status_changed", seconds, to=to, reason="changed_by_person")

    @property
    def legs(self) -> list[Leg]:
        return [*self.life.legs, *([self.life.leg] if self.life.leg else [])]

    @property
    def runs(self) -> dict[str, Run]:
        return {run.clock: run for run in (*self.life.ended, *self.life.runs.values())}


def told(story: Story) -> list[tuple[str, str | None, float]]:
    return [(leg.leg, leg.clock, (leg.started_at - NOW).total_seconds()) for leg in story.legs]


def whole() -> Story:
    story = Story()
    story.opens(0)
    story.writes(0, said=-3)
    story.given(10, "bot")
    story.given(25, "ann")
    story.tell("sla.breached", 45, clock="first_reply", due_at=at(45).isoformat())
    story.answers(70)
    story.writes(100)
    story.answers(120)
    story.status(150, "resolved")
    return story


def test_a_life_is_told_leg_by_leg_with_causes() -> None:
    story = whole()
    assert told(story) == [
        ("queue", "first_reply", 0.0),
        ("bot", "first_reply", 10.0),
        ("agent", "first_reply", 25.0),
        ("customer", None, 70.0),
        ("agent", "next_reply", 100.0),
        ("customer", None, 120.0),
    ]
    assert (story.legs[0].start_cause, story.legs[0].end_cause) == ("message.received", "conversation.assigned:routed")
    assert story.legs[-1].ended_at == at(150)


def test_a_breach_blames_the_leg_that_had_most_of_the_time() -> None:
    runs = whole().runs
    first = runs["first_reply"]
    assert (first.outcome, first.blamed, first.due_at) == ("breached", "agent", at(45))
    assert {leg: s for leg, s in first.seconds.items() if s} == {"queue": 10.0, "bot": 15.0, "agent": 45.0}
    assert (runs["next_reply"].outcome, runs["next_reply"].blamed, runs["next_reply"].policy_version) == (
        "met",
        None,
        2,
    )
    assert runs["resolution"].outcome == "met"
    assert sum(runs["resolution"].seconds.values()) == 150.0


def test_what_was_long_on_its_way_is_the_providers_time() -> None:
    story = Story()
    story.opens(0)
    story.writes(0)
    story.answers(5)
    story.writes(100, said=60)
    assert told(story)[-2:] == [("provider", "next_reply", 60.0), ("queue", "next_reply", 100.0)]
    assert story.runs["next_reply"].seconds == {"provider": 40.0}


def test_an_automatic_answer_ends_nothing_and_a_resolve_without_an_answer_is_no_reply() -> None:
    story = Story()
    story.opens(0)
    story.writes(0)
    story.answers(1, automatic=True)
    assert [leg.leg for leg in story.legs] == ["queue"]
    story.status(30, "resolved")
    assert story.runs["first_reply"].outcome == "ended"
    assert story.legs[-1].ended_at == at(30)


def test_a_pause_is_a_leg_of_its_own_and_a_reopened_case_a_run_of_its_own() -> None:
    story = Story()
    story.opens(0)
    story.writes(0)
    story.answers(5)
    story.status(10, "pending")
    story.status(40, "resolved")
    story.status(90, "open")
    assert [(leg.status, leg.leg) for leg in story.legs] == [
        ("open", "queue"), ("open", "customer"), ("pending", "customer"), ("open", "customer"),
    ]  # fmt: skip
    assert story.life.runs["resolution"].number == 2


@pytest.mark.parametrize("seed", range(20))
def test_legs_never_overlap_have_no_holes_and_add_up(seed: int) -> None:
    rng, story, now = random.Random(seed), Story(), 0.0
    story.opens(0)
    for _ in range(60):
        now += rng.choice([0.0, 0.0, rng.uniform(0, 30)])
        match rng.randrange(5):
            case 0:
                story.writes(now, said=now - rng.choice([0.0, 5.0]))
            case 1:
                story.given(now, rng.choice(["ann", "bot"]))
            case 2:
                story.answers(now)
            case 3:
                story.status(now, rng.choice(["pending", "open"]))
            case _:
                story.agent = None
                story.tell("conversation.unassigned", now, reason="agent_offline")
    story.status(now + 1, "resolved")
    legs = story.legs
    assert [leg.number for leg in legs] == list(range(1, len(legs) + 1))
    assert all(one.ended_at == two.started_at for one, two in pairwise(legs))
    assert sum(story.runs["resolution"].seconds.values()) == pytest.approx(now + 1)
    assert story.life.leg is None
    assert not story.life.runs
