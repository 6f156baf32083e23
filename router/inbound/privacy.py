"""Blacks out of what arrives what must not be kept longer than the raw copy (`router/domain/masking.py` has the rules)."""

from collections.abc import Callable, Iterable

from router.domain.masking import USUAL, Masking, masked
from router.inbound.arrivals import Arrival, Batch
from schemas.content import Content, Media
from schemas.inbound import MessageEchoed, MessageEdited, MessageReceived

_SAYING = (MessageReceived, MessageEchoed, MessageEdited)


def mask(batch: Batch, arrivals: Iterable[Arrival]) -> None:
    """Changes the records of messages, echoes and edits, by their tenants' rules, before anything of them is written; what was
    found is counted in the batch. Names and addresses of senders stay: they say who is answered.
    """
    for arrival in arrivals:
        event = arrival.record.event
        if not isinstance(event, _SAYING):
            continue
        rules = batch.config(arrival.record.tenant_id).masking
        content, kinds = mask_content(event.content, rules)
        changed: dict[str, object] = {"content": content} if kinds else {}
        if isinstance(event, MessageReceived) and event.subject:
            subject, found = masked(event.subject, rules)
            if found:
                changed["subject"] = subject
                kinds |= found.keys()
        if changed:
            batch.masked.update(kinds)
            arrival.record = arrival.record.model_copy(update={"event": event.model_copy(update=changed)})


def mask_content(content: Content, rules: Masking = USUAL) -> tuple[Content, frozenset[str]]:
    """A message's words with dots, and the kinds that were found. Its HTML goes where it would show what the text doesn't any
    more: tags inside a number hide it from the rules.
    """
    kinds: set[str] = set()
    changed: dict[str, object] = {}

    def clean(value: str | None) -> str | None:
        if not value:
            return value
        put, found = masked(value, rules)
        kinds.update(found)
        return put

    text = clean(content.text)
    in_text = set(kinds)
    if text != content.text:
        changed["text"] = text
    if content.html:
        put, found = masked(content.html, rules)
        kinds.update(found)
        if found or in_text:
            changed["html"] = put if in_text <= found.keys() else None
    media = tuple(_mask_media(one, clean) for one in content.media)
    if media != content.media:
        changed["media"] = media
    return (content.model_copy(update=changed) if changed else content), frozenset(kinds)


def _mask_media(media: Media, clean: Callable[[str | None], str | None]) -> Media:
    caption, filename = clean(media.caption), clean(media.filename)
    if (caption, filename) == (media.caption, media.filename):
        return media
    return media.model_copy(update={"caption": caption, "filename": filename})
