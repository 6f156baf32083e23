"""Numbers that name a person or a card, told from other numbers by their own check digits. Pure.

Sources: ISO/IEC 7812-1 and the networks' ranges (cards), ISO 13616 (IBAN), and for national identifiers the issuers' published
rules as collected by the OECD (Tax Identification Numbers by jurisdiction) and by each country named below.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

_TO_NUMBER = {letter: str(10 + place) for place, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_payment_card(digits: str) -> bool:
    """By a network's range and length, and the check digit: 1 in 10 numbers of such a range and length."""
    size, two, three, four = len(digits), int(digits[:2]), int(digits[:3]), int(digits[:4])
    known = (
        (digits[0] == "4" and size in {16, 19})  # Visa; those of 13 digits have not been given since 2005
        or (size == 16 and (51 <= two <= 55 or 2221 <= four <= 2720))  # Mastercard
        or (size == 15 and two in {34, 37})  # American Express
        or (size in {16, 19} and (four == 6011 or two == 65 or 644 <= three <= 649))  # Discover
        or (size in {16, 19} and 3528 <= four <= 3589)  # JCB
        or (size in {14, 16} and (two in {36, 38, 39} or 300 <= three <= 305))  # Diners Club
        or (size in {16, 19} and two == 62)  # UnionPay
        or (size in {16, 18, 19} and four in {5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763})  # Maestro
    )
    return known and luhn(digits)


def is_iban(plain: str) -> bool:
    """ISO 13616: 15 to 34 characters without blanks, in capitals, mod 97 is 1."""
    if not 15 <= len(plain) <= 34:
        return False
    moved = plain[4:] + plain[:4]
    return int("".join(_TO_NUMBER.get(character, character) for character in moved)) % 97 == 1


@dataclass(frozen=True, slots=True)
class Identifier:
    """`pattern` has the identifier in its group `id`; `is_one` says whether it is valid. Where there are `names`, one of them must
    stand within a few words before it: the number's own check is too weak.
    """

    country: str
    pattern: re.Pattern[str]
    is_one: Callable[[str], bool]
    names: tuple[str, ...] = ()

    def may_be_in(self, lowered: str) -> bool:
        """Cheaply: whether one of the names is in the text at all."""
        return not self.names or any(name in lowered for name in self.names)


def digits_of(said: str) -> str:
    """What is left without letters, blanks and marks."""
    return "".join(character for character in said if character.isdigit())


def _dot(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _bsn(said: str) -> bool:
    """Netherlands, burgerservicenummer: eleven-test with -1 for the last digit (Logisch Ontwerp BSN)."""
    digits = digits_of(said)
    return len(digits) == 9 and int(digits) > 0 and _dot(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def _steuer_id(said: str) -> bool:
    """Germany, Identifikationsnummer (§ 139b AO): of the first ten digits one stands there twice or three times, all others at
    most once; ISO 7064 MOD 11,10.
    """
    digits = digits_of(said)
    if len(digits) != 11 or digits[0] == "0":
        return False
    counts = sorted((digits[:10].count(digit) for digit in set(digits[:10])), reverse=True)
    if counts[0] not in {2, 3} or counts[1] != 1:
        return False
    product = 10
    for digit in digits[:10]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def _cpr(said: str) -> bool:
    """Denmark, CPR: a day and four digits; the modulus 11 has not held for all since 2007."""
    digits = digits_of(said)
    day, month, year = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    return len(digits) == 10 and (_is_day(1900 + year, month, day) or _is_day(2000 + year, month, day))


def _pesel(said: str) -> bool:
    """Poland, PESEL: the century is in the month; weights 1 3 7 9."""
    digits = digits_of(said)
    if len(digits) != 11:
        return False
    century, month = divmod(int(digits[2:4]), 20)
    year = {0: 1900, 1: 2000, 2: 2100, 3: 2200, 4: 1800}[century] + int(digits[:2])
    check = (10 - _dot(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10) % 10
    return _is_day(year, month, int(digits[4:6])) and check == int(digits[10])


def _dni(said: str) -> bool:
    """Spain, DNI and NIE (Real Decreto 1553/2005): the letter is the number modulo 23."""
    plain = re.sub(r"[ .\-]", "", said).upper()
    number = {"X": "0", "Y": "1", "Z": "2"}.get(plain[0], plain[0]) + plain[1:-1]
    return number.isdigit() and "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == plain[-1]


def _nino(said: str) -> bool:
    """United Kingdom, National Insurance number (HMRC NIM39110): prefixes that are never given are none."""
    prefix = said[:2].upper()
    return prefix not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}


def _ssn(said: str) -> bool:
    """United States, Social Security number (SSA, randomization of 2011): areas 000, 666 and 900 to 999 are never given."""
    area, group, serial = said[:3], said[4:6], said[7:]
    return area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"


def _rijksregister(said: str) -> bool:
    """Belgium, national register number (Royal Decree of 3 April 1984): mod 97, with 2 before it for births since 2000."""
    digits = digits_of(said)
    check = int(digits[9:])
    return len(digits) == 11 and check in {97 - int(digits[:9]) % 97, 97 - int("2" + digits[:9]) % 97}


def _personnummer(said: str) -> bool:
    """Sweden, personnummer and samordningsnummer (SKV 704): a day (plus 60) and Luhn."""
    digits = digits_of(said)[-10:]
    day = int(digits[4:6]) % 60
    return _is_day(2000 + int(digits[:2]), int(digits[2:4]), day) and luhn(digits)


def _codice_fiscale(said: str) -> bool:
    """Italy, codice fiscale (D.M. 12 March 1974): the last letter over odd and even places."""
    plain, odd = (
        said.upper(),
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
    )
    places = [int(one) if one.isdigit() else ord(one) - ord("A") for one in plain[:15]]
    total = sum(odd[value] if place % 2 == 0 else value for place, value in enumerate(places))
    return ord(plain[15]) - ord("A") == total % 26


def _nir(said: str) -> bool:
    """France, NIR (décret 82-103): mod 97; Corsica's 2A and 2B count as 19 and 18."""
    plain = re.sub(r"[ .\-]", "", said).upper().replace("2A", "19").replace("2B", "18")
    return len(plain) == 15 and plain.isdigit() and int(plain[13:]) == 97 - int(plain[:13]) % 97


def _alone(country: str, number: str, is_one: Callable[[str], bool]) -> Identifier:
    return Identifier(country, re.compile(rf"(?i)(?<![\w+])(?P<id>{number})(?!\w)"), is_one)


def _named(country: str, names: tuple[str, ...], number: str, is_one: Callable[[str], bool]) -> Identifier:
    any_name = "|".join(map(re.escape, names))
    pattern = rf"(?i)(?:{any_name})\w*(?:\W+[^\W\d]\w*){{0,3}}\W{{1,4}}(?P<id>{number})(?!\w)"
    return Identifier(country, re.compile(pattern), is_one, names)


NATIONAL = (
    _named("NL", ("bsn", "burgerservice", "burger service", "sofinummer"), r"\d{3}[ .]?\d{3}[ .]?\d{3}|\d{4}[ .]?\d{2}[ .]?\d{3}", _bsn),
    _alone("DE", r"[1-9]\d[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}", _steuer_id),
    _alone("DK", r"[0-3]\d[01]\d{3}-\d{4}", _cpr),
    _named("DK", ("cpr", "personnummer"), r"[0-3]\d[01]\d{3}[ -]?\d{4}", _cpr),
    _named("PL", ("pesel",), r"\d{11}", _pesel),
    _alone("ES", r"(?:\d{1,2}[.]?\d{3}[.]?\d{3}|[XYZ][ -]?\d{7})[ -]?[A-Z]", _dni),
    _alone("GB", r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]", _nino),
    _alone("US", r"\d{3}-\d{2}-\d{4}", _ssn),
    _named("US", ("ssn", "social security"), r"\d{3}[- ]?\d{2}[- ]?\d{4}", lambda said: len(digits_of(said)) == 9),
    _alone("BE", r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", _rijksregister),
    _named("BE", ("rijksregister", "insz", "niss", "registre national", "numéro national"), r"\d{11}", _rijksregister),
    _alone("SE", r"(?:\d{2})?\d{6}[-+]\d{4}", _personnummer),
    _alone("IT", r"[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z]", _codice_fiscale),
    _alone("FR", r"[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}", _nir),
)  # fmt: skip
