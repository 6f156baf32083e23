"""Whatever the two sides and time do to a call, in whatever order: it ends once, for a reason that fits, and stays ended."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from router.domain import calls as rules
from router.domain.calls import LOST_AFTER, Call, Side
from router.domain.conversation import Conversation, Fact

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
RINGS = timedelta(seconds=45)
SIDES: tuple[Side, Side] = ("agent", "customer")
Step = tuple[Literal["answer", "end", "seen", "look"], Side, timedelta]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["answer", "end", "seen", "look"]),
        st.sampled_from(SIDES),
        st.timedeltas(timedelta(0), timedelta(seconds=90)),
    ),
    max_size=12,
)


def a_call(started_by: Side) -> tuple[Call, Conversation]:
    call = Call(
        "cal_1",
        "ten_1",
        "cnv_1",
        "audio",
        "peer",
        "ringing",
        started_by,
        None,
        None,
        None,
        None,
        None,
        START,
        START + RINGS,
    )
    conversation = Conversation(
        "cnv_1",
        "ten_1",
        "acc_1",
        "vis_1",
        "live",
        "private",
        "open",
        "con_1",
        "vis_1",
        "unknown",
        None,
        None,
        0,
        START,
        START,
    )
    return call, conversation


def happens(call: Call, conversation: Conversation, step: Step, now: datetime) -> Fact | None:
    """As the use cases do it: what does not fit the state is not asked of the rules."""
    what, side, _ = step
    if what == "answer" and call.state == "ringing" and side == call.callee:
        return rules.answer(call, conversation, agent_id="agt_1", device="page", now=now)
    if what == "end" and call.state != "ended":
        return rules.end(call, conversation, by=side, now=now)
    if what == "seen":
        setattr(call, f"{side}_seen_at", now)
    return rules.look(call, conversation, now) if what == "look" else None


@given(st.sampled_from(SIDES), STEPS)
def test_a_call_ends_once_for_a_reason_that_fits(started_by: Side, steps: list[Step]) -> None:
    call, conversation = a_call(started_by)
    now, facts = START, []
    for step in steps:
        now += step[2]
        before = call.state
        fact = happens(call, conversation, step, now)
        facts += [fact] if fact else []
        assert before != "ended" or fact is None
    told = [fact.type for fact in facts]
    assert told in ([], ["call.answered"], ["call.ended"], ["call.answered", "call.ended"])
    if call.state == "ended":
        was_answered = "call.answered" in told
        assert (call.cause in {"hung_up", "lost"}) == was_answered
        assert (facts[-1].data["duration_seconds"] is None) == (not was_answered)


@given(st.sampled_from(SIDES), STEPS)
def test_no_call_is_left_that_time_does_not_end(started_by: Side, steps: list[Step]) -> None:
    call, conversation = a_call(started_by)
    now = START
    for step in steps:
        now += step[2]
        happens(call, conversation, step, now)
    due = rules.due(call)
    assert due <= now + max(RINGS, LOST_AFTER)
    assert call.state == "ended" or rules.look(call, conversation, max(now, due)) is not None
