"""The words of a comment out of what YouTube shows, however odd."""

from time import process_time

import pytest

from services.youtube.text import plain, text_of


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ("a<br>b<BR />c", "a\nb\nc"),
        ('<a href="https://x.test/?a=1&amp;b=2">link</a> &amp; &#39;more&#39;', "link & 'more'"),
        ("5 &lt; 6 &gt; 4", "5 < 6 > 4"),
        ("<b>x</b><i></i>", "x"),
        ("&lt;script&gt;", "<script>"),
    ],
)
def test_html_becomes_the_words_it_shows(shown: str, words: str) -> None:
    assert plain(shown) == words


def test_what_was_typed_stands_before_what_is_shown() -> None:
    assert text_of({"textOriginal": "<b>", "textDisplay": "&lt;b&gt;"}) == "<b>"
    assert text_of({"textDisplay": " <br> "}) is None
    assert text_of({"textDisplay": "&#0;a"}) == "\ufffda"
    assert text_of({}) is None


@pytest.mark.parametrize("bomb", ["<" * 200_000, "<br" * 70_000, "&" * 200_000, "<a " * 70_000, "<br " * 50_000])
def test_hostile_html_takes_no_time(bomb: str) -> None:
    started = process_time()
    plain(bomb)
    assert process_time() - started < 1
