"""The matrix of roles: denied unless listed."""

import pytest

from agent_api.permissions import MATRIX, Permission, allows, require
from backbone.errors import Forbidden
from backbone.web.auth import Principal


def principal(role: str) -> Principal:
    return Principal("ten_1", role, "key_1")  # type: ignore[arg-type]


def test_an_unknown_role_may_nothing() -> None:
    assert not any(allows(principal("ghost"), permission) for permission in Permission)


def test_only_admins_manage_keys_and_channels() -> None:
    for permission in (Permission.KEYS_MANAGE, Permission.CHANNELS_WRITE, Permission.WEBHOOKS_MANAGE):
        assert [role for role in MATRIX if allows(principal(role), permission)] == ["admin"]


def test_a_partner_neither_writes_to_customers_nor_reads_notes() -> None:
    denied = (Permission.MESSAGES_SEND, Permission.NOTES_READ, Permission.CONVERSATIONS_ROUTE, Permission.PRESENCE_OWN)
    assert not any(allows(principal("partner"), permission) for permission in denied)


def test_each_role_above_another_may_at_least_what_that_may() -> None:
    assert MATRIX["bot"] < MATRIX["agent"] < MATRIX["supervisor"] < MATRIX["admin"]


def test_a_refusal_names_what_is_missing() -> None:
    with pytest.raises(Forbidden, match="keys:manage"):
        require(principal("agent"), Permission.KEYS_MANAGE)
