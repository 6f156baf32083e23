"""The heads of streams as one notification carries them."""

from backbone.storage.wake import PAYLOAD_MOST, heads_heard, heads_told


def test_heads_come_back_as_they_were_told() -> None:
    heads = [("ten_1", 7), ("ten_2", 12_345_678_901)]
    topic, _, detail = heads_told(heads).partition(":")
    assert (topic, heads_heard(detail)) == ("heads", heads)


def test_more_than_a_notification_holds_is_a_word_to_look_at_all() -> None:
    assert heads_told([(f"ten_{number:032x}", number) for number in range(PAYLOAD_MOST // 36)]) == "all:"


def test_what_is_no_head_is_left_out() -> None:
    assert heads_heard("ten_1,ten_2=x,ten_3=4,=5,") == [("ten_3", 4), ("", 5)]
