"""What is blacked out of messages before they are kept: card numbers, national identifiers, passwords, and what a tenant names. Pure.

The raw copy on the bus has all of it until its day's key is destroyed (design §7); everything kept longer has dots. What is found by
its own check digits is blacked out wherever it stands, which hits 1 in 37 random numbers of 16 digits (cards) and fewer of other
lengths; where a national identifier's check would hit more than 1 in 200, its name must stand shortly before. Pictures and files
are not looked into, and nothing is understood: a number spelled in words stays. Sources stand in `identifiers.py`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from router.domain.identifiers import NATIONAL, digits_of, is_iban, is_payment_card

DOTS = "••••"
LOOKED_AT = 100_000
"""Characters of one text that are looked at; what stands behind them is cut off where anything was found before it."""

_FEWEST = 6
"""Digits of the shortest national identifier: a text with fewer has none."""
_ANY_DIGIT = re.compile(r"[0-9]")
_CARD = re.compile(r"(?<![\w+])\d(?:[ \-.·]?\d){12,18}(?!\w)")
_CODE = re.compile(
    r"(?i)\b(?:cvv2?|cvc2?|security code|card code|kartenprüfnummer|prüfziffer|beveiligingscode|kontrolcifre|kod cvv|código de seguridad|رمز الأمان)"
    r"\W{0,3}(?:is|ist|to|es|er)?\W{0,3}(\d{3,4})(?!\d)"
)
_IBAN = re.compile(r"(?<!\w)[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}(?!\w)")
# fmt: off
_SECRET_NAMES = (
    r"pass ?(?:word|wort|phrase|code)", "pwd", "passwd", "pin(?: ?code)?", "kennwort", "wachtwoord", "pincode", "adgangskode", "kodeord",
    "hasło", "haslo", "kod pin", "contraseña", "contrasena", "clave", "كلمة (?:المرور|السر)", "الرقم السري",
)
# fmt: on
_SAYS = r"\s*(?:[:=]|(?P<is>\s(?:is|was|lautet|ist|war|to|jest|es|era|er|var|هو|هي)\s)\s*[:=]?)\s*"
_SECRET = re.compile(rf"(?i)(?<!\w)(?:{'|'.join(_SECRET_NAMES)}){_SAYS}(?P<value>[^\s,;<>]{{3,128}})")


@dataclass(frozen=True, slots=True)
class Masking:
    """What a tenant wants blacked out. `labels` are names of its own: what follows one of them, up to the next blank, goes."""

    payment_cards: bool = True
    national_ids: bool = True
    passwords: bool = True
    bank_accounts: bool = False
    labels: tuple[str, ...] = ()


USUAL = Masking()


@dataclass(slots=True)
class _Found:
    text: str
    kinds: dict[str, int] = field(default_factory=dict)

    def replace(self, kind: str, pattern: re.Pattern[str], instead: Callable[[re.Match[str]], str | None]) -> None:
        """Calls `instead` for each hit; None leaves it."""

        def one(hit: re.Match[str]) -> str:
            put = instead(hit)
            if put is None:
                return hit[0]
            self.kinds[kind] = self.kinds.get(kind, 0) + 1
            return put

        self.text = pattern.sub(one, self.text)


def masked(text: str, rules: Masking = USUAL) -> tuple[str, Mapping[str, int]]:
    """The text with dots, and how many of each kind were found: `payment_card`, `national_id`, `password`, `bank_account`,
    `label`. Doing it again changes nothing.
    """
    found = _Found(text[:LOOKED_AT])
    digits = len(_ANY_DIGIT.findall(found.text))
    if rules.passwords:
        found.replace("password", _SECRET, _secret)
    for label in rules.labels:
        found.replace("label", _label(label), lambda hit: hit[0].replace(hit["value"], DOTS))
    if digits >= _FEWEST and rules.bank_accounts:
        found.replace("bank_account", _IBAN, lambda hit: _iban(hit[0]))
    if digits >= _FEWEST and rules.payment_cards:
        found.replace("payment_card", _CARD, lambda hit: _card(hit[0]))
    if digits >= 3 and rules.payment_cards:
        found.replace("payment_card", _CODE, lambda hit: hit[0][: hit.start(1) - hit.start()] + DOTS)
    if digits >= _FEWEST and rules.national_ids:
        lowered = found.text.lower()
        for identifier in NATIONAL:
            if identifier.may_be_in(lowered):
                found.replace("national_id", identifier.pattern, _checked(identifier.is_one))
    if not found.kinds:
        return text, {}
    return found.text, found.kinds


def _card(said: str) -> str | None:
    """The last four digits stay, by which people know their card (PCI DSS 4.0, 3.4.1 allows as much)."""
    digits = digits_of(said)
    return f"{DOTS} {digits[-4:]}" if is_payment_card(digits) else None


def _iban(said: str) -> str | None:
    plain = said.replace(" ", "").upper()
    return f"{plain[:2]}{DOTS} {plain[-4:]}" if is_iban(plain) else None


def _checked(is_one: Callable[[str], bool]) -> Callable[[re.Match[str]], str | None]:
    def one(hit: re.Match[str]) -> str | None:
        said = hit["id"]
        return hit[0].replace(said, DOTS) if is_one(said) else None

    return one


def _secret(hit: re.Match[str]) -> str | None:
    """After "is" only what looks like a secret: "my password is wrong" tells nothing."""
    value = hit["value"]
    if set(value) <= set(DOTS) or (hit["is"] and value.strip(".!?'\"").isalpha()):
        return None
    return hit[0][: hit.start("value") - hit.start()] + DOTS


def _label(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?i)(?<!\w){re.escape(' '.join(name.split()))}{_SAYS}(?P<value>[^\s,;<>•]{{1,128}})")


def masking_from(document: Mapping[str, object]) -> Masking:
    """A tenant's settings as stored; what is missing has its default."""

    def switch(name: str, usual: bool) -> bool:
        value = document.get(name)
        return value if isinstance(value, bool) else usual

    labels = document.get("labels")
    return Masking(
        payment_cards=switch("payment_cards", USUAL.payment_cards),
        national_ids=switch("national_ids", USUAL.national_ids),
        passwords=switch("passwords", USUAL.passwords),
        bank_accounts=switch("bank_accounts", USUAL.bank_accounts),
        labels=tuple(str(one) for one in labels)
        if isinstance(labels, Sequence) and not isinstance(labels, str)
        else (),
    )
