"""Signals tell a worker that something was done here, or heard of from elsewhere: only the first is passed on."""

from datetime import timedelta

from router.signals import Signal

SOON = timedelta(milliseconds=5)


async def test_what_was_set_before_the_wait_counts_once() -> None:
    signal = Signal()
    signal.set()
    signal.set()
    assert await signal.wait(SOON)
    assert not await signal.wait(SOON)


async def test_what_was_heard_wakes_and_is_not_ones_own() -> None:
    signal = Signal()
    signal.hear()
    assert not await signal.wait(timedelta(minutes=1))


async def test_what_was_done_here_is_known_though_it_was_heard_too() -> None:
    signal = Signal()
    signal.set()
    signal.hear()
    assert await signal.wait(timedelta(minutes=1))
