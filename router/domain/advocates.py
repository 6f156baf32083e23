"""Who is asked to tell others after a good rating, where, and in which words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from router.domain.language import code_of

Kind = Literal["review", "referral"]
AFTER = timedelta(minutes=15)
"""From the rating to the invitation: what the customer wished to add comes before it."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Inviting:
    """What the tenant wants: nobody is invited unless `enabled`.

    A rating of `least_score` and more counts; a customer is invited once in `every`, the tenant invites `per_day` in 24 hours.
    `links` are review pages by channel account, `link` that of all others; `referral` gives a code where there is no page.
    """

    enabled: bool = False
    least_score: int = 5
    every: timedelta = timedelta(days=180)
    per_day: int = 50
    links: Mapping[str, str] = field(default_factory=dict)
    link: str | None = None
    referral: bool = False

    def takes(self, score: int) -> bool:
        """Whether a rating is good enough, and there is something to invite to."""
        return self.enabled and score >= self.least_score and bool(self.links or self.link or self.referral)

    def offer(self, account_id: str) -> tuple[Kind, str | None] | None:
        """What customers of an account are invited to, with the page of a review; None: to nothing."""
        page = self.links.get(account_id) or self.link
        if page is not None:
            return "review", page
        return ("referral", None) if self.referral else None


def purpose(kind: Kind) -> Literal["satisfaction", "marketing"]:
    """What a customer must have allowed: an opinion is asked for as a rating is; a code for friends advertises."""
    return "satisfaction" if kind == "review" else "marketing"


def inviting_from(settings: Mapping[str, Any]) -> Inviting:
    """The settings' part `advocates` as stored; its shape was checked when it was written."""
    stored = settings.get("advocates") or {}
    return Inviting(
        enabled=stored.get("enabled") is True,
        least_score=stored.get("least_score", 5),
        every=timedelta(days=stored.get("every_days", 180)),
        per_day=stored.get("per_day", 50),
        links=stored.get("review_links") or {},
        link=stored.get("review_link"),
        referral=stored.get("referral") is True,
    )


def invitation(kind: Kind, language: str | None, what: str) -> str:
    """The message in the customer's language, else in English; `what` is the page's address or the code."""
    review, referral = _WORDS.get(code_of(language), _WORDS["en"])
    return (review if kind == "review" else referral).format(what)


_WORDS: Mapping[str, tuple[str, str]] = {
    "en": ("Thank you for your kind words. If you like, tell others too: {}", "Thank you for your kind words. Your code for friends: {}"),
    "nl": ("Dank u voor uw goede woorden. Wilt u het ook anderen vertellen? {}", "Dank u voor uw goede woorden. Uw code voor vrienden: {}"),
    "da": ("Tak for de pæne ord. Vil du også fortælle det til andre? {}", "Tak for de pæne ord. Din kode til venner: {}"),
    "pl": ("Dziękujemy za miłe słowa. Może opowiesz też innym? {}", "Dziękujemy za miłe słowa. Twój kod dla znajomych: {}"),
    "de": ("Danke für die guten Worte. Möchten Sie es auch anderen sagen? {}", "Danke für die guten Worte. Ihr Code für Freunde: {}"),
    "es": ("Gracias por sus amables palabras. ¿Quiere contárselo a otros? {}", "Gracias por sus amables palabras. Su código para amigos: {}"),
    "ar": ("شكرا لكلماتك الطيبة. هل تود إخبار الآخرين؟ {}", "شكرا لكلماتك الطيبة. رمزك للأصدقاء: {}"),
}  # fmt: skip
