import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.channel.sniff import UNKNOWN, settled_type, sniff
from schemas.content import Media, MediaKind

JPEG, PNG, OGG = b"\xff\xd8\xff\xe0" + b"\0" * 20, b"\x89PNG\r\n\x1a\n" + b"\0" * 20, b"OggS" + b"\0" * 20
MP4, ZIP = b"\0\0\0\x20ftypisom" + b"\0" * 20, b"PK\x03\x04" + b"\0" * 20
HTML = b"\xef\xbb\xbf \n<!DOCTYPE html><html><script>alert(1)</script>"


def _settled(
    data: bytes, claimed: str | None, kind: MediaKind = MediaKind.FILE, served: str | None = None
) -> str | None:
    return settled_type(data, Media(kind=kind, mime=claimed), served)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"XXXX\0\0\0\0WEBP", None),
        (b"%PDF-1.7", "application/pdf"),
        (OGG, "application/ogg"),
        (MP4, "video/mp4"),
        (b"\0\0\0\x18ftypM4A ", "audio/mp4"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (HTML, "text/html"),
        (b"<svg xmlns='x'>", "text/html"),
        (b"<?xml version='1.0'?>", "text/html"),
        (b"hello", None),
        (b"", None),
    ],
)
def test_first_bytes_tell_the_type(data: bytes, expected: str | None) -> None:
    assert sniff(data) == expected


@pytest.mark.parametrize(
    ("data", "claimed", "kind", "kept"),
    [
        (JPEG, "image/jpeg", MediaKind.IMAGE, "image/jpeg"),
        (PNG, "image/jpeg", MediaKind.IMAGE, "image/png"),
        (PNG, None, MediaKind.IMAGE, "image/png"),
        (OGG, "audio/ogg; codecs=opus", MediaKind.VOICE, "audio/ogg"),
        (MP4, "audio/mp4", MediaKind.AUDIO, "audio/mp4"),
        (MP4, "image/png", MediaKind.IMAGE, "video/mp4"),
        (ZIP, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", MediaKind.FILE,
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (ZIP, "application/javascript", MediaKind.FILE, "application/zip"),
        (HTML, "image/jpeg", MediaKind.IMAGE, None),
        (HTML, "audio/ogg", MediaKind.VOICE, None),
        (HTML, "text/html", MediaKind.FILE, UNKNOWN),
        (b"MZ\x90\0", "application/pdf", MediaKind.FILE, UNKNOWN),
        (b"MZ\x90\0", "image/png", MediaKind.STICKER, None),
        (b"plain", "text/plain", MediaKind.FILE, "text/plain"),
        (b"alert(1)", "text/javascript", MediaKind.FILE, UNKNOWN),
        (b"plain", "image/svg+xml", MediaKind.FILE, UNKNOWN),
        (b"plain", "nonsense", MediaKind.FILE, UNKNOWN),
        (b"plain", None, MediaKind.FILE, UNKNOWN),
    ],
)  # fmt: skip
def test_what_the_bytes_show_goes_before_what_was_claimed(
    data: bytes, claimed: str | None, kind: MediaKind, kept: str | None
) -> None:
    assert _settled(data, claimed, kind) == kept


def test_the_providers_header_stands_in_for_a_missing_claim() -> None:
    assert _settled(b"a,b", None, served="text/csv; charset=utf-8") == "text/csv"


@given(st.binary(max_size=600), st.none() | st.text(max_size=60), st.sampled_from(MediaKind))
def test_nothing_a_browser_runs_is_ever_kept(data: bytes, claimed: str | None, kind: MediaKind) -> None:
    kept = _settled(data, claimed, kind)
    assert kept is None or not kept.endswith(("html", "xml", "javascript", "ecmascript"))
