"""HTML of mails: what is dropped, what is held back, and what the text of it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.channel.mail.html import HELD, HTML_MAX, from_text, sanitised, text_of


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>x",
        "<p onclick=alert(1)>x</p>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="JaVa\tScript:alert(1)">x</a>',
        '<a href="data:text/html,x">x</a>',
        "<iframe src=https://e.example></iframe>x",
        "<form action=https://e.example><input name=q>x</form>",
        '<svg onload=alert(1)><a xlink:href="javascript:alert(1)">x</a></svg>',
        '<p style="background:url(https://e.example)">x</p>',
        "<style>@import 'https://e.example'</style>x",
        '<meta http-equiv=refresh content="0;url=https://e.example">x',
        "<base href=https://e.example>x",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>x",
        "<object data=x></object><embed src=x>x",
        "<!--<img src=https://e.example>-->x",
    ],
)
def test_nothing_that_acts_or_calls_home_is_left(source: str) -> None:
    shown = (sanitised(source) or "").lower()
    for bad in ("<script", "onclick", "onload", "onerror=", "javascript:", "<iframe", "<form", "style=", "url(", "<style", "<meta",
                "<base", "data:", "<object", "<embed", ' src="http'):  # fmt: skip
        assert bad not in shown


@pytest.mark.parametrize(
    "source",
    [
        '<img src="https://t.example/p.gif">',
        "<img src=https://t.example/p.gif>",
        '<img alt="a>b" src="https://t.example/p.gif">',
        '<img alt=\'<img src="x">\' src="https://t.example/p.gif">',
        '<IMG SRC="https://t.example/p.gif" width=1>',
        '<a title="<img a=" class="x"><img src=" https://t.example/?=" alt=" b=" ></a>',
        '<img src="//t.example/p.gif">',
        "<img src='https://t.example/?a=\"b\"'>",
        '<img src="https://t.example/a<b>c.gif">',
    ],
)
def test_a_remote_image_is_held_back(source: str) -> None:
    shown = sanitised(source) or ""
    assert ' src="' not in shown.replace(f' {HELD}="', "")
    assert "t.example" not in shown or f'{HELD}="' in shown


def test_an_image_of_the_mail_itself_stays_and_our_own_mails_keep_theirs() -> None:
    assert sanitised('<img src="cid:logo">') == '<img src="cid:logo">'
    ours = '<img src="https://shop.example.test/logo.png">'
    assert sanitised(ours, hold_images=False) == ours


def test_a_link_says_where_it_leads_and_opens_apart() -> None:
    assert (
        sanitised('<a href="https://a.example">x</a>') == '<a href="https://a.example" rel="noopener noreferrer">x</a>'
    )


@pytest.mark.parametrize("source", ["", "<p></p>"[:0], " ", "<style>p{}</style>", "<p>" * 0 + "\n"])
def test_html_without_content_is_none(source: str) -> None:
    assert sanitised(source) is None


def test_html_that_stays_too_long_is_none() -> None:
    assert sanitised("x" * (HTML_MAX + 1)) is None
    assert sanitised("x" * HTML_MAX) is not None


@given(st.text(max_size=200))
def test_any_html_is_cleaned_to_what_cleaning_leaves_alone(source: str) -> None:
    once = sanitised(source, hold_images=False)
    assert once is None or sanitised(once, hold_images=False) == once


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("  a \n b\t c ", "a b c"),
        ("<ul><li>a<li>b</ul>c", "- a\n- b\n\nc"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a\tb\nc"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("a<blockquote>b<blockquote>c</blockquote></blockquote>d", "a\n\n> b\n>\n> > c\n>\nd"),
        ('<a href="https://a.example/x">here</a>', "here (https://a.example/x)"),
        ('<a href="https://a.example/">https://a.example</a>', "https://a.example"),
        ('<a href="mailto:a@a.example">a@a.example</a>', "a@a.example"),
        ('<a href="https://a.example/x"><img alt="logo" src="x"></a>', "logo (https://a.example/x)"),
        ("&lt;b&gt; &amp; &euro;&#8364;&nbsp;x", "<b> & €€ x"),
        ("<title>t</title><style>s</style><script>j</script>x", "x"),
        ("", ""),
        ("<div>" * 600 + "deep &amp; down" + "</div>" * 600, "deep & down"),
    ],
)
def test_html_becomes_text(source: str, text: str) -> None:
    assert text_of(source) == text


def test_text_becomes_html_that_reads_the_same() -> None:
    assert from_text('a <b>\n"c"') == "a &lt;b&gt;<br>\n&quot;c&quot;"
