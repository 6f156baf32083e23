"""How a mail finds its conversation, and how nobody else gets into it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.channel.mail.mime import parse_mail
from backbone.channel.mail.threads import (
    LOCAL_PART_MAX,
    our_message_id,
    read_our_id,
    reply_address,
    root_key,
    thread_of,
)
from backbone.channel.port import Account
from backbone.errors import InputInvalid
from tests.support import channels as support

ACCOUNT = support.account("email")
KEY = root_key("root@customer.example.test")
OURS = our_message_id(KEY, "msg_7", ACCOUNT)


def thread(header: str, on: Account = ACCOUNT) -> str:
    return thread_of(parse_mail(f"From: a@example.test\n{header}\n\nx".encode()).headers, on, "own@example.test")


def with_keys(*keys: str) -> Account:
    return support.account("email", {"reply_keys": keys})


@pytest.mark.parametrize(
    "header",
    [
        f"In-Reply-To: <{OURS}>",
        f"In-Reply-To: <{OURS}>\nReferences: <else@example.test>",
        f"References: <{OURS}>",
        f"References: <root@customer.example.test> <{OURS}> <later@example.test>",
        f"References: <root@customer.example.test>\n <{OURS}>",
        f"In-Reply-To: <{OURS.upper()}>",
        f"In-Reply-To: {OURS}",
        f"To: {reply_address(KEY, ACCOUNT)}",
        f"To: a@example.test\nCc: Support <{str(reply_address(KEY, ACCOUNT)).upper()}>",
        f"Delivered-To: {reply_address(KEY, ACCOUNT)}",
        "References: <root@customer.example.test> <later@example.test>",
        "In-Reply-To: <root@customer.example.test>",
    ],
)
def test_a_reply_finds_its_thread(header: str) -> None:
    assert thread(header) == KEY


def test_the_latest_of_our_mails_wins_over_older_ones() -> None:
    other = our_message_id(root_key("other@example.test"), "msg_1", ACCOUNT)
    assert thread(f"References: <{other}> <{OURS}>") == KEY
    assert thread(f"In-Reply-To: <{OURS}>\nReferences: <{other}>") == KEY


def test_a_first_mail_is_its_own_root_and_a_subject_means_nothing() -> None:
    assert thread("Subject: Re: Where is my parcel?") == root_key("own@example.test")
    assert thread("References: nonsense\nIn-Reply-To:") == root_key("own@example.test")


def test_every_character_of_a_token_counts() -> None:
    for index in range(3, OURS.index("@")):
        changed = OURS[:index] + ("a" if OURS[index] != "a" else "b") + OURS[index + 1 :]
        assert read_our_id(changed, ACCOUNT) is None


def test_a_token_of_another_account_or_key_is_a_strangers() -> None:
    assert read_our_id(OURS, replace(ACCOUNT, id="acc_2")) is None
    assert read_our_id(OURS, with_keys("k" * 32)) is None
    tagged = f"To: {reply_address(KEY, ACCOUNT)}"
    assert thread(tagged, replace(ACCOUNT, id="acc_2")) == root_key("own@example.test")


def test_the_token_of_an_address_is_not_one_of_a_message_id() -> None:
    local = str(reply_address(KEY, ACCOUNT)).partition("@")[0].partition("+")[2]
    token, _, mac = local.partition(".")
    assert read_our_id(f"fd.{token}.{mac}@{ACCOUNT.settings.own_domain}", ACCOUNT) is None


def test_the_old_key_is_read_until_it_is_gone() -> None:
    old = our_message_id(KEY, "msg_7", with_keys("o" * 32))
    found = read_our_id(old, with_keys("n" * 32, "o" * 32))
    assert found is not None
    assert (found.thread_key, found.message_id) == (KEY, f"<{old}>")
    assert read_our_id(old, with_keys("n" * 32)) is None


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=50))
def test_any_thread_key_comes_back(thread_key: str) -> None:
    made = our_message_id(thread_key, "msg_7", ACCOUNT)
    found = read_our_id(made.lower(), ACCOUNT)
    assert found is not None
    assert found.thread_key == thread_key
    assert made.isascii()


@pytest.mark.parametrize("thread_key", ["", "a" * 201, "é" * 101])
def test_a_thread_key_that_no_mail_can_carry_is_refused(thread_key: str) -> None:
    with pytest.raises(InputInvalid):
        our_message_id(thread_key, "msg_7", ACCOUNT)


def test_a_reply_address_fits_its_local_part_or_is_left_out() -> None:
    assert len(str(reply_address(KEY, ACCOUNT)).partition("@")[0]) <= LOCAL_PART_MAX
    assert reply_address("a long key of another kind that fills the local part", ACCOUNT) is None
    assert reply_address(KEY, support.account("email", {"reply_address": None})) is None


@pytest.mark.parametrize(
    "message_id",
    ["fd.h.msg.mac@x", "fd.x.msg_7." + "a" * 26 + "@x", "fd." + "h" * 5000, "", "fd.x1.m." + "a" * 26 + "@d"],
)
def test_what_only_looks_like_ours_is_not(message_id: str) -> None:
    assert read_our_id(message_id, ACCOUNT) is None
