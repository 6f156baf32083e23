"""Hashing of passwords: the same work for everybody, and never more of it than the machine can carry."""

import asyncio

import pytest

from backbone.errors import InputInvalid, Overloaded
from backbone.web import passwords
from backbone.web.passwords import Passwords, check_password, hash_password, make_password


async def test_an_account_that_does_not_exist_costs_a_whole_check(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    def verify(known: str, _password: str) -> bool:
        checked.append(known)
        return True

    keeper = Passwords()
    monkeypatch.setattr(passwords, "_verify", verify)
    assert not await keeper.matches(None, "anything")
    assert await keeper.matches("hash", "anything")
    assert checked[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert checked[1] == "hash"


async def test_a_hash_is_of_its_password_only_and_salted() -> None:
    keeper, password = Passwords(), make_password()
    known = await keeper.hash(password)
    assert known != hash_password(password)
    assert await keeper.matches(known, password)
    assert not await keeper.matches(known, password + "x")
    assert not await keeper.matches("not a hash", password)


async def test_too_many_that_wait_are_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_verify", lambda _known, _password: False)
    keeper = Passwords()
    answers = await asyncio.gather(*(keeper.matches(None, "x") for _ in range(70)), return_exceptions=True)
    assert sum(isinstance(answer, Overloaded) for answer in answers) == 6
    assert not await keeper.matches(None, "x")


@pytest.mark.parametrize("password", ["short", "x" * 257, "aaaaaaaaaaaaaa", "Kim@Demo.Example"])
def test_what_anybody_would_try_is_no_password(password: str) -> None:
    with pytest.raises(InputInvalid):
        check_password(password, pointer="/password", names=("Kim Doe", "kim@demo.example"))
