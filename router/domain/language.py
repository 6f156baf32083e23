"""What texts of any language have in common. Pure."""

import unicodedata


def code_of(language: str | None) -> str:
    """The two letters by which our own sentences are kept; English where none is known."""
    return (language or "en")[:2].lower()


def without_accents(text: str) -> str:
    """Letters without their marks (Unicode NFKD); letters that are no marked ones, such as `ł`, stay."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
