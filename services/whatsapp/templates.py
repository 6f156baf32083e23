"""A template with what fills it: its header's picture, film or file, its body, and the ends of its buttons."""

from typing import Any

from backbone.errors import InputInvalid
from schemas.content import Media, MediaKind, Template

PAYLOAD_MARK = "payload:"
"""A button parameter that begins so is what a quick reply sends back; any other is the end of a link."""

_HEADERS = {MediaKind.IMAGE: "image", MediaKind.VIDEO: "video", MediaKind.FILE: "document"}

Part = dict[str, Any]


def template_of(template: Template) -> Part:
    """The template's part of a call. Raises `InputInvalid` for a header that is no picture, film or file with a link."""
    components: list[Part] = []
    if template.header is not None:
        components.append({"type": "header", "parameters": [_header(template.header)]})
    if template.parameters:
        words = [{"type": "text", "text": parameter} for parameter in template.parameters]
        components.append({"type": "body", "parameters": words})
    components += [_button(index, value) for index, value in enumerate(template.button_parameters) if value]
    whole: Part = {"name": template.name, "language": {"code": template.language}}
    return {"type": "template", "template": whole | ({"components": components} if components else {})}


def _header(media: Media) -> Part:
    kind = _HEADERS.get(media.kind)
    if kind is None or not media.url:
        raise InputInvalid("a template's header is a picture, a film or a file with a link")
    value: Part = {"link": media.url}
    if media.filename and kind == "document":
        value["filename"] = media.filename
    return {"type": kind, kind: value}


def _button(index: int, value: str) -> Part:
    """Empty values stand for buttons that take nothing."""
    button: Part = {"type": "button", "index": str(index)}
    if value.startswith(PAYLOAD_MARK):
        sent = {"type": "payload", "payload": value.removeprefix(PAYLOAD_MARK)}
        return {**button, "sub_type": "quick_reply", "parameters": [sent]}
    return {**button, "sub_type": "url", "parameters": [{"type": "text", "text": value}]}
