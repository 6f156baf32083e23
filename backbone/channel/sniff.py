"""Says what a file is by its first bytes, and whether that fits what its sender claimed."""

import re

from schemas.content import Media, MediaKind

UNKNOWN = "application/octet-stream"
_HEAD = 512

# (offset, bytes, type); the longest match is not needed, since no two of them fit the same file. WHATWG MIME Sniffing §6.
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"OggS", "application/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (8, b"WAVE", "audio/wav"),
    (0, b"#!AMR", "audio/amr"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"\x7fELF", "application/x-executable"),
)
_RIFF = {"image/webp", "audio/wav", "video/x-msvideo"}
_BOX_TYPES = {b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heif", b"avif": "image/avif"}
_BOX_TYPES |= {b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"qt  ": "video/quicktime"}
_MARKUP = re.compile(rb"^\s*<(?:!doctype\s+html|html|head|body|script|iframe|\?xml|svg|!--)", re.IGNORECASE)
_MPEG_AUDIO = re.compile(rb"^\xff[\xe2\xe3\xf2\xf3\xfa\xfb]")
_CONTAINERS = {
    # What a file is said to be may be more exact than what its first bytes tell.
    "application/ogg": ("audio/", "video/", "application/ogg"),
    "application/zip": ("application/",),
    "application/x-ole-storage": ("application/",),
    "application/gzip": ("application/",),
    "video/mp4": ("video/mp4", "video/quicktime", "video/3gpp", "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/aac"),
    "video/webm": ("video/", "audio/webm", "audio/x-matroska"),
    "audio/mpeg": ("audio/",),
    "image/heif": ("image/hei",),
}


def sniff(data: bytes) -> str | None:
    """The type that the first bytes show; None where they show none. Markup of any kind is `text/html`."""
    head = data[:_HEAD]
    for offset, magic, mime in _MAGIC:
        if head[offset : offset + len(magic)] == magic and (mime not in _RIFF or head[:4] == b"RIFF"):
            return mime
    if head[4:8] == b"ftyp":
        return _BOX_TYPES.get(head[8:12], "video/mp4")
    if _MPEG_AUDIO.match(head):
        return "audio/mpeg"
    return "text/html" if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")) else None


def settled_type(data: bytes, media: Media, served: str | None) -> str | None:
    """The type to keep a file under; None where it is not what it claims to be.

    `served` is the provider's Content-Type. What the bytes show wins over both, unless they show only a container whose
    content was named. A page of markup or a program in the place of a picture, a recording or a sticker is refused;
    sent as a file it is kept as bytes without a type, so that no browser runs it.
    """
    claimed = _plain(media.mime) or _plain(served)
    shown = sniff(data)
    if shown in {"text/html", "application/vnd.microsoft.portable-executable", "application/x-executable"}:
        return UNKNOWN if media.kind is MediaKind.FILE else None
    if shown is not None:
        if claimed is not None and not _is_active(claimed) and claimed.startswith(_CONTAINERS.get(shown, (shown,))):
            return claimed
        return shown
    if claimed is None or _is_active(claimed):
        return UNKNOWN
    return claimed


def _plain(mime: str | None) -> str | None:
    """Type and subtype in lower case, without parameters; None for nonsense (RFC 9110 §8.3.1)."""
    found = (mime or "").partition(";")[0].strip().lower()
    return found if re.fullmatch(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}", found) else None


def _is_active(mime: str) -> bool:
    """Whether a browser would run it, or might."""
    return mime.startswith("text/html") or mime.endswith(("/xml", "+xml", "javascript", "ecmascript"))
