"""Links on known hosts, and all the ways to look like one."""

import pytest

from backbone.channel.hosts import is_below

HOSTS = ("example.test", "cdn.example.org")


@pytest.mark.parametrize(
    "url",
    ["https://example.test/a", "https://a.b.example.test/a?x=1#y", "https://CDN.example.org"],
)
def test_a_known_host_and_those_below_it_are_trusted(url: str) -> None:
    assert is_below(url, HOSTS)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://example.test/a",
        "https://evilexample.test/a",
        "https://example.test.evil.test/a",
        "https://user@example.test/a",
        "https://example.test:444/a",
        "https://[::1/a",
        "https://evil.test\\.example.test/a",
        "https://exаmple.test/a",
        "//example.test/a",
        "https://example.org/a",
    ],
)
def test_everything_else_is_not(url: str) -> None:
    assert not is_below(url, HOSTS)
