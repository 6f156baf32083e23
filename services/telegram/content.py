"""What a Telegram message says: text, media by file id, places, cards; what we can't show keeps its name."""

from collections.abc import Mapping
from typing import Any

from backbone.channel import json
from backbone.errors import PayloadInvalid
from schemas.content import Choice, ContactCard, Content, Location, Media, MediaKind

_FILES = {
    # An animation comes with a copy of itself under `document`, so it stands first.
    "animation": (MediaKind.VIDEO, "video/mp4"),
    "audio": (MediaKind.AUDIO, None),
    "document": (MediaKind.FILE, None),
    "video": (MediaKind.VIDEO, "video/mp4"),
    "video_note": (MediaKind.VIDEO, "video/mp4"),
    "voice": (MediaKind.VOICE, "audio/ogg"),
}
_ENVELOPE = frozenset({
    "message_id", "message_thread_id", "from", "sender_chat", "sender_boost_count", "sender_business_bot", "date",
    "business_connection_id", "chat", "forward_origin", "is_topic_message", "is_automatic_forward", "reply_to_message",
    "external_reply", "quote", "reply_to_story", "reply_to_checklist_task_id", "via_bot", "edit_date", "sender_tag",
    "has_protected_content", "is_from_offline", "is_paid_post", "media_group_id", "author_signature", "paid_star_count",
    "entities", "caption_entities", "link_preview_options", "effect_id", "show_caption_above_media", "reply_markup",
    "has_media_spoiler", "forward_from", "forward_from_chat", "forward_date", "direct_messages_topic",
})  # fmt: skip
SERVICE = frozenset({
    "new_chat_members", "new_chat_member", "new_chat_participant", "left_chat_member", "new_chat_title",
    "new_chat_photo", "delete_chat_photo", "group_chat_created", "supergroup_chat_created", "channel_chat_created",
    "message_auto_delete_timer_changed", "migrate_from_chat_id", "pinned_message", "successful_payment",
    "refunded_payment", "connected_website", "write_access_allowed", "proximity_alert_triggered", "boost_added",
    "chat_background_set", "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
    "general_forum_topic_hidden", "general_forum_topic_unhidden", "giveaway_created", "giveaway_completed",
    "video_chat_scheduled", "video_chat_started", "video_chat_ended", "video_chat_participants_invited",
})  # fmt: skip
"""Notices of Telegram itself inside a message: nobody said anything."""


def service_of(message: Mapping[str, Any]) -> str | None:
    """The name of the notice this message is, None where somebody wrote."""
    return next((key for key in message if key in SERVICE), None)


def content_of(message: Mapping[str, Any]) -> Content:
    """Everything the message holds. Raises `PayloadInvalid` where a known part is not what it should be."""
    content = Content(
        text=json.optional_text(message.get("text")) or json.optional_text(message.get("caption")),
        media=_media(message),
        location=_location(message),
        cards=_cards(message),
        choice=_web_app_choice(message),
    )
    return content if content != Content() else _unsupported(message)


def _unsupported(message: Mapping[str, Any]) -> Content:
    """A poll keeps its question and a die its face; the rest only the name of its kind."""
    kind = next((json.clean(key)[:40] for key in message if key not in _ENVELOPE), "empty")
    words = message.get(kind)
    text = words.get("question" if kind == "poll" else "emoji") if isinstance(words, dict) else None
    return Content(text=json.optional_text(text), unsupported=kind)


def _media(message: Mapping[str, Any]) -> tuple[Media, ...]:
    if "photo" in message:
        sizes = [json.obj(size, "photo") for size in json.array(message["photo"], "photo")]
        return (_file(max(sizes, key=_area), MediaKind.IMAGE, "image/jpeg"),) if sizes else ()
    if "sticker" in message:
        return (_sticker(json.obj(message["sticker"], "sticker")),)
    for name, (kind, mime) in _FILES.items():
        if name in message:
            return (_file(json.obj(message[name], name), kind, mime),)
    return ()


def _area(size: Mapping[str, Any]) -> int:
    width, height = size.get("width"), size.get("height")
    return width * height if isinstance(width, int) and isinstance(height, int) else 0


def _file(value: Mapping[str, Any], kind: MediaKind, mime: str | None) -> Media:
    size = value.get("file_size")
    return Media(
        kind=kind,
        mime=json.optional_text(value.get("mime_type")) or mime,
        filename=json.optional_text(value.get("file_name")),
        size=size if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**53 else None,
        provider_ref=json.text(value.get("file_id"), "file_id"),
    )


def _sticker(value: Mapping[str, Any]) -> Media:
    moving = "video/webm" if value.get("is_video") is True else "application/x-tgsticker"
    still = value.get("is_video") is not True and value.get("is_animated") is not True
    media = _file(value, MediaKind.STICKER, "image/webp" if still else moving)
    return media.model_copy(update={"caption": json.optional_text(value.get("emoji"))})


def _location(message: Mapping[str, Any]) -> Location | None:
    """A venue repeats its point under `location`, so it stands first."""
    if "venue" in message:
        venue = json.obj(message["venue"], "venue")
        point = json.obj(venue.get("location"), "venue.location")
        name, address = json.optional_text(venue.get("title")), json.optional_text(venue.get("address"))
        return Location(
            latitude=_degrees(point, "latitude"), longitude=_degrees(point, "longitude"), name=name, address=address
        )
    if "location" in message:
        point = json.obj(message["location"], "location")
        return Location(latitude=_degrees(point, "latitude"), longitude=_degrees(point, "longitude"))
    return None


def _degrees(point: Mapping[str, Any], name: str) -> float:
    value = point.get(name)
    most = 90 if name == "latitude" else 180
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -most <= value <= most:
        raise PayloadInvalid(f"{name} is not in degrees")
    return float(value)


def _cards(message: Mapping[str, Any]) -> tuple[ContactCard, ...]:
    if "contact" not in message:
        return ()
    card = json.obj(message["contact"], "contact")
    phone = json.optional_text(card.get("phone_number"))
    return (ContactCard(name=full_name(card) or phone or "?", phones=(phone,) if phone else ()),)


def _web_app_choice(message: Mapping[str, Any]) -> Choice | None:
    if "web_app_data" not in message:
        return None
    sent = json.obj(message["web_app_data"], "web_app_data")
    data = json.optional_text(sent.get("data"))
    title = json.optional_text(sent.get("button_text"))
    return Choice(id="web_app_data", title=title, data={"data": data} if data else None)


def full_name(person: Mapping[str, Any]) -> str | None:
    """First and last name of a user or a private chat, the title of any other chat."""
    parts = (json.optional_text(person.get(key)) for key in ("first_name", "last_name"))
    return " ".join(part for part in parts if part) or json.optional_text(person.get("title"))
