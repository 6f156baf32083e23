"""What providers tell of our mails, in one form."""

from datetime import UTC, datetime
from typing import Any

import pytest

from backbone.channel.mail.reports import Told, event_of, key_of, moment, short
from backbone.channel.mail.threads import our_message_id, root_key
from schemas.inbound import ConsentChanged, EventIgnored, ReceiptReceived
from tests.support import channels as support

ACCOUNT = support.account("email")
KEY = root_key("root@customer.example.test")
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (1795165200, AT),
        ("1795165200", AT),
        ("2026-11-20T10:00:00+01:00", AT),
        ("2026-11-20T09:00:00Z", AT),
        ("2026-11-20 09:00:00", AT),
        ("Fri, 20 Nov 2026 10:00:00 +0100", AT),
        ("soon", None),
        ("9" * 100, None),
        (10**30, None),
        (None, None),
        ([], None),
        (True, None),
    ],
)
def test_a_time_is_read_in_any_way_that_providers_write_it(value: Any, at: datetime | None) -> None:
    assert moment(value) == at


def told(**fields: Any) -> Any:
    return event_of(
        Told(**{"fate": "delivered", "key": "k", "message_id": "m", **fields}), ACCOUNT, opens_are_reads=True
    )


def test_a_receipt_on_a_mail_of_ours_names_its_conversation_and_another_mails_does_not() -> None:
    ours = told(message_id=f"<{our_message_id(KEY, 'msg_7', ACCOUNT)}>")
    assert isinstance(ours, ReceiptReceived)
    assert ours.thread_key == KEY
    assert told(message_id="<forged.msg_7@frontdesk.example.test>").thread_key == ""


def test_only_a_failure_says_why() -> None:
    assert (told(code="250", detail="ok").error_code, told(fate="failed", code="550").error_code) == (None, "550")


def test_what_names_no_mail_or_nobody_is_of_no_use() -> None:
    assert isinstance(told(message_id=None), EventIgnored)
    assert isinstance(told(fate="complained"), EventIgnored)
    left = told(fate="unsubscribed", recipient="Ana@Customer.example.test")
    assert isinstance(left, ConsentChanged)
    assert (left.sender.address, left.state) == ("ana@customer.example.test", "opted_out")


def test_odd_values_become_one_line_or_nothing() -> None:
    assert [short(True), short([]), short(""), short(" a\n b"), short(17)] == [None, None, None, "a b", "17"]
    assert len(short("x" * 9000) or "") == 400
    assert key_of("a", None) != key_of(None, "a")
