"""What can't be shown is said."""

from backbone.channel import fallback
from schemas.content import Button, Card, ChoiceList, ContactCard, Content, Location, Media, MediaKind, Row, Section


def test_media_is_said_by_its_caption_and_link() -> None:
    media = Media(kind=MediaKind.FILE, caption="Invoice", filename="i.pdf", url="https://files.example.test/i.pdf")
    assert fallback.media_line(media) == "Invoice\nhttps://files.example.test/i.pdf"
    assert fallback.media_line(Media(kind=MediaKind.FILE, filename="i.pdf")) == "i.pdf\n[file]"


def test_buttons_are_numbered_and_keep_their_links() -> None:
    buttons = [Button(id="a", title="Yes"), Button(id="b", title="Track", url="https://t.example.test")]
    assert fallback.button_lines(buttons) == "1. Yes\n2. Track: https://t.example.test"


def test_a_place_ends_with_its_coordinates() -> None:
    assert fallback.location_line(Location(latitude=-23.5, longitude=46.25, name="Sé")) == "Sé\ngeo:-23.5,46.25"


def test_a_card_is_its_name_and_its_addresses() -> None:
    assert fallback.card_line(ContactCard(name="Ana", phones=("+1",), emails=("a@b.test",))) == "Ana\n+1\na@b.test"


def test_paragraphs_leave_out_what_says_nothing() -> None:
    assert fallback.paragraphs("one", None, "", " \n", "two") == "one\n\ntwo"


def test_a_whole_message_is_said_in_words_without_the_marks_of_its_text() -> None:
    shown = Media(kind=MediaKind.IMAGE, url="https://files.example.test/1.jpg", caption="the front")
    other = Media(kind=MediaKind.FILE, url="https://files.example.test/1.pdf")
    content = Content(
        text="*Choose* one",
        text_format="light",
        media=(shown, other),
        location=Location(latitude=1, longitude=2),
        carousel=(Card(title="Chair", buttons=(Button(id="c", title="Buy"),)),),
        choices=ChoiceList(button="Pick", sections=(Section(rows=(Row(id="s", title="S"),)),)),
        buttons=(Button(id="y", title="Yes"),),
    )
    assert fallback.in_words(content, (shown,)).split("\n\n") == [
        "Choose one",
        "the front",
        "https://files.example.test/1.pdf",
        "geo:1.0,2.0",
        "Chair\n1. Buy",
        "1. S",
        "1. Yes",
    ]
    assert fallback.in_words(Content(text="*as it stands*")) == "*as it stands*"
