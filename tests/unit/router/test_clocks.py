"""SLA clocks of one conversation: pauses, resolution, steps of a policy, and terms that change while they run."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from router.domain import sla
from router.domain.clocks import PAUSES_MOST, Clock, Clocks, Pause, from_json, to_json
from router.domain.conversation import (
    Conversation,
    Rules,
    change_status,
    keep_promise,
    promise,
    receive,
    recompute,
    reply,
)
from router.domain.firing import fire, fire_resolution
from router.domain.hours import Hours, Span, awake
from router.domain.sla import Action, Escalation, Match, Policy, Step

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
POLICY = Policy(
    "pol_1", 3, "Ours", Match(), first_reply=10 * MINUTE, next_reply=20 * MINUTE, warn_shares=(0.5, 0.8),
    steps=(Escalation(2 * MINUTE, Action.NOTIFY, notify=("agt_boss",)), Escalation(5 * MINUTE, Action.OVERFLOW, team_id="tea_2")),
    resolution=60 * MINUTE, reply_pauses=frozenset({"pending"}),
)  # fmt: skip
RULES = Rules((POLICY,))


def conversation() -> Conversation:
    return Conversation(
        id="c1", tenant_id="t", account_id="a", thread_key="k", channel_class="live", visibility="private", status="open",
        contact_id="p", contact_address="x", cohort="unknown", team_id="team", agent_id=None, priority=0, opened_at=NOW,
        last_message_at=NOW,
    )  # fmt: skip


def waiting() -> Conversation:
    case = conversation()
    change = receive(case, received_at=NOW, said_at=NOW, automatic=False, rules=RULES)
    assert change.timer is not None
    assert change.resolve is not None
    assert (change.timer.due_at, change.resolve.due_at) == (NOW + 5 * MINUTE, NOW + 30 * MINUTE)
    return case


def resolve_by(case: Conversation) -> datetime | None:
    assert case.clocks is not None
    return case.clocks.resolve_by


def test_every_share_warns_and_every_step_follows_the_breach_in_order() -> None:
    case = waiting()
    seen, step, number = [], Step.WARNING, 0
    while True:
        change = fire(case, step, number, RULES)
        told = change.facts[0]
        seen.append((told.type, told.data.get("share"), told.data.get("action"), change.timer and change.timer.due_at))
        if change.timer is None:
            break
        step, number = change.timer.step, change.timer.number
    assert seen == [
        ("sla.warning", 0.5, None, NOW + 8 * MINUTE),
        ("sla.warning", 0.8, None, NOW + 10 * MINUTE),
        ("sla.breached", None, None, NOW + 12 * MINUTE),
        ("conversation.escalated", None, "notify", NOW + 15 * MINUTE),
        ("conversation.escalated", None, "overflow", None),
    ]
    assert case.priority == 0


def test_a_pause_moves_both_deadlines_by_its_length_where_the_policy_says_so() -> None:
    case = waiting()
    paused = change_status(case, "pending", now=NOW + 4 * MINUTE, snoozed_until=None, rules=RULES, by="ann")
    assert (paused.cancel, paused.resolve_cancel, case.due_at, resolve_by(case)) == (True, True, None, None)
    again = change_status(case, "open", now=NOW + 34 * MINUTE, snoozed_until=None, rules=RULES, by="ann")
    assert (case.due_at, resolve_by(case)) == (NOW + 40 * MINUTE, NOW + 90 * MINUTE)
    assert again.timer is not None
    assert again.resolve is not None
    assert (again.timer.step, again.timer.due_at) == (Step.WARNING, NOW + 35 * MINUTE)
    assert again.resolve.due_at == NOW + 60 * MINUTE


def test_a_snooze_stops_the_resolution_alone_where_the_policy_lets_replies_run_on() -> None:
    case = waiting()
    change_status(case, "snoozed", now=NOW + MINUTE, snoozed_until=NOW + 21 * MINUTE, rules=RULES, by="ann")
    assert (case.due_at, resolve_by(case)) == (NOW + 10 * MINUTE, None)
    receive(case, received_at=NOW + 11 * MINUTE, said_at=NOW + 11 * MINUTE, automatic=False, rules=RULES)
    assert (case.due_at, resolve_by(case)) == (NOW + 10 * MINUTE, NOW + 70 * MINUTE)


def test_the_resolution_runs_on_through_replies_warns_is_breached_and_recovers() -> None:
    case = waiting()
    reply(case, now=NOW + MINUTE, automatic=False)
    assert resolve_by(case) == NOW + 60 * MINUTE
    warned = fire_resolution(case, Step.WARNING, 1, RULES)
    assert [fact.data["clock"] for fact in warned.facts] == ["resolution"]
    assert warned.resolve is not None
    assert fire_resolution(case, Step.BREACH, 0, RULES).facts[0].type == "sla.breached"
    end = change_status(case, "resolved", now=NOW + 61 * MINUTE, snoozed_until=None, rules=RULES, by="ann")
    assert (end.facts[0].type, end.facts[0].data["was"], end.resolve_cancel) == ("sla.recovered", "breached", True)
    receive(case, received_at=NOW + 70 * MINUTE, said_at=NOW + 70 * MINUTE, automatic=False, rules=RULES)
    assert resolve_by(case) == NOW + 130 * MINUTE


def test_a_shorter_target_breaches_at_once_and_a_longer_one_takes_the_breach_back() -> None:
    case = waiting()
    shorter = Rules((replace(POLICY, version=4, first_reply=2 * MINUTE),))
    change = recompute(case, NOW + 3 * MINUTE, shorter, "policy_changed")
    assert change.timer is not None
    assert (change.timer.step, case.due_at, case.policy_version) == (Step.BREACH, NOW + 2 * MINUTE, 4)
    fire(case, Step.BREACH, 0, shorter)
    longer = Rules((replace(POLICY, version=5, first_reply=30 * MINUTE),))
    change = recompute(case, NOW + 4 * MINUTE, longer, "policy_changed")
    assert change.timer is not None
    assert (case.sla_state, case.due_at, change.timer.due_at) == ("ok", NOW + 30 * MINUTE, NOW + 15 * MINUTE)
    assert [(fact.type, fact.data["cause"]) for fact in change.facts] == [("sla.recomputed", "policy_changed")]
    assert recompute(case, NOW + 5 * MINUTE, longer, "policy_changed").facts == ()


def test_recomputing_never_repeats_what_has_fired() -> None:
    case = waiting()
    for step, number in ((Step.WARNING, 0), (Step.WARNING, 1), (Step.BREACH, 0)):
        fire(case, step, number, RULES)
    moved = Rules((replace(POLICY, first_reply=9 * MINUTE),))
    change = recompute(case, NOW + 10 * MINUTE, moved, "policy_changed")
    assert change.timer is not None
    assert (case.sla_state, change.timer.step, change.timer.number) == ("breached", Step.ESCALATION, 1)


def test_a_promised_time_ends_the_wait_and_begins_a_more_urgent_one() -> None:
    case = waiting()
    at = NOW + 120 * MINUTE
    booked = promise(case, at, NOW + 2 * MINUTE, RULES, "ann")
    assert (booked.cancel, case.status, case.waiting_since, case.snoozed_until) == (True, "snoozed", None, at)
    kept = keep_promise(case, at, RULES)
    assert (case.status, case.priority, case.waiting_since, case.due_at) == ("open", 1, at, at + 10 * MINUTE)
    assert kept.facts[-1].data["waiting_since"] == at.isoformat()
    assert kept.resolve is not None


def test_a_clock_without_an_end_in_sight_has_a_deadline_all_the_same() -> None:
    closed = Hours("UTC", ())
    assert Clock(10 * MINUTE, NOW, closed).due_at == NOW + 10 * MINUTE


def test_what_is_stored_is_what_was_there_and_pauses_are_bounded() -> None:
    clocks = Clocks(resolve_since=NOW, resolve_by=NOW + MINUTE, resolve_state="warned")
    for n in range(PAUSES_MOST + 5):
        clocks = clocks.paused("pending", NOW + n * MINUTE).resumed(NOW + n * MINUTE + timedelta(seconds=20))
    assert len(clocks.pauses) == PAUSES_MOST
    assert clocks.pauses[0] == Pause(NOW, NOW + 5 * MINUTE + timedelta(seconds=20), "pending")
    assert from_json(to_json(clocks)) == clocks
    assert to_json(Clocks()) is None


def test_work_follows_the_sun_to_the_team_that_is_awake_or_wakes_first() -> None:
    days = tuple(Span(day, time(9), time(17)) for day in range(7))
    hours = {"berlin": Hours("Europe/Berlin", days), "tokyo": Hours("Asia/Tokyo", days)}
    teams = ("berlin", "tokyo")
    assert awake(teams, hours, datetime(2026, 11, 20, 10, tzinfo=UTC)) == "berlin"
    assert awake(teams, hours, datetime(2026, 11, 20, 2, tzinfo=UTC)) == "tokyo"
    assert awake(teams, hours, datetime(2026, 11, 20, 20, tzinfo=UTC)) == "tokyo"
    assert awake((*teams, "always"), hours, datetime(2026, 11, 20, 20, tzinfo=UTC)) == "always"


def test_a_running_policy_that_is_gone_leaves_the_case_to_the_one_that_covers_it() -> None:
    case = waiting()
    assert sla.running((), case.policy_id, case.case).name == "live, cohort unknown"
