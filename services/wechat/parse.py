"""Turns one WeChat message or event into one of ours."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from backbone.channel import json
from backbone.errors import PayloadInvalid
from schemas.content import Choice, Content, Location, Media, MediaKind
from schemas.inbound import (
    AccountNotice,
    AnyInboundEvent,
    ConsentChanged,
    EventIgnored,
    MessageReceived,
    ReceiptReceived,
    ReceiptStatus,
    Sender,
)
from services.wechat.xml import Node

MEDIA_SCHEME = "wechat://"
"""Marks an id of WeChat's own as a place of its own, whose answer may be the file itself."""

MILLISECONDS_ABOVE = 100_000_000_000
_NOTICES: dict[str, Literal["info", "warning", "error"]] = {
    "qualification_verify_success": "info",
    "naming_verify_success": "info",
    "qualification_verify_fail": "error",
    "naming_verify_fail": "error",
    "annual_renew": "warning",
    "verify_expired": "error",
}

Events = tuple[AnyInboundEvent, ...]


def events_of(root: Node) -> Events:
    """What a message says; raises `PayloadInvalid` where it is none or lacks what makes it one."""
    kind = root.text("MsgType")
    if kind == "event" or kind.endswith("_event"):
        return _event(root, kind)
    sender = Sender(address=json.identifier(root.text("FromUserName"), "FromUserName"))
    number = root.get("MsgId")
    identity = json.identifier(number or _moment(root, kind), "MsgId")
    reader = _READERS.get(kind)
    content = reader(root) if reader else Content(text=root.get("Content"), unsupported=kind[:100])
    received = MessageReceived(
        sender=sender,
        content=content,
        provider_message_id=identity,
        **_shared(root, sender.address, identity),
    )
    return (received,)


def _moment(root: Node, name: str) -> str:
    """Events have no id: who, when and what together are WeChat's advice, told once however often it is sent."""
    return f"{root.text('FromUserName')[:128]}:{root.text('CreateTime')[:32]}:{name[:60]}"


def _shared(root: Node, thread_key: str, dedup_key: str) -> dict[str, Any]:
    return {
        "thread_key": thread_key,
        "dedup_key": dedup_key,
        "provider_at": _instant(root.get("CreateTime")),
        "account_ref": root.get("ToUserName"),
    }


def _instant(value: str | None) -> datetime | None:
    """Seconds; some recorded messages hold milliseconds."""
    if value is None or not value.isascii() or not value.isdigit() or len(value) > 15:
        return None
    return json.optional_instant(value, unit="ms" if int(value) > MILLISECONDS_ABOVE else "s")


def _event(root: Node, kind: str) -> Events:
    name = (root.get("Event") or kind).lower()
    person = json.identifier(root.text("FromUserName"), "FromUserName")
    shared = _shared(root, person, _moment(root, name))
    sender = Sender(address=person)
    if kind != "event":
        return _ignored(shared, f"{kind} {name}")
    if name in {"subscribe", "unsubscribe"}:
        return (ConsentChanged(sender=sender, state="opted_in" if name == "subscribe" else "opted_out", **shared),)
    if name == "click":
        choice = Choice(id=root.text("EventKey"))
        return (MessageReceived(sender=sender, content=Content(choice=choice), **shared),)
    if name == "scancode_waitmsg":
        return (MessageReceived(sender=sender, content=Content(choice=_scanned(root)), **shared),)
    if name == "templatesendjobfinish":
        return (_receipt(shared, root.text("MsgID"), root.get("Status") or "", "success"),)
    if name == "subscribe_msg_sent_event":
        rows = root.child("SubscribeMsgSentEvent")
        found = rows.all("List") if rows else []
        return tuple(_receipt(shared, row.text("MsgID"), row.get("ErrorCode") or "", "0") for row in found)
    if name in _NOTICES:
        notice = {**shared, "thread_key": ""}
        return (AccountNotice(code=name, severity=_NOTICES[name], detail=root.get("FailReason") or "", **notice),)
    return _ignored(shared, f"event {name}")


def _ignored(shared: dict[str, Any], reason: str) -> Events:
    return (EventIgnored(reason=json.clean(reason)[:100], **{**shared, "thread_key": ""}),)


def _scanned(root: Node) -> Choice:
    """A menu row that waits for an answer: which row, and what was scanned."""
    scanned = root.child("ScanCodeInfo")
    result = scanned.get("ScanResult") if scanned else None
    return Choice(id=root.text("EventKey"), data={"scan_result": result} if result else None)


def _receipt(shared: dict[str, Any], message: str, status: str, good: str) -> ReceiptReceived:
    """WeChat tells what became of templates, and of nothing else."""
    delivered = status == good
    state = ReceiptStatus.DELIVERED if delivered else ReceiptStatus.FAILED
    identity = json.identifier(message, "MsgID")
    whole = {**shared, "dedup_key": f"{identity[:480]}:{state.value}"}
    return ReceiptReceived(
        status=state, provider_message_id=identity, error_code=None if delivered else status[:60] or "unknown", **whole
    )


def _text(root: Node) -> Content:
    """A picked row of a menu comes as its words with its id."""
    words, picked = root.text("Content"), root.get("bizmsgmenuid")
    return Content(text=words, choice=Choice(id=picked, title=words) if picked else None)


def _image(root: Node) -> Content:
    url = root.get("PicUrl") or ""
    plain = url.startswith(("https://", "http://"))
    return Content(
        media=(Media(kind=MediaKind.IMAGE, url=url if plain else None, provider_ref=None if plain else _ref(root)),)
    )


def _ref(root: Node) -> str:
    return MEDIA_SCHEME + json.identifier(root.text("MediaId"), "MediaId")


def _voice(root: Node) -> Content:
    """What WeChat understood of it is its text."""
    form = root.get("Format")
    mime = f"audio/{form.lower()}" if form and form.isascii() and form.isalnum() and len(form) < 10 else None
    media = Media(kind=MediaKind.VOICE, mime=mime, provider_ref=_ref(root))
    return Content(text=root.get("Recognition"), media=(media,))


def _video(root: Node) -> Content:
    return Content(media=(Media(kind=MediaKind.VIDEO, provider_ref=_ref(root)),))


def _location(root: Node) -> Content:
    """`Location_X` is the latitude."""
    latitude = json.number(root.text("Location_X"), "Location_X")
    longitude = json.number(root.text("Location_Y"), "Location_Y")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise PayloadInvalid("the location is not in degrees")
    return Content(location=Location(latitude=latitude, longitude=longitude, address=root.get("Label")))


def _link(root: Node) -> Content:
    lines = [root.get("Title"), root.get("Description"), root.text("Url")]
    return Content(text="\n".join(line for line in lines if line))


_READERS: dict[str, Callable[[Node], Content]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "location": _location,
    "link": _link,
}
