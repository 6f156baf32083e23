from datetime import timedelta

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from backbone.web.breaker import Breaker, Circuit


class Watch:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _breaker(watch: Watch) -> Breaker:
    return Breaker(watch, threshold=3, first=timedelta(seconds=10), ceiling=timedelta(seconds=60))


def _fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.begin()
        breaker.fail()


def test_failures_in_a_row_open_it_and_a_success_between_them_does_not() -> None:
    breaker = _breaker(Watch())
    _fail(breaker, 2)
    breaker.begin()
    breaker.succeed()
    _fail(breaker, 2)
    assert (breaker.state, breaker.room(8)) == (Circuit.CLOSED, 8)
    _fail(breaker, 1)
    assert (breaker.state, breaker.room(8)) == (Circuit.OPEN, 0)


def test_after_its_time_one_probe_may_begin_and_its_success_closes_it() -> None:
    watch = Watch()
    breaker = _breaker(watch)
    _fail(breaker, 3)
    watch.now = 9.9
    assert (breaker.room(8), round(breaker.opens_in(), 3)) == (0, 0.1)
    watch.now = 10.0
    assert breaker.state is Circuit.HALF_OPEN
    assert breaker.room(8) == 1
    breaker.begin()
    assert breaker.room(8) == 0
    breaker.succeed()
    assert breaker.room(8) == 8


def test_failed_probes_open_it_for_twice_as_long_up_to_the_ceiling() -> None:
    watch = Watch()
    breaker = _breaker(watch)
    _fail(breaker, 3)
    spans = []
    for _ in range(5):
        spans.append(breaker.opens_in())
        watch.now += breaker.opens_in()
        _fail(breaker, 1)
    assert spans == [10, 20, 40, 60, 60]


def test_a_probe_that_told_nothing_lets_the_next_begin() -> None:
    watch = Watch()
    breaker = _breaker(watch)
    _fail(breaker, 3)
    watch.now = 10.0
    breaker.begin()
    breaker.forget()
    assert breaker.room(8) == 1


def test_late_failures_of_calls_from_before_do_not_prolong_it() -> None:
    watch = Watch()
    breaker = _breaker(watch)
    for _ in range(8):
        breaker.begin()
    for _ in range(8):
        breaker.fail()
    assert breaker.opens_in() == 10


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.watch = Watch()
        self.breaker = _breaker(self.watch)
        self.flying = 0

    @precondition(lambda self: self.breaker.room(1) > 0)
    @rule()
    def begin(self) -> None:
        self.breaker.begin()
        self.flying += 1

    @precondition(lambda self: self.flying > 0)
    @rule()
    def fail(self) -> None:
        self.flying -= 1
        self.breaker.fail()

    @precondition(lambda self: self.flying > 0)
    @rule()
    def succeed(self) -> None:
        self.flying -= 1
        self.breaker.succeed()

    @precondition(lambda self: self.flying > 0)
    @rule()
    def forget(self) -> None:
        self.flying -= 1
        self.breaker.forget()

    @rule()
    def wait(self) -> None:
        self.watch.now += 61

    @invariant()
    def it_is_never_stuck(self) -> None:
        """With nothing in flight and time passed, there is always a way on."""
        if self.flying == 0:
            assert self.breaker.opens_in() <= 60
            assert self.breaker.state is Circuit.OPEN or self.breaker.room(1) == 1


AnyOrder.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestAnyOrder = AnyOrder.TestCase
