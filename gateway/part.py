"""What a part of the gateway that works in the background hands to the composition root."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backbone.web.health import Check

Job = Callable[[], Coroutine[Any, Any, None]]
StopHook = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Part:
    """Named coroutines, and by the same names how to stop them gently and how to see that they work.

    `wakes` are called for wake-ups of their topic. `checks` are for readiness.
    """

    tasks: Mapping[str, Job]
    stops: Mapping[str, StopHook] = field(default_factory=dict)
    progress: Mapping[str, Callable[[], int]] = field(default_factory=dict)
    wakes: Mapping[str, Sequence[Callable[[], None]]] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
