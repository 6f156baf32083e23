"""What we send by Twilio: the parts of a message, the calls that send them, and the question whether one was sent."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from backbone.channel import form
from backbone.channel.actions import check_action
from backbone.channel.port import Accepted, Account, HttpCall, ProviderReply
from backbone.channel.replies import json_object
from backbone.channel.text import split
from backbone.channel.words import in_words
from backbone.errors import InputInvalid
from schemas.content import Content, Location, Media
from schemas.outbound import OutboundMessage
from services.twilio.inbound import WHATSAPP
from services.twilio.settings import TwilioSettings

TEXT_MAX = 1600
_MMS_MEDIA_MAX = 10
API = "/2010-04-01/Accounts/"
_CLOCK_SKEW = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Part:
    """One message as Twilio counts them."""

    body: str = ""
    media: tuple[str, ...] = ()
    action: str | None = None
    template: str | None = None
    variables: str | None = None


def calls(message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
    """One call for each part; raises `InputInvalid` where there is nothing that can be sent."""
    settings: TwilioSettings = account.settings
    to = recipient(message, account)
    url = f"{settings.api_base.rstrip('/')}{API}{settings.account_sid}/Messages.json"
    found = []
    for part in parts(message, whatsapp=to.startswith(WHATSAPP), templates=settings.templates):
        fields = [("To", to), _sender(account)]
        fields += [("Body", part.body)] if part.body else []
        fields += [("MediaUrl", link) for link in part.media]
        fields += [("PersistentAction", part.action)] if part.action else []
        fields += [("ContentSid", part.template)] if part.template else []
        fields += [("ContentVariables", part.variables)] if part.variables else []
        fields += [("StatusCallback", _callback(account))] if settings.status_callback else []
        headers = (authorization(settings), ("content-type", form.MEDIA_TYPE), ("accept", "application/json"))
        found.append(HttpCall("POST", url, headers, form.dumps(fields)))
    return tuple(found)


def recipient(message: OutboundMessage, account: Account) -> str:
    """The address as Twilio wants it: a WhatsApp sender reaches `whatsapp:` addresses only."""
    to = message.recipient
    whatsapp = account.external_id.startswith(WHATSAPP)
    return f"{WHATSAPP}{to}" if whatsapp and not to.startswith(WHATSAPP) else to


def authorization(settings: TwilioSettings) -> tuple[str, str]:
    user, password = settings.credentials()
    return "authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def _sender(account: Account) -> tuple[str, str]:
    name = "MessagingServiceSid" if account.external_id.startswith("MG") else "From"
    return name, account.external_id


def _callback(account: Account) -> str:
    override = account.settings.retry_override
    return f"{account.webhook_url}#{override}" if override else account.webhook_url


def parts(message: OutboundMessage, *, whatsapp: bool, templates: Mapping[str, str] | None = None) -> tuple[Part, ...]:
    """The messages that carry this content: text first, then media, each with its caption, then a place.

    WhatsApp takes one medium a message and a place as such; SMS takes ten media and a place as a line. Choices become
    numbered lines on both. Raises `InputInvalid` for empty content, a medium without a link or a template without id.
    """
    check_action(message, (), "Twilio")
    content = message.content
    if content.template is not None:
        return (_template(content, templates or {}),)
    words = in_words(content, "whatsapp" if whatsapp else "plain", location=not whatsapp)
    chunks = split(words, TEXT_MAX, "utf16")
    media = _media(content.media, whatsapp=whatsapp)
    if len(chunks) == 1 and len(media) == 1 and not media[0].body:
        merged = [Part(chunks[0], media[0].media)]
    else:
        merged = [Part(chunk) for chunk in chunks] + media
    if whatsapp and content.location is not None:
        merged.append(_place(content.location))
    if not merged:
        raise InputInvalid("the message holds nothing that SMS or WhatsApp can carry")
    return tuple(merged)


def _template(content: Content, templates: Mapping[str, str]) -> Part:
    """A content template by its id, or by the name that the settings give it, for its language before all others.

    Its placeholders are numbered through: the body's parameters, the header's link, then the buttons'.
    """
    assert content.template is not None
    template = content.template
    name = templates.get(f"{template.name}/{template.language}") or templates.get(template.name) or template.name
    if not name.startswith("HX"):
        raise InputInvalid("a template is named by its ContentSid (HX…), or by a name in the account's templates")
    header = (template.header.url,) if template.header and template.header.url else ()
    values = (*template.parameters, *header, *template.button_parameters)
    numbered = {str(number): value for number, value in enumerate(values, start=1)}
    return Part(template=name, variables=json.dumps(numbered) if numbered else None)


def _place(place: Location) -> Part:
    label = " ".join((place.name or place.address or "").replace("|", " ").split())
    action = f"geo:{place.latitude},{place.longitude}" + (f"|{label}" if label else "")
    return Part(body=split(label, TEXT_MAX, "utf16")[0] if label else "📍", action=action)


def _media(media: tuple[Media, ...], *, whatsapp: bool) -> list[Part]:
    found: list[Part] = []
    for item in media:
        if not item.url:
            raise InputInvalid("Twilio fetches media by a link: this one has none")
        captions = split(item.caption or "", TEXT_MAX, "utf16")
        last = found[-1] if found else None
        if not whatsapp and not captions and last and not last.body and len(last.media) < _MMS_MEDIA_MAX:
            found[-1] = Part(media=(*last.media, item.url))
            continue
        found.append(Part(captions[0] if captions else "", (item.url,)))
        found += [Part(rest) for rest in captions[1:]]
    return found


def lookup_call(message: OutboundMessage, account: Account) -> HttpCall:
    """Twilio's list of messages to this recipient from this sender since the message was written.

    The filter takes days only; `lookup_found` compares the instants.
    """
    settings: TwilioSettings = account.settings
    day = message.created_at.astimezone(UTC) - _CLOCK_SKEW
    fields = [("To", recipient(message, account)), ("DateSent>", day.date().isoformat()), ("PageSize", "200")]
    if not account.external_id.startswith("MG"):
        fields.append(("From", account.external_id))
    query = form.dumps(fields).decode("ascii")
    url = f"{settings.api_base.rstrip('/')}{API}{settings.account_sid}/Messages.json?{query}"
    return HttpCall("GET", url, (authorization(settings), ("accept", "application/json")))


def lookup_found(message: OutboundMessage, part: int, reply: ProviderReply) -> Accepted | None:
    """The message among Twilio's that has this part's text and is not older than ours.

    Equal parts are told apart by their order. An equal text written within the same seconds and sent before this one
    can't be told apart: Twilio keeps no key of ours.
    """
    rows = json_object(reply).get("messages")
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    whatsapp = any(str(row.get("to")).startswith(WHATSAPP) for row in rows)
    template = message.content.template
    ours = (Part(template=template.name),) if template is not None else parts(message, whatsapp=whatsapp)
    if not 0 <= part < len(ours):
        return None
    wanted = ours[part]
    earlier = sum(other == wanted for other in ours[:part])
    since = message.created_at - _CLOCK_SKEW
    same = sorted(
        (at, sid) for row in rows if (at := _created(row)) and at >= since and (sid := _match(row, wanted, message))
    )
    return Accepted(same[earlier][1]) if earlier < len(same) else None


def _match(row: dict[str, Any], wanted: Part, message: OutboundMessage) -> str | None:
    """The id of a row that is ours. A template's text is Twilio's, so there the recipient and the time decide."""
    sid = row.get("sid")
    outbound = str(row.get("direction", "outbound-api")).startswith("outbound")
    to = str(row.get("to", "")).removeprefix(WHATSAPP) == message.recipient.removeprefix(WHATSAPP)
    text = wanted.template is not None or (row.get("body") or "") == wanted.body
    media = wanted.template is not None or str(row.get("num_media") or "0") == str(len(wanted.media))
    return sid if isinstance(sid, str) and sid and outbound and to and text and media else None


def _created(row: dict[str, Any]) -> datetime | None:
    try:
        found = parsedate_to_datetime(str(row.get("date_created")))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
