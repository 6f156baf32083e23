"""What the system says by itself while nobody can answer: honest about when a human will."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from router.domain.language import code_of

# {when} is a weekday and a time in the team's zone; the second text stands where no opening is known.
_TEXTS: Mapping[str, tuple[str, str]] = {
    "da": ("Tak for din besked. Vi har lukket lige nu; en kollega svarer dig {when}.", "Tak for din besked. En kollega svarer dig her, så snart nogen er tilbage."),
    "de": ("Danke für deine Nachricht. Wir haben gerade geschlossen; ein Mensch antwortet dir {when}.", "Danke für deine Nachricht. Ein Mensch antwortet dir hier, sobald jemand zurück ist."),
    "en": ("Thank you for your message. We are closed right now; a person will answer you here {when}.", "Thank you for your message. A person will answer you here as soon as somebody is back."),
    "es": ("Gracias por tu mensaje. Ahora está cerrado; una persona te responderá aquí {when}.", "Gracias por tu mensaje. Una persona te responderá aquí en cuanto alguien vuelva."),
    "nl": ("Bedankt voor je bericht. We zijn nu gesloten; een medewerker antwoordt je hier {when}.", "Bedankt voor je bericht. Een medewerker antwoordt je hier zodra er iemand terug is."),
    "pl": ("Dziękujemy za wiadomość. Teraz mamy zamknięte; człowiek odpowie tutaj {when}.", "Dziękujemy za wiadomość. Człowiek odpowie tutaj, gdy tylko ktoś wróci."),
}  # fmt: skip


def away_notice(
    language: str | None, next_opening: datetime | None, zone: str, texts: Mapping[str, str] | None = None
) -> str:
    """The notice in the customer's language (English where we have none); a tenant's own text may hold `{when}`."""
    code = code_of(language)
    closed, unknown = _TEXTS.get(code, _TEXTS["en"])
    when = next_opening.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M (%Z)") if next_opening else ""
    own = own_text(language, texts)
    if own:
        return own.replace("{when}", when).strip()
    return closed.replace("{when}", when) if next_opening else unknown


_CALL_BACK: Mapping[str, str] = {
    "da": "Det tager længere end lovet. Du behøver ikke vente her: vi skriver eller ringer til dig, så snart nogen er ledig. Skriv gerne, hvornår det passer dig.",
    "de": "Es dauert länger als versprochen. Du musst nicht hier warten: wir melden uns, sobald jemand frei ist. Schreib gern, wann es dir passt.",
    "en": "This takes longer than we promised. You need not wait here: we will get back to you as soon as somebody is free. Tell us when it suits you, if you like.",
    "es": "Está tardando más de lo prometido. No hace falta que esperes aquí: te contactaremos en cuanto alguien esté libre. Si quieres, dinos cuándo te viene bien.",
    "nl": "Het duurt langer dan beloofd. Je hoeft hier niet te wachten: we nemen contact op zodra iemand vrij is. Laat gerust weten wanneer het je uitkomt.",
    "pl": "Trwa to dłużej, niż obiecaliśmy. Nie musisz tu czekać: odezwiemy się, gdy tylko ktoś będzie wolny. Możesz napisać, kiedy ci odpowiada.",
}  # fmt: skip


def call_back_notice(language: str | None, texts: Mapping[str, str] | None = None) -> str:
    """What a customer is told when a step of the policy is to contact them later; the tenant's own text goes first."""
    own = own_text(language, texts)
    return own.strip() if own else _CALL_BACK.get(code_of(language), _CALL_BACK["en"])


def own_text(language: str | None, texts: Mapping[str, str] | None) -> str | None:
    """A tenant's own text in this language, else its `default`; None where it has neither."""
    return (texts or {}).get(code_of(language)) or (texts or {}).get("default")
