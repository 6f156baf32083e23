"""Slack's names of common emoji, since reactions are named and all other channels show the character."""

from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "+1": "👍",
    "thumbsup": "👍",
    "-1": "👎",
    "thumbsdown": "👎",
    "heart": "❤️",
    "joy": "😂",
    "laughing": "😆",
    "smile": "😄",
    "slightly_smiling_face": "🙂",
    "wink": "😉",
    "open_mouth": "😮",
    "cry": "😢",
    "sob": "😭",
    "angry": "😠",
    "rage": "😡",
    "thinking_face": "🤔",
    "pray": "🙏",
    "clap": "👏",
    "raised_hands": "🙌",
    "ok_hand": "👌",
    "wave": "👋",
    "eyes": "👀",
    "tada": "🎉",
    "fire": "🔥",
    "rocket": "🚀",
    "100": "💯",
    "star": "⭐",
    "white_check_mark": "✅",
    "heavy_check_mark": "✔️",
    "x": "❌",
    "question": "❓",
    "exclamation": "❗",
}
_BY_CHARACTER: Mapping[str, str] = {
    character.rstrip("\ufe0f"): name for name, character in reversed(tuple(_NAMES.items()))
}


def shown(name: str) -> str:
    """The character, or `:name:` for those that are not listed and a workspace's own; a skin tone is left out."""
    bare = name.partition("::")[0]
    return _NAMES.get(bare, f":{bare[:100]}:")


def named(emoji: str) -> str | None:
    """Slack's name of a character or of `:name:`; None where we know none."""
    if emoji.startswith(":") and emoji.endswith(":") and len(emoji) > 2:
        return emoji[1:-1]
    return _BY_CHARACTER.get(emoji.rstrip("\ufe0f"))
