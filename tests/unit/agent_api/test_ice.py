"""Servers for calls: TURN credentials as a TURN server computes them, and nothing where nothing is configured."""

from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from agent_api.calls.config import IceConfig
from agent_api.calls.ice import ice_servers

NOW = datetime.fromtimestamp(1_700_000_000, UTC)
TURN = IceConfig(("stun:a.example",), ("turn:a.example",), SecretStr("north"), timedelta(hours=1))


def test_without_servers_there_are_none_and_without_a_secret_no_turn() -> None:
    assert ice_servers(IceConfig(), "x", NOW) == []
    [stun] = ice_servers(IceConfig(("stun:a.example",), ("turn:a.example",)), "x", NOW)
    assert (stun.urls, stun.username, stun.credential) == (("stun:a.example",), None, None)


def test_turn_credentials_are_what_the_server_computes_from_the_shared_secret() -> None:
    _, turn = ice_servers(TURN, "cal_1-agent", NOW)
    assert turn.username == "1700003600:cal_1-agent"
    # printf 1700003600:cal_1-agent | openssl dgst -sha1 -hmac north -binary | base64
    assert turn.credential == "E1eggihrHQphQdzqeHUahbw2GQA="
    assert "E1eggihrHQphQdzqeHUahbw2GQA=" not in repr(turn)
