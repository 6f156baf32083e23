"""The rules of one conversation."""

from datetime import UTC, datetime, timedelta

import pytest

from router.domain import sla
from router.domain.clocks import Timer
from router.domain.conversation import Conversation, Rules, change_status, receive, reply, waits
from router.domain.firing import fire

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
RULES = Rules(reply_window=timedelta(hours=24))


def conversation(**more: object) -> Conversation:
    fields: dict[str, object] = {
        "id": "c1", "tenant_id": "t", "account_id": "a", "thread_key": "k", "channel_class": "live", "visibility": "private",
        "status": "open", "contact_id": "p", "contact_address": "x", "cohort": "unknown", "team_id": "team", "agent_id": None,
        "priority": 0, "opened_at": NOW, "last_message_at": NOW,
    }  # fmt: skip
    return Conversation(**(fields | more))  # type: ignore[arg-type]


def wrote(case: Conversation, at: datetime = NOW, *, automatic: bool = False) -> object:
    return receive(case, received_at=at, said_at=at, automatic=automatic, rules=RULES)


@pytest.mark.parametrize(
    ("channel_class", "visibility", "cohort", "target"),
    [
        ("live", "private", "gen_z", timedelta(seconds=45)),
        ("messaging", "private", "gen_z", timedelta(seconds=45)),
        ("messaging", "private", "gen_y", timedelta(minutes=10)),
        ("live", "private", "unknown", timedelta(seconds=45)),
        ("messaging", "private", "unknown", timedelta(minutes=10)),
        ("mail", "private", "gen_z", timedelta(hours=1)),
        ("messaging", "public", "gen_z", timedelta(minutes=15)),
    ],
)
def test_the_default_policies_go_by_channel_class_visibility_and_cohort(
    channel_class: str, visibility: str, cohort: str, target: timedelta
) -> None:
    case = conversation(channel_class=channel_class, visibility=visibility, cohort=cohort)
    wrote(case)
    assert case.due_at == NOW + target


def test_a_second_message_while_waiting_moves_no_deadline() -> None:
    case = conversation()
    wrote(case)
    due = case.due_at
    wrote(case, NOW + timedelta(seconds=30))
    assert case.due_at == due
    assert case.waiting_since == NOW


def test_an_answer_ends_the_wait_and_the_next_message_starts_a_new_one() -> None:
    case = conversation()
    wrote(case)
    change = reply(case, now=NOW + timedelta(seconds=10), automatic=False)
    assert (change.cancel, case.waiting_since, case.first_reply_at) == (True, None, NOW + timedelta(seconds=10))
    wrote(case, NOW + timedelta(minutes=5))
    assert case.waiting_since == NOW + timedelta(minutes=5)


def test_an_automatic_answer_does_not_end_the_wait() -> None:
    case = conversation()
    wrote(case)
    reply(case, now=NOW, automatic=True)
    assert case.waiting_since == NOW


def test_the_reply_window_opens_with_the_customers_own_time() -> None:
    case = conversation()
    receive(case, received_at=NOW, said_at=NOW - timedelta(hours=1), automatic=False, rules=RULES)
    assert case.window_expires_at == NOW + timedelta(hours=23)


@pytest.mark.parametrize("status", ["pending", "snoozed", "resolved"])
def test_a_customer_wakes_a_sleeping_case(status: str) -> None:
    case = conversation(status=status, agent_id="ann")
    change = receive(case, received_at=NOW, said_at=NOW, automatic=False, rules=RULES)
    assert case.status == "open"
    assert "conversation.status_changed" in [fact.type for fact in change.facts]
    assert case.agent_id == (None if status == "resolved" else "ann")


def test_warning_breach_and_escalations_follow_each_other_and_end() -> None:
    case = conversation()
    wrote(case)
    timer = Timer(sla.Step.WARNING, NOW + timedelta(seconds=36))
    seen = []
    while True:
        change = fire(case, timer.step, timer.number, RULES)
        seen.append(next(fact.type for fact in change.facts))
        if change.timer is None:
            break
        assert change.timer.due_at > timer.due_at
        timer = change.timer
    assert seen == ["sla.warning", "sla.breached", *["conversation.escalated"] * 3]
    assert case.priority == 3


def test_a_timer_of_an_answered_case_does_nothing() -> None:
    case = conversation()
    wrote(case)
    reply(case, now=NOW, automatic=False)
    assert fire(case, sla.Step.BREACH, 0, RULES).facts == ()


def test_answering_a_breached_case_announces_its_recovery() -> None:
    case = conversation()
    wrote(case)
    fire(case, sla.Step.BREACH, 0, RULES)
    change = reply(case, now=NOW + timedelta(minutes=2), automatic=False)
    assert [fact.type for fact in change.facts] == ["sla.recovered"]
    assert change.facts[0].data["waited_seconds"] == 120


def test_the_customers_own_wait_is_reported_beside_the_agents_clock() -> None:
    case = conversation()
    receive(case, received_at=NOW, said_at=NOW - timedelta(seconds=20), automatic=False, rules=RULES)
    assert (case.waiting_since, case.customer_waiting_since) == (NOW, NOW - timedelta(seconds=20))
    told = waits(case, NOW + timedelta(seconds=10))
    assert told == {"waited_seconds": 10.0, "customer_waited_seconds": 30.0}


def test_resolving_ends_the_wait_without_counting_as_a_reply() -> None:
    case = conversation()
    wrote(case)
    change = change_status(case, "resolved", now=NOW, snoozed_until=None, rules=RULES, by="ann")
    assert (change.cancel, case.waiting_since, case.first_reply_at, case.resolved_at) == (True, None, None, NOW)


def test_a_message_received_before_a_breach_and_taken_after_it_repeats_no_step() -> None:
    case = conversation(status="open")
    wrote(case)
    due = case.due_at
    assert due is not None
    change_status(case, "snoozed", now=NOW, snoozed_until=NOW + timedelta(hours=2), rules=RULES, by=None)
    fire(case, sla.Step.WARNING, 0, RULES)
    fire(case, sla.Step.BREACH, 0, RULES)
    change = receive(
        case, received_at=due - timedelta(seconds=1), said_at=due - timedelta(seconds=1), automatic=False, rules=RULES
    )
    assert (case.status, case.sla_state, case.due_at) == ("open", "breached", due)
    assert (change.timer, change.cancel) == (None, False)
