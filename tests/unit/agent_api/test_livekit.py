"""LiveKit's tokens and webhooks: what is signed over these very bytes is believed, and nothing else."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from agent_api.calls.config import RoomConfig
from agent_api.calls.livekit import read_webhook, room_of, room_token
from backbone.channel import jwt
from backbone.errors import InputInvalid, SignatureInvalid, SignatureMissing, SignatureStale
from tests.support.livekit import ROOMS, signed, webhook

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ROOM = room_of("ten_1", "cal_1")


def test_a_token_lets_one_side_into_one_room_and_soon_ends() -> None:
    token = jwt.read(room_token(ROOMS, ROOM, "customer", NOW))
    jwt.check_hs256(token, [ROOMS.api_secret.get_secret_value().encode()])
    claims = token.claims
    assert (claims["iss"], claims["sub"]) == ("APIkey1", "customer")
    assert claims["video"] == {
        "roomJoin": True,
        "room": "ten_1.cal_1",
        "canPublish": True,
        "canSubscribe": True,
        "canPublishData": True,
    }
    jwt.check_times(claims, NOW)
    with pytest.raises(SignatureStale):
        jwt.check_times(claims, NOW + timedelta(minutes=16))


def test_a_webhook_says_which_side_of_which_call_it_is_about() -> None:
    headers, body = webhook("participant_joined", ROOM, NOW, identity="agent", numDropped="3")
    event = read_webhook(ROOMS, headers["Authorization"], body, NOW)
    assert (event.event, event.call, event.side) == ("participant_joined", ("ten_1", "cal_1"), "agent")
    with_word = read_webhook(ROOMS, f"Bearer {headers['Authorization']}", body, NOW)
    assert with_word == event


def test_rooms_and_guests_of_other_programs_are_nobodys() -> None:
    # As in the tests of LiveKit's own server.
    body = json.dumps(
        {"event": "track_published", "room": {"name": "velvet-hammer"}, "participant": {"identity": "u1", "name": "Jan"},
         "track": {"source": "CAMERA"}}
    ).encode()  # fmt: skip
    headers, body = signed(body, NOW)
    event = read_webhook(ROOMS, headers["Authorization"], body, NOW)
    assert (event.call, event.side) == (None, None)


def test_nothing_unsigned_changed_foreign_or_old_is_believed() -> None:
    headers, body = webhook("room_finished", ROOM, NOW)
    token = headers["Authorization"]
    with pytest.raises(SignatureMissing):
        read_webhook(ROOMS, None, body, NOW)
    with pytest.raises(SignatureInvalid):
        read_webhook(ROOMS, token, body + b" ", NOW)
    with pytest.raises(SignatureStale):
        read_webhook(ROOMS, token, body, NOW + timedelta(minutes=11))
    others = (
        RoomConfig(ROOMS.url, ROOMS.api_key, SecretStr("another-secret")),
        RoomConfig(ROOMS.url, "another-key", ROOMS.api_secret),
    )
    for config in others:
        with pytest.raises(SignatureInvalid):
            read_webhook(config, token, body, NOW)
    # A token to enter a room is signed by the same key, and covers no body.
    with pytest.raises(SignatureInvalid):
        read_webhook(ROOMS, room_token(ROOMS, ROOM, "agent", NOW), body, NOW)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"event": 1}', b"\xff"])
def test_a_signed_body_that_is_none_is_refused(body: bytes) -> None:
    headers, body = signed(body, NOW)
    with pytest.raises(InputInvalid):
        read_webhook(ROOMS, headers["Authorization"], body, NOW)
