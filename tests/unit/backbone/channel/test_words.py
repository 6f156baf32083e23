"""What is said in words: everything by default, and only once."""

from backbone.channel.words import choices_of, has_descriptions, in_words, text_of
from schemas.content import Button, Card, ChoiceList, ContactCard, Content, Location, Media, MediaKind, Row, Section

WHOLE = Content(
    text="Hello *you*",
    text_format="light",
    location=Location(latitude=1.5, longitude=2.5),
    cards=(ContactCard(name="Ana"),),
    carousel=(Card(title="Boot"),),
    choices=ChoiceList(button="Open", sections=(Section(rows=(Row(id="1", title="First"),)),)),
    buttons=(Button(id="y", title="Yes"),),
)


def test_everything_becomes_a_paragraph_in_one_order() -> None:
    assert in_words(WHOLE).split("\n\n") == ["Hello you", "geo:1.5,2.5", "Ana", "Boot", "1. First", "1. Yes"]


def test_what_a_channel_shows_itself_is_left_out() -> None:
    shown = in_words(WHOLE, location=False, cards=False, carousel=False, choices=False, buttons=False)
    assert shown == "Hello you"


def test_media_are_spoken_by_their_link_and_captions_without() -> None:
    media = Media(kind=MediaKind.FILE, url="https://files.example.test/a", filename="a.pdf")
    assert (
        in_words(Content(), spoken=[media], captions=[None, "", "see"]) == "a.pdf\nhttps://files.example.test/a\n\nsee"
    )


def test_plain_text_is_escaped_where_a_medium_reads_marks() -> None:
    assert text_of(Content(text="<b>"), "html") == "&lt;b&gt;"
    assert in_words(Content(cards=(ContactCard(name="<b>"),)), "html") == "&lt;b&gt;"
    assert text_of(WHOLE, "html") == "Hello <b>you</b>"
    assert text_of(Content()) == ""


def test_rows_of_a_list_follow_the_buttons() -> None:
    assert [(button.id, button.title) for button in choices_of(WHOLE)] == [("y", "Yes"), ("1", "First")]
    assert choices_of(Content()) == ()


def test_a_described_row_is_noticed() -> None:
    described = ChoiceList(button="Open", sections=(Section(rows=(Row(id="1", title="First", description="d"),)),))
    assert has_descriptions(Content(choices=described))
    assert not has_descriptions(WHOLE)
