"""What is blacked out of a message's parts."""

from router.domain.masking import DOTS
from router.inbound.privacy import mask_content
from schemas.content import Content, Media, MediaKind


def test_html_that_hides_what_its_text_shows_is_left_out() -> None:
    said = "card 4111 1111 1111 1111"
    plain, kinds = mask_content(Content(text=said, html=f"<p>{said}</p>"))
    assert plain.html == f"<p>card {DOTS} 1111</p>"
    assert kinds == {"payment_card"}
    split, _ = mask_content(Content(text=said, html="<p>card 4111 1111 <b>1111</b> 1111</p>"))
    assert (split.text, split.html) == (f"card {DOTS} 1111", None)
    untouched = Content(text="hello", html="<p>hello</p>")
    assert mask_content(untouched) == (untouched, frozenset())


def test_captions_and_names_of_files_are_looked_at_too() -> None:
    media = Media(kind=MediaKind.IMAGE, caption="password: abc123", filename="4111111111111111.png")
    content, kinds = mask_content(Content(media=(media,)))
    assert (content.media[0].caption, content.media[0].filename) == (f"password: {DOTS}", f"{DOTS} 1111.png")
    assert kinds == {"password", "payment_card"}
