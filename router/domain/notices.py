"""What the system says by itself while nobody can answer: honest about when a human will."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

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
    code = (language or "en")[:2].lower()
    closed, unknown = _TEXTS.get(code, _TEXTS["en"])
    when = next_opening.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M (%Z)") if next_opening else ""
    own = (texts or {}).get(code) or (texts or {}).get("default")
    if own:
        return own.replace("{when}", when).strip()
    return closed.replace("{when}", when) if next_opening else unknown
