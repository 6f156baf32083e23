"""HTML of a mail: made safe to show with remote images held back, and turned into text."""

import re
from collections import Counter
from collections.abc import Mapping
from html import escape, unescape
from html.parser import HTMLParser
from urllib.parse import unquote

import nh3

SOURCE_MAX = 512 * 1024
HTML_MAX = 256 * 1024
NESTING_MAX = 500
AMPERSANDS_MAX = 80_000
PIECES_MAX = 10_000
"""Of one tag, attributes: the cleaner compares each with all before it. Bare ampersands cost it the same."""

WORK_MAX = 1_500_000
"""Tags × nesting: the cleaner's parser walks the open elements for every tag, and may open them anew for every block."""

HELD = "data-held-src"
HELD_COUNT = "data-held-images"
PLACE = "data-media"

_TAGS = nh3.ALLOWED_TAGS
_ATTRIBUTES = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_GONE = {"script", "style", "title", "template", "noscript", "noembed", "noframes", "xmp"}
# The cleaner's output is regular: attributes in double quotes, no angle bracket in text or (by the filter) in a value.
_IMAGE = re.compile(r"<img(?: [^<>]*)?>")
_SOURCE = re.compile(r' src="(?!cid:)')
_INLINE = re.compile(r' src="cid:([^"]{1,300})"')

_BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "tr", "pre", "hr", "dl", "dt", "dd", "center",
           "article", "aside", "section", "header", "footer", "nav", "figure", "caption", "details", "summary"}  # fmt: skip
_PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre", "blockquote"}
_SPACE = re.compile(r"[ \t\r\n\f\u00a0]+")
_DEPTH_MAX = 20
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,15})")
_BREAK = re.compile(r"[\s/=]+")
_ANY_TAG = re.compile(r"<[^<>]{0,10000}>")
# Void, or closed by what follows: these don't nest however often they are left open.
_FLAT = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "p", "li",
         "td", "th", "tr", "tbody", "thead", "tfoot", "dt", "dd", "option", "optgroup", "html", "head", "body"}  # fmt: skip


def _too_much(source: str) -> bool:
    """Whether cleaning would take more than its share of time; counts, doesn't parse, and errs to the safe side."""
    if source.count("&") > AMPERSANDS_MAX or any(
        len(piece) > PIECES_MAX and len(_BREAK.findall(piece)) > PIECES_MAX for piece in source.split("<")
    ):
        return True
    still_open: Counter[str] = Counter()
    depth = deepest = tags = 0
    for closing, written in _TAG.findall(source):
        tags += 1
        name = written.lower()
        if name in _FLAT:
            continue
        if not closing:
            still_open[name] += 1
            depth += 1
            deepest = max(deepest, depth)
        elif still_open[name]:
            still_open[name] -= 1
            depth -= 1
    return deepest > NESTING_MAX or tags * deepest > WORK_MAX


def sanitised(source: str, *, hold_images: bool = True) -> str | None:
    """The HTML with only harmless elements, links and `cid:` images; None where nothing of it can be shown.

    The address of a remote image moves from `src` to `data-held-src`, so that showing a mail tells nobody that it was
    read; a reader may ask for it. How many were held stands in `data-held-images` of a `div` round all.
    (`hold_images` is for what comes in; our own mails keep theirs.) Styles, scripts, forms
    and frames are dropped. Over 512 KB the rest is cut off, and what is nested beyond reason is not shown.
    """
    source = source[:SOURCE_MAX]
    if _too_much(source):
        return None
    cleaned = nh3.clean(
        source,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        clean_content_tags=_GONE,
        url_schemes=_SCHEMES,
        url_relative="deny",
        attribute_filter=_without_brackets,
    )
    if not hold_images:
        return cleaned if cleaned.strip() and len(cleaned) <= HTML_MAX else None
    held = _IMAGE.sub(lambda found: _SOURCE.sub(f' {HELD}="', found[0]), cleaned)
    count = held.count(f' {HELD}="')
    if count:
        held = f'<div {HELD_COUNT}="{count}">{held}</div>'
    return held if held.strip() and len(held) <= HTML_MAX else None


def with_places(html: str | None, places: Mapping[str, int]) -> str | None:
    """Sanitised HTML in which each image that came with the mail says in `data-media` which of its media it is.

    `places` are their positions by Content-ID (RFC 2392).
    """
    if html is None or not places or "cid:" not in html:
        return html
    return _INLINE.sub(lambda found: _placed(found, places), html)


def _placed(found: re.Match[str], places: Mapping[str, int]) -> str:
    place = places.get(unquote(unescape(found[1])))
    return found[0] if place is None else f'{found[0]} {PLACE}="{place}"'


def _without_brackets(_tag: str, _attribute: str, value: str) -> str:
    return value.replace("<", "").replace(">", "")


def text_of(source: str) -> str:
    """The HTML as plain text: block elements on lines of their own, quotes behind `>`, links with their address.

    What is nested beyond reason only loses its tags.
    """
    source = source[:SOURCE_MAX]
    if _too_much(source):
        return unescape(_ANY_TAG.sub(" ", source)).strip()
    cleaned = nh3.clean(source, clean_content_tags=_GONE, url_schemes=_SCHEMES, url_relative="deny", link_rel=None)
    reader = _TextReader()
    reader.feed(cleaned)
    reader.close()
    return reader.text()


def from_text(text: str) -> str:
    """Plain text as HTML, for the outgoing alternative and for parts between HTML parts."""
    return escape(text).replace("\n", "<br>\n")


class _TextReader(HTMLParser):
    """Reads the cleaner's regular output, never a mail's own HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes = 0
        self._preformatted = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._end_line()
        elif tag == "li":
            self._end_line()
            self._line.append("- ")
        elif tag in {"td", "th"} and self._line:
            self._line.append("\t")
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self._line)))
        elif tag == "img":
            self._line.append(dict(attrs).get("alt") or "")
        self._block(tag, 1)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links:
            href, start = self._links.pop()
            shown = "".join(self._line[start:])
            if href.startswith(("http:", "https:")) and shown.strip() and href.rstrip("/") not in shown:
                self._line.append(f" ({href})")
        self._block(tag, -1)

    def handle_data(self, data: str) -> None:
        if self._preformatted:
            head, *rest = data.split("\n")
            self._line.append(head)
            for line in rest:
                self._end_line()
                self._line.append(line)
            return
        words = _SPACE.sub(" ", data)
        self._line.append(words if self._line and not self._line[-1].endswith((" ", "\t")) else words.lstrip(" "))

    def _block(self, tag: str, step: int) -> None:
        if tag not in _BLOCKS and tag != "blockquote":
            return
        if self._line:
            self._end_line()
        quoting = step if tag == "blockquote" else 0
        self._quotes = max(self._quotes + min(quoting, 0), 0)
        if tag in _PARAGRAPHS and self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._prefix().rstrip())
        self._quotes = min(self._quotes + max(quoting, 0), _DEPTH_MAX)
        if tag == "pre":
            self._preformatted = max(self._preformatted + step, 0)

    def _prefix(self) -> str:
        return "> " * self._quotes

    def _end_line(self) -> None:
        self._lines.append((self._prefix() + "".join(self._line)).rstrip())
        self._line = []
        self._links = [(href, 0) for href, _ in self._links]

    def text(self) -> str:
        if self._line:
            self._end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip()
