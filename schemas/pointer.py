"""JSON Pointer (RFC 6901)."""


def escaped(key: object) -> str:
    """A key, or a place in a list, as one part of a pointer."""
    return str(key).replace("~", "~0").replace("/", "~1")


def found_at(value: object, pointer: str) -> object:
    """What a pointer leads to in parsed JSON; None where it leads nowhere."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isascii() and key.isdigit() and len(key) < 6:
            value = value[int(key)] if int(key) < len(value) else None
        else:
            return None
    return value
