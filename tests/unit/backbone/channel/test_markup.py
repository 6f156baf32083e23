"""Light markup: what counts as a mark, and how each medium writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.channel.markup import Style, escape, render

STYLES: tuple[Style, ...] = ("plain", "whatsapp", "slack", "markdown", "html")


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("plain", "Hi Ana, see the map (https://a.test/x?y=1&z=2) now"),
        ("whatsapp", "Hi *Ana*, _see_ the map (https://a.test/x?y=1&z=2) ~now~"),
        ("slack", "Hi *Ana*, _see_ <https://a.test/x?y=1&amp;z=2|the map> ~now~"),
        ("markdown", "Hi **Ana**, *see* [the map](https://a.test/x?y=1&z=2) ~~now~~"),
        ("html", 'Hi <b>Ana</b>, <i>see</i> <a href="https://a.test/x?y=1&amp;z=2">the map</a> <s>now</s>'),
    ],
)
def test_each_medium_has_its_own_marks(style: Style, expected: str) -> None:
    assert render("Hi *Ana*, _see_ [the map](https://a.test/x?y=1&z=2) ~now~", style) == expected


@pytest.mark.parametrize(
    "text", ["2*3*4", "snake_case_name", "a * b * c", "5 ~ 7", "__init__", "*", "[x](javascript:1)"]
)
def test_what_only_looks_like_a_mark_stays(text: str) -> None:
    assert render(text, "plain") == text
    assert "<b>" not in render(text, "html")
    assert "<a" not in render(text, "html")


def test_marks_stand_inside_each_other() -> None:
    assert render("*very _good_*", "html") == "<b>very <i>good</i></b>"


@given(st.text(max_size=200), st.sampled_from(STYLES))
def test_any_text_renders_and_html_holds_only_its_own_tags(text: str, style: Style) -> None:
    rendered = render(text, style)
    if style == "html":
        stripped = rendered
        for tag in ("b", "i", "s", "code", "a"):
            stripped = stripped.replace(f"<{tag}>", "").replace(f"</{tag}>", "")
        assert stripped.count("<") == stripped.count('<a href="')


@given(st.text(st.characters(exclude_characters="*_~`[]()"), max_size=200), st.sampled_from(STYLES))
def test_text_without_marks_is_only_escaped(text: str, style: Style) -> None:
    assert render(text, style) == escape(text, style)
