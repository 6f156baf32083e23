"""What may be said of a call over a socket: nothing too long, nothing of another form, and nothing that rides along."""

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.calls import CALL_COMMAND, CANDIDATES_MAX, SDP_MAX, SendSignal


def signal(**values: Any) -> dict[str, Any]:
    return {"type": "call.signal", "id": "c1", "call_id": "cal_1", "signal": values}


@pytest.mark.parametrize(
    "given",
    [
        signal(),
        signal(description={"type": "offer", "sdp": "x" * (SDP_MAX + 1)}),
        signal(candidates=[{"candidate": "x"}] * (CANDIDATES_MAX + 1)),
        signal(candidates=[{"candidate": "x" * 1001}]),
        signal(candidates=[{"candidate": "x", "sdpMLineIndex": -1}]),
        signal(restart=True, more=1),
        signal(description={"type": "shell", "sdp": ""}),
        signal(restart=True) | {"call_id": "cal_1:agent"},
        {"type": "call.start", "id": "c1", "kind": "smell", "device": "a-page-of-mine"},
        {"type": "call.answer", "id": "c1", "call_id": "cal_1", "device": "short"},
        {"type": "call.listen", "id": "c1", "call_id": "cal_1"},
    ],
)
def test_what_is_too_much_or_of_another_form_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CALL_COMMAND.validate_python(given)


def test_a_candidate_keeps_the_names_that_browsers_give_it() -> None:
    given = {
        "candidate": "candidate:1 1 udp 1 x.local 9 typ host",
        "sdpMid": "0",
        "sdpMLineIndex": 0,
        "usernameFragment": "u",
    }
    command = CALL_COMMAND.validate_python(signal(candidates=[given]))
    assert isinstance(command, SendSignal)
    assert command.signal.model_dump(mode="json", by_alias=True)["candidates"] == [given]
