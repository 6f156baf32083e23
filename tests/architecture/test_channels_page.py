"""The channels page and the manifests agree, and it says what has no public way."""

from pathlib import Path

from backbone.channel.docs import page
from backbone.channel.registry import manifests

PAGE = Path(__file__).resolve().parents[2] / "docs" / "channels.md"


def test_the_channels_page_is_the_one_the_manifests_give() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m backbone.channel.docs"


def test_every_channel_stands_on_it_once() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in manifests() if text.count(f"(`{name}`)") != 1] == []


def test_a_weakness_is_told() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [one.name for one in manifests().values() if one.weakness and one.weakness not in text] == []


def test_what_has_no_public_way_stands_beside_what_works() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "Snapchat" in text
    assert "2024-07-31" in text
