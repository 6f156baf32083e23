"""What can't be shown is said."""

from backbone.channel import fallback
from schemas.content import Button, ContactCard, Location, Media, MediaKind


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
