"""Whether a customer may be written to first, now: their consents, the words that end and renew them, and their night.

An answer to what a customer has just written is no writing first; only what they forbade altogether holds it back.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from router.domain.language import code_of

Purpose = Literal["service", "proactive", "marketing", "satisfaction"]
"""`service` is about what they asked for, `proactive` about what they did not ask yet, such as a late parcel."""
State = Literal["given", "withdrawn"]
Reason = Literal["opted_out", "withdrawn", "no_consent", "restricted", "no_hour"]
WORD_MOST = 40


@dataclass(frozen=True, slots=True)
class Allowed:
    """Write now."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Don't write. `no_hour`: there is no hour at which nobody in the country sleeps."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Wait:
    """Ask again at `until`: consents may have changed by then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Night:
    """Local times between which nobody is written to first; `start` after `end` spans midnight, equal ones are no night."""

    start: time = time(21)
    end: time = time(8)

    def holds(self, local: time) -> bool:
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for one customer on one channel. `restricted` is a block or a restriction of processing."""

    opted_out: bool = False
    restricted: bool = False
    consents: Mapping[str, State] = field(default_factory=dict)
    """The last word for each purpose; a purpose that is not named was never spoken of."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word that ends or renews consent; `language` where only one has it."""

    state: State
    language: str | None


def may_write(
    purpose: Purpose, standing: Standing, *, night: Night | None, zones: Sequence[str], now: datetime
) -> Allowed | Refused | Wait:
    """Asked by all that writes first. `zones` are the zones the customer may live in: it must be day in each of them.

    Marketing needs a consent that was given; the other purposes may be withdrawn. `night` None knows no night. Windows,
    templates and how often somebody was written to are for the caller to look at.
    """
    if standing.restricted:
        return Refused("restricted")
    if standing.opted_out:
        return Refused("opted_out")
    said = standing.consents.get(purpose)
    if said == "withdrawn":
        return Refused("withdrawn")
    if purpose == "marketing" and said != "given":
        return Refused("no_consent")
    if night is None:
        return Allowed()
    day = _next_day(night, zones, now)
    if day is None:
        return Refused("no_hour")
    return Allowed() if day == now else Wait(day)


def _next_day(night: Night, zones: Sequence[str], now: datetime) -> datetime | None:
    """The first instant from `now` on at which it is night in none of the zones; None if not within three days."""
    known = [ZoneInfo(zone) for zone in zones]
    at = now
    while at <= now + timedelta(days=3):
        sleeping = next((zone for zone in known if night.holds(at.astimezone(zone).time())), None)
        if sleeping is None:
            return at
        at = _morning(night, sleeping, at)
    return None


def _morning(night: Night, zone: ZoneInfo, at: datetime) -> datetime:
    local = at.astimezone(zone)
    for days in (0, 1):
        morning = datetime.combine(local.date() + timedelta(days=days), night.end, tzinfo=zone).astimezone(UTC)
        if morning > at:
            return morning
    # Clocks that are put back show the same morning twice.
    return at + timedelta(minutes=15)


def night_from(settings: Mapping[str, Any]) -> Night | None:
    """The settings' part `quiet_hours` as stored: None where there is none; its shape was checked when it was written."""
    stored = settings.get("quiet_hours")
    if not stored:
        return None
    return Night(time.fromisoformat(stored["start"]), time.fromisoformat(stored["end"]))


def zones_of(address: str | None, usual: str, stated: str | None = None) -> tuple[str, ...]:
    """The zones a customer may live in: the one they stated, else those of the country of their phone number (digits, with
    or without `+`; None for any other address), else the tenant's `usual`.
    """
    if stated is not None:
        return (stated,)
    found = _NUMBER.fullmatch(address) if address else None
    if found:
        for length in (3, 2, 1):
            if zones := _COUNTRIES.get(found[1][:length]):
                return zones
    return (usual,)


def word_of(text: str | None) -> Word | None:
    """What a message says that is nothing but a word that ends or renews consent, in any case; None for every other one."""
    if not text or len(text) > WORD_MOST:
        return None
    return _BY_WORD.get(" ".join(text.strip(" \t\r\n.!?\"'“”«»").casefold().split()))


def confirmation(language: str | None) -> str:
    """What is said once after an opt-out, in the customer's language, else in English."""
    return _CONFIRMED.get(code_of(language), _CONFIRMED["en"])


_NUMBER = re.compile(r"\+?([1-9]\d{6,14})", re.ASCII)

_OUT: Mapping[str, str] = {
    "": "stop|stopp|stop all",
    "en": "stopall|unsubscribe|optout|opt out|opt-out",
    "nl": "stoppen|afmelden|uitschrijven",
    "da": "afmeld|afmelding|ophør|ophoer",
    "pl": "wypisz|wypisz mnie|rezygnuję|rezygnuje",
    "de": "abmelden|abbestellen",
    "es": "baja|alto|darme de baja",
    "ar": "إيقاف|ايقاف|توقف|إلغاء الاشتراك|الغاء الاشتراك",
    "fr": "arrêt|arret|désabonner|desabonner",
    "pt": "parar",
    "sv": "avregistrera",
    "hr": "odjava",
}
_IN: Mapping[str, str] = {
    "": "start",
    "en": "unstop|optin|opt in|opt-in|subscribe",
    "nl": "aanmelden",
    "da": "tilmeld",
    "pl": "zapisz|zapisz mnie",
    "de": "anmelden",
    "es": "alta",
    "ar": "اشتراك|ابدأ",
    "hr": "prijava",
}


def _words(state: State, by_language: Mapping[str, str]) -> dict[str, Word]:
    return {
        word: Word(state, language or None) for language, listed in by_language.items() for word in listed.split("|")
    }


_BY_WORD: Mapping[str, Word] = _words("withdrawn", _OUT) | _words("given", _IN)

_CONFIRMED: Mapping[str, str] = {
    "en": "You will get no more messages from us here unless you write to us. To allow them again, answer START.",
    "nl": "Je krijgt hier geen berichten meer van ons, tenzij je ons schrijft. Weer toestaan? Antwoord START.",
    "da": "Du får ikke flere beskeder fra os her, medmindre du skriver til os. Svar START for at tillade dem igen.",
    "pl": "Nie wyślemy tu więcej wiadomości, chyba że do nas napiszesz. Aby znów je otrzymywać, odpowiedz START.",
    "de": "Sie erhalten hier keine Nachrichten mehr von uns, außer Sie schreiben uns. Zum Wiederzulassen START antworten.",
    "es": "No recibirá más mensajes nuestros aquí, salvo que nos escriba. Para volver a permitirlos, responda START.",
    "ar": "لن تصلك منا رسائل هنا بعد الآن إلا إذا كتبت إلينا. للسماح بها من جديد أجب بكلمة START.",
}

_COUNTRIES: Mapping[str, tuple[str, ...]] = {
    # One number of +1 may be anywhere from Newfoundland to Hawaii; numbers move with their owners.
    "1": (
        "America/St_Johns", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
        "America/Anchorage", "Pacific/Honolulu",
    ),
    "7": ("Europe/Kaliningrad", "Europe/Moscow", "Asia/Yekaterinburg", "Asia/Novosibirsk", "Asia/Vladivostok", "Asia/Kamchatka"),
    "20": ("Africa/Cairo",), "27": ("Africa/Johannesburg",), "30": ("Europe/Athens",), "31": ("Europe/Amsterdam",),
    "32": ("Europe/Brussels",), "33": ("Europe/Paris",), "34": ("Europe/Madrid", "Atlantic/Canary"),
    "36": ("Europe/Budapest",), "39": ("Europe/Rome",), "40": ("Europe/Bucharest",), "41": ("Europe/Zurich",),
    "43": ("Europe/Vienna",), "44": ("Europe/London",), "45": ("Europe/Copenhagen",), "46": ("Europe/Stockholm",),
    "47": ("Europe/Oslo",), "48": ("Europe/Warsaw",), "49": ("Europe/Berlin",),
    "52": ("America/Cancun", "America/Mexico_City", "America/Tijuana"), "54": ("America/Argentina/Buenos_Aires",),
    "55": ("America/Noronha", "America/Sao_Paulo", "America/Manaus", "America/Rio_Branco"), "57": ("America/Bogota",),
    "60": ("Asia/Kuala_Lumpur",), "61": ("Australia/Sydney", "Australia/Adelaide", "Australia/Perth"),
    "62": ("Asia/Jayapura", "Asia/Makassar", "Asia/Jakarta"), "63": ("Asia/Manila",), "64": ("Pacific/Auckland",),
    "65": ("Asia/Singapore",), "66": ("Asia/Bangkok",), "81": ("Asia/Tokyo",), "82": ("Asia/Seoul",),
    "84": ("Asia/Ho_Chi_Minh",), "86": ("Asia/Shanghai",), "90": ("Europe/Istanbul",), "91": ("Asia/Kolkata",),
    "92": ("Asia/Karachi",), "212": ("Africa/Casablanca",), "213": ("Africa/Algiers",), "216": ("Africa/Tunis",),
    "234": ("Africa/Lagos",), "254": ("Africa/Nairobi",), "351": ("Europe/Lisbon", "Atlantic/Azores"),
    "352": ("Europe/Luxembourg",), "353": ("Europe/Dublin",), "358": ("Europe/Helsinki",), "370": ("Europe/Vilnius",),
    "371": ("Europe/Riga",), "372": ("Europe/Tallinn",), "380": ("Europe/Kyiv",), "385": ("Europe/Zagreb",),
    "386": ("Europe/Ljubljana",), "420": ("Europe/Prague",), "421": ("Europe/Bratislava",), "962": ("Asia/Amman",),
    "965": ("Asia/Kuwait",), "966": ("Asia/Riyadh",), "971": ("Asia/Dubai",), "972": ("Asia/Jerusalem",),
}  # fmt: skip
