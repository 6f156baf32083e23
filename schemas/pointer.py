"""JSON Pointer (RFC 6901)."""


def escaped(key: object) -> str:
    """A key, or a place in a list, as one part of a pointer."""
    return str(key).replace("~", "~0").replace("/", "~1")
