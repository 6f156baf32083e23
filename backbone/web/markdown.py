"""An article's text as HTML that can be shown to anybody, and as plain text."""

import html
import re
from functools import cache

import nh3
from markdown_it import MarkdownIt

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "hr", "img", "li", "ol", "p", "pre", "s", "strong", "table",
    "tbody", "td", "th", "thead", "tr", "ul", "video",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "loading"},
    "video": {"src", "controls", "preload"},
}
_VIDEO = re.compile(r'<img src="([^"]{1,2000}\.(?:mp4|webm))"[^>]{0,2000}>')
_TAG = re.compile(r"<[^>]{0,5000}>")
_SPACE = re.compile(r"\s+")


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def to_html(body: str) -> str:
    """CommonMark as HTML with a closed list of elements: whatever the text holds, nothing in it can run or load by itself
    but pictures and videos over HTTPS. The article's own title is the page's only first heading.
    """
    rendered = str(_parser().render(body)).replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    rendered = _VIDEO.sub(r'<video src="\1" controls preload="none"></video>', rendered)
    return nh3.clean(
        rendered,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )


def to_text(body: str) -> str:
    """The words of the article, for excerpts and for messages."""
    return _SPACE.sub(" ", html.unescape(_TAG.sub(" ", str(_parser().render(body))))).strip()


def excerpt(body: str, most: int = 200) -> str:
    """How the article begins, cut between words."""
    text = to_text(body)
    if len(text) <= most:
        return text
    return text[:most].rsplit(" ", 1)[0] + "…"
