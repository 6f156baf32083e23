"""API keys: their form, and what a principal is."""

import re

from backbone.web.auth import PREFIX_LENGTH, hash_secret, looks_like_token, make_key


def test_a_key_tells_its_environment_and_is_never_made_twice() -> None:
    keys = {make_key("production") for _ in range(200)}
    assert len(keys) == 200
    assert all(re.fullmatch(r"fd_live_[0-9A-Za-z]{43}", key) for key in keys)
    assert make_key("local").startswith("fd_test_")


def test_only_keys_of_our_form_are_looked_up() -> None:
    assert looks_like_token(make_key("local"))
    for other in ("", "fd_live_", "fd_prod_" + "0" * 43, make_key("local") + "0", "fd_test_" + "-" * 43, "Bearer x"):
        assert not looks_like_token(other)


def test_what_is_stored_of_a_key_gives_it_away_neither_in_part_nor_whole() -> None:
    key = make_key("production")
    assert len(hash_secret(key)) == 32
    assert len(key[:PREFIX_LENGTH]) - len("fd_live_") == 4
