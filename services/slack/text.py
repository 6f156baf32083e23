"""Slack's text as people read it: links and mentions without their brackets, its three entities undone."""

import re

_ANGLE = re.compile(r"<(?P<target>[^<>|\n]{1,3000})(?:\|(?P<label>[^<>\n]{0,3000}))?>")


def plain(text: str) -> str:
    """`<https://x|label>` becomes `label (https://x)`, `<@U1>` `@U1`, `<#C1|name>` `#name`, `<!here>` `@here`."""
    if "<" in text:
        text = _ANGLE.sub(_spoken, text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") if "&" in text else text


def _spoken(match: re.Match[str]) -> str:
    target, label = match["target"], match["label"]
    if target[0] in "@#":
        return target[0] + (label or target[1:])
    if target[0] == "!":
        return label or f"@{target[1:].partition('^')[0]}"
    bare = target.removeprefix("mailto:").removeprefix("tel:")
    return bare if not label or label in {target, bare} else f"{label} ({target})"
