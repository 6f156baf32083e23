"""What an Instagram message says: text, attachments, quick replies, and the story or post that it is about."""

from typing import Any

from backbone.channel import json
from schemas.content import Choice, Content, Media, MediaKind
from schemas.inbound import Post

_KINDS = {
    "image": MediaKind.IMAGE,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
    "file": MediaKind.FILE,
    "media": MediaKind.FILE,
    "story_mention": MediaKind.FILE,
}
"""A mention's link leads to a picture or a film: which of them, only the file itself says."""

_HEART = "❤️"


def content_of(message: dict[str, Any]) -> Content:
    """The content of `message`; raises `PayloadInvalid` where its attachments are no list of objects."""
    if message.get("is_unsupported") is True:
        return Content(unsupported="unsupported")
    lines = [json.optional_text(message.get("text"))]
    media: list[Media] = []
    unsupported = None
    for attachment in _attachments(message):
        kind = json.text(attachment.get("type"), "attachment.type")
        payload = _payload(attachment)
        url = _link(payload.get("url"))
        if kind in _KINDS and url:
            media.append(Media(kind=_KINDS[kind], url=url))
        elif kind == "like_heart":
            lines.append(_HEART)
        else:
            line = _shared(payload, url)
            lines.append(line)
            unsupported = unsupported or (None if line else kind[:100])
    text = "\n".join(line for line in lines if line) or None
    return Content(text=text, media=tuple(media), choice=_quick_reply(message), unsupported=unsupported)


def post_of(message: dict[str, Any]) -> Post | None:
    """The story that is answered or that mentions the account; None for any other message."""
    reply = message.get("reply_to")
    story = reply.get("story") if isinstance(reply, dict) else None
    if isinstance(story, dict):
        return Post(kind="post", post_id=_identifier(story.get("id")), permalink=_link(story.get("url")))
    for attachment in _attachments(message):
        if attachment.get("type") == "story_mention":
            return Post(kind="mention", permalink=_link(_payload(attachment).get("url")))
    return None


def _attachments(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.obj(item, "an attachment") for item in json.array(message.get("attachments") or [], "attachments")]


def _payload(attachment: dict[str, Any]) -> dict[str, Any]:
    payload = attachment.get("payload")
    return payload if isinstance(payload, dict) else {}


def _identifier(value: Any) -> str | None:
    """An id that comes as a text or a number; None for anything else."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else json.optional_text(value)


def _link(value: Any) -> str | None:
    """A link that can be fetched."""
    url = json.optional_text(value)
    return url if url and url.startswith(("https://", "http://")) else None


def _shared(payload: dict[str, Any], url: str | None) -> str | None:
    """Title and link of a shared post, reel or product."""
    title = json.optional_text(payload.get("title"))
    return " ".join(word for word in (title, url) if word) or None


def _quick_reply(message: dict[str, Any]) -> Choice | None:
    reply = message.get("quick_reply")
    payload = json.optional_text(reply.get("payload")) if isinstance(reply, dict) else None
    return Choice(id=payload, title=json.optional_text(message.get("text"))) if payload else None
