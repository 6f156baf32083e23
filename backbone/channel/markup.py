"""Light markup in outbound text, and how each medium writes it.

`*bold*`, `_italic_`, `~struck~`, `` `code` `` and `[title](https://link)`. A mark counts only where a word begins or ends, so
that `2*3*4` and `snake_case_name` stay as they are; marks may stand inside each other, not across.
"""

import html
import re
from collections.abc import Callable, Mapping
from typing import Literal

Style = Literal["plain", "whatsapp", "slack", "markdown", "html"]

_TOKEN = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\[(?P<title>[^\]\n]+)\]\((?P<link>https?://[^\s()<>\"]+)\)"
    r"|(?<![\w*])\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?![\w_])"
    r"|(?<![\w~])~(?P<struck>[^\s~](?:[^~\n]*[^\s~])?)~(?![\w~])"
)
_DEPTH = 4

_MARKS: Mapping[Style, Mapping[str, tuple[str, str]]] = {
    "plain": {},
    "whatsapp": {"bold": ("*", "*"), "italic": ("_", "_"), "struck": ("~", "~"), "code": ("`", "`")},
    "slack": {"bold": ("*", "*"), "italic": ("_", "_"), "struck": ("~", "~"), "code": ("`", "`")},
    "markdown": {"bold": ("**", "**"), "italic": ("*", "*"), "struck": ("~~", "~~"), "code": ("`", "`")},
    "html": {
        "bold": ("<b>", "</b>"),
        "italic": ("<i>", "</i>"),
        "struck": ("<s>", "</s>"),
        "code": ("<code>", "</code>"),
    },
}


def _slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _markdown(text: str) -> str:
    return re.sub(r"([\\*_~`|>\[\]])", r"\\\1", text)


_ESCAPES: Mapping[Style, Callable[[str], str]] = {
    "plain": str,
    "whatsapp": str,
    "slack": _slack,
    "markdown": _markdown,
    "html": html.escape,
}


def escape(text: str, style: Style) -> str:
    """Plain text for a medium that reads marks: shown as it stands. WhatsApp has no escape, so nothing changes there."""
    return _ESCAPES[style](text)


def render(text: str, style: Style) -> str:
    """`text` with its light markup as `style` writes it, all else escaped; `plain` drops the marks and keeps links."""
    return _render(text, style, _DEPTH)


def _render(text: str, style: Style, depth: int) -> str:
    if depth == 0:
        return escape(text, style)
    out, at = [], 0
    for match in _TOKEN.finditer(text):
        out.append(escape(text[at : match.start()], style))
        out.append(_one(match, style, depth))
        at = match.end()
    out.append(escape(text[at:], style))
    return "".join(out)


def _one(match: re.Match[str], style: Style, depth: int) -> str:
    kind = str(match.lastgroup)
    if kind == "link":
        return _link(match["title"], match["link"], style)
    before, after = _MARKS[style].get(kind, ("", ""))
    inner = match[kind]
    if kind == "code":
        return before + (inner if style == "markdown" else escape(inner, style)) + after
    return before + _render(inner, style, depth - 1) + after


def _link(title: str, link: str, style: Style) -> str:
    if style == "html":
        return f'<a href="{html.escape(link)}">{html.escape(title)}</a>'
    if style == "slack":
        return f"<{_slack(link)}|{_slack(title)}>"
    if style == "markdown":
        return f"[{_markdown(title)}]({link})"
    return title if title == link else f"{title} ({link})"
