"""What the providers of SMS and MMS share: numbers, words that opt out, and a message as the parts they carry. Pure."""

import mimetypes
import re
from dataclasses import dataclass

from pydantic import Field

from backbone.channel.actions import check_action
from backbone.channel.port import AccountSettings
from backbone.channel.text import Unit, split
from backbone.channel.words import in_words
from backbone.errors import InputInvalid
from schemas.content import Media, MediaKind
from schemas.inbound import AnyInboundEvent, ConsentChanged, MessageReceived, ReceiptReceived, Sender
from schemas.outbound import OutboundMessage

_NUMBER = re.compile(r"(?:\+|00)?([1-9]\d{6,14})", re.ASCII)
_PUNCTUATION = str.maketrans("", "", " ().-")
_WORD_MAX = 40
_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€\f"
)


class SmsSettings(AccountSettings):
    """The words that end and renew a customer's consent, where they are all that a message says, in any case.

    The defaults are those that carriers in the USA demand (CTIA Messaging Principles, 2023), without YES, which answers
    too many other questions.
    """

    opt_out_words: tuple[str, ...] = Field(
        default=("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"), max_length=50
    )
    opt_in_words: tuple[str, ...] = Field(default=("start", "unstop"), max_length=50)


@dataclass(frozen=True, slots=True)
class Part:
    """One message as the provider counts them: SMS where it has no media links, else MMS."""

    text: str = ""
    media: tuple[str, ...] = ()


def e164(value: str) -> str:
    """A number as `+` and its digits (ITU-T E.164), given with `+`, `00` or neither; short codes and names as they are.

    Only international numbers are known by their digits: a provider that gives national ones needs its own rule.
    """
    found = _NUMBER.fullmatch(value)
    if found is None and len(value) <= _WORD_MAX:
        found = _NUMBER.fullmatch(value.translate(_PUNCTUATION))
    return f"+{found[1]}" if found else value


def is_gsm7(text: str) -> bool:
    """Whether an SMS carries the text in GSM's own alphabet and its extension (3GPP TS 23.038 §6.2.1), 160 a part, not 70."""
    return _GSM7.issuperset(text)


def can_answer(address: str) -> bool:
    """Whether an SMS can be sent there: senders named by letters take no answers."""
    return not any(character.isalpha() for character in address)


def account_ref(number: str | None, external_id: str) -> str | None:
    """Our number as the account has it, however the provider writes it; another number in E.164; None for none."""
    if not number:
        return None
    return external_id if e164(number) == e164(external_id) else e164(number)


def with_consent(message: MessageReceived, settings: SmsSettings) -> tuple[AnyInboundEvent, ...]:
    """The message, and beside it the consent that it ends or renews where one of the account's words is all it says."""
    said = (message.content.text or "").strip().strip(".!\"'").strip()
    if not said or len(said) > _WORD_MAX:
        return (message,)
    folded = said.casefold()
    out = any(folded == word.casefold() for word in settings.opt_out_words)
    if not out and not any(folded == word.casefold() for word in settings.opt_in_words):
        return (message,)
    change = ConsentChanged(
        thread_key=message.thread_key,
        dedup_key=f"{message.dedup_key}:consent",
        provider_at=message.provider_at,
        account_ref=message.account_ref,
        sender=message.sender,
        state="opted_out" if out else "opted_in",
        word=said,
    )
    return message, change


def with_refusal(receipt: ReceiptReceived, *, opted_out: bool) -> tuple[AnyInboundEvent, ...]:
    """The receipt of a failure, and beside it the lost consent where the provider says that the recipient opted out."""
    if not opted_out or not receipt.thread_key:
        return (receipt,)
    change = ConsentChanged(
        thread_key=receipt.thread_key,
        dedup_key=f"{receipt.dedup_key}:consent",
        provider_at=receipt.provider_at,
        account_ref=receipt.account_ref,
        sender=Sender(address=receipt.thread_key),
        state="opted_out",
    )
    return receipt, change


def linked_media(url: str, mime: str | None = None) -> Media:
    """A file of an MMS by its link; its kind by the type that the provider names, or that the link's ending tells."""
    kind = mime or mimetypes.guess_type(url.partition("?")[0])[0]
    family = (kind or "").partition("/")[0]
    found = MediaKind(family) if family in {"image", "video", "audio"} else MediaKind.FILE
    return Media(kind=found, mime=kind, url=url)


def parts(message: OutboundMessage, *, text_max: int, media_max: int = 0, unit: Unit = "utf16") -> tuple[Part, ...]:
    """The parts that carry a message: text first, then media, each with its caption.

    `media_max` is how many links one MMS takes; with 0 all media become lines with their link. A single text rides on a
    single picture. Choices, places and cards become lines. Raises `InputInvalid` for anything but sending, for a template
    and where nothing is left to send.
    """
    check_action(message, (), "SMS")
    content = message.content
    if content.template is not None:
        raise InputInvalid("SMS has no templates")
    native = [media for media in content.media if media.url] if media_max else []
    spoken = [media for media in content.media if media not in native]
    texts = split(in_words(content, spoken=spoken), text_max, unit)
    pictures = _pictures(native, media_max, text_max, unit)
    if len(texts) == 1 and pictures and not pictures[0].text:
        pictures[0] = Part(texts.pop(), pictures[0].media)
    found = (*(Part(text) for text in texts), *pictures)
    if not found:
        raise InputInvalid("the message holds nothing that SMS can carry")
    return found


def _pictures(media: list[Media], media_max: int, text_max: int, unit: Unit) -> list[Part]:
    found: list[Part] = []
    for item in media:
        link = item.url or ""
        captions = split(item.caption or "", text_max, unit)
        last = found[-1] if found else None
        if not captions and last and last.media and not last.text and len(last.media) < media_max:
            found[-1] = Part(media=(*last.media, link))
            continue
        found.append(Part(captions[0] if captions else "", (link,)))
        found += [Part(rest) for rest in captions[1:]]
    return found
